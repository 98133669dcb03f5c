import { sql, type Kysely, type Transaction } from 'kysely';
import { AppError } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import type { Tables } from './tables.ts';

/** One version of a project's policy. */
export interface PolicyVersion {
  readonly projectId: string;
  readonly version: number;
  readonly policy: Policy;
  readonly author: string;
  readonly approvedBy: string | null;
  readonly reason: string;
  readonly appliedAt: Date;
}

/**
 * Makes everybody who writes a project's policy take turns: two processes may start at once with the same
 * files, and two people apply at once.
 */
export async function lockPolicies(tx: Transaction<Tables>, projectId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext(${`project ${projectId}`}))`.execute(tx);
}

/** The versions of a project's policy, newest first. */
export async function policyVersions(db: Kysely<Tables>, projectId: string): Promise<PolicyVersion[]> {
  return versions(db, projectId).execute();
}

/** The policy in force. @throws AppError `not_found` when there is no such project */
export async function policyInForce(db: Kysely<Tables>, projectId: string): Promise<PolicyVersion> {
  const newest = await versions(db, projectId).limit(1).executeTakeFirst();
  if (newest) return newest;
  throw new AppError('not_found', `There is no project ${projectId}. See them with: retention projects list`);
}

/** The projects among these in whose policy no rule narrows who may read. */
export async function projectsOpenToReaders(
  db: Kysely<Tables>,
  projectIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    select project_id as id from (
      select distinct on (project_id) project_id, document from policy
      where project_id = any(${projectIds}::text[]) order by project_id, version desc) newest
    where not jsonb_path_exists(document, '$.rules[*].readers')`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** One version. @throws AppError `not_found` */
export async function policyVersion(
  db: Kysely<Tables>,
  projectId: string,
  version: number,
): Promise<PolicyVersion> {
  const found = await versions(db, projectId).where('version', '=', version).executeTakeFirst();
  if (found) return found;
  throw new AppError(
    'not_found',
    `Project ${projectId} has no version ${version} of its policy. See them with: retention policy history ${projectId}`,
  );
}

function versions(db: Kysely<Tables>, projectId: string) {
  return db
    .selectFrom('policy')
    .select([
      'project_id as projectId',
      'version',
      'document as policy',
      'author',
      'approved_by as approvedBy',
      'reason',
      'applied_at as appliedAt',
    ])
    .where('project_id', '=', projectId)
    .orderBy('version', 'desc');
}

/** Stores a version; it is in force from then on. The caller holds the lock of the project's policies. */
export async function insertPolicy(tx: Transaction<Tables>, version: PolicyVersion): Promise<void> {
  await tx
    .insertInto('policy')
    .values({
      project_id: version.projectId,
      version: version.version,
      document: JSON.stringify(version.policy),
      author: version.author,
      approved_by: version.approvedBy,
      reason: version.reason,
      applied_at: version.appliedAt,
    })
    .execute();
}
