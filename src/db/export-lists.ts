import { sql, type Kysely } from 'kysely';
import type { ExportRow } from './exports-tables.ts';
import type { PageOf, Placed } from './pages.ts';
import type { Tables } from './tables.ts';

/** What a list tells of an export: not what was asked for, which may name a person. */
export type ListedExport = Placed<
  Pick<
    ExportRow,
    | 'id'
    | 'state'
    | 'ending'
    | 'failure'
    | 'format'
    | 'zipped'
    | 'reason'
    | 'requester_id'
    | 'schedule_id'
    | 'sessions'
    | 'done_sessions'
    | 'messages'
    | 'bytes'
    | 'requested_at'
    | 'expires_at'
    | 'removed_at'
  >
>;

/** The exports of a project, the newest first. Those that are gone are counts alone. */
export async function pageOfExports(db: Kysely<Tables>, page: PageOf): Promise<ListedExport[]> {
  const { projectId, after, limit } = page;
  return db
    .selectFrom('export')
    .select([
      ...(['id', 'state', 'ending', 'failure', 'format', 'zipped', 'reason', 'requester_id'] as const),
      ...(['schedule_id', 'sessions', 'done_sessions', 'messages', 'bytes', 'requested_at'] as const),
      ...(['expires_at', 'removed_at'] as const),
      sql<string>`requested_at::text`.as('place'),
    ])
    .where('project_id', '=', projectId)
    .$if(after !== null, (query) =>
      query.where(
        sql<boolean>`(requested_at, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid)`,
      ),
    )
    .orderBy('requested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}
