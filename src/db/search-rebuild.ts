import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { Phase } from '../domain/phases.ts';
import type { SearchRebuildTable } from './search-tables.ts';
import type { Tables } from './tables.ts';

/** Begins to index a project anew, or goes on where that was left. */
export async function beginRebuild(
  db: Kysely<Tables>,
  projectId: string,
  now: Date,
): Promise<Selectable<SearchRebuildTable>> {
  await sql`
    insert into search_rebuild (project_id, sessions, started_at)
    select ${projectId}, count(*), ${now} from session where project_id = ${projectId} and phase <> 'deleted'
    on conflict (project_id) do update
      set cursor = null, done = 0, sessions = excluded.sessions, started_at = excluded.started_at, finished_at = null
      where search_rebuild.finished_at is not null`.execute(db);
  return db
    .selectFrom('search_rebuild')
    .selectAll()
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow();
}

/** The next sessions in the order of their ids. */
export async function sessionsAfter(
  db: Kysely<Tables>,
  { project_id: projectId, cursor }: Pick<SearchRebuildTable, 'project_id' | 'cursor'>,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('session')
    .select('id')
    .where('project_id', '=', projectId)
    .where('phase', '<>', 'deleted')
    .$if(cursor !== null, (query) => query.where('id', '>', cursor ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

export async function advanceRebuild(
  db: Kysely<Tables>,
  projectId: string,
  to: { readonly cursor: string; readonly done: number },
): Promise<void> {
  await db.updateTable('search_rebuild').set(to).where('project_id', '=', projectId).execute();
}

export async function endRebuild(tx: Transaction<Tables>, projectId: string, now: Date): Promise<void> {
  await tx
    .updateTable('search_rebuild')
    .set({ finished_at: now })
    .where('project_id', '=', projectId)
    .execute();
}

/** Locks a session, so that no message and no erasure comes between reading it and indexing it. */
export async function lockForRebuild(
  tx: Transaction<Tables>,
  sessionId: string,
): Promise<{ phase: Phase; erased: boolean } | undefined> {
  return tx
    .selectFrom('session')
    .select(['phase', sql<boolean>`erasure_id is not null and restricted_at is null`.as('erased')])
    .where('id', '=', sessionId)
    .forUpdate()
    .executeTakeFirst();
}

/** Those who take part in a session and are not being erased. */
export async function participantsSeen(tx: Kysely<Tables>, sessionId: string): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('participant')
    .select('subject_id')
    .where('session_id', '=', sessionId)
    .where((eb) => eb.or([eb('erasure_id', 'is', null), eb('restricted_ground', 'is not', null)]))
    .execute();
  return new Set(rows.map((row) => row.subject_id));
}
