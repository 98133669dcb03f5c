import type { Kysely } from 'kysely';
import type { Approval } from './approvals.ts';
import type { Tables } from './tables.ts';

/** Whether the breaker has paused a project's deletions, without counting anything. */
export async function pausedSince(db: Kysely<Tables>, projectId: string): Promise<Date | null> {
  const { deletions_paused_at: since } = await db
    .selectFrom('project')
    .select('deletions_paused_at')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow();
  return since;
}

/** A request of a project to shorten its policy, decided or not. */
export async function policyRequest(
  db: Kysely<Tables>,
  projectId: string,
  id: string,
): Promise<Approval | undefined> {
  return db
    .selectFrom('approval')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .where('kind', '=', 'policy')
    .executeTakeFirst();
}

/** The request to shorten a project's policy that waits for a second person; there is one at most. */
export async function waitingPolicyRequest(
  db: Kysely<Tables>,
  projectId: string,
): Promise<Approval | undefined> {
  return db
    .selectFrom('approval')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('kind', '=', 'policy')
    .where('outcome', 'is', null)
    .executeTakeFirst();
}
