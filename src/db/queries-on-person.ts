import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A query that staff keep, sealed. */
export interface KeptQuery {
  readonly id: string;
  readonly sealed: Buffer;
}

/**
 * What `user:` may call a person, and the queries of their project that may do so: schedules of exports, exports
 * that are not written yet, and searches that staff of the project or operators saved.
 */
export async function queriesThatMayName(
  db: Kysely<Tables>,
  { projectId, subjectId }: { readonly projectId: string; readonly subjectId: string },
): Promise<{
  readonly names: ReadonlySet<string>;
  readonly schedules: readonly KeptQuery[];
  readonly exports: readonly KeptQuery[];
  readonly searches: readonly KeptQuery[];
}> {
  const person = await db
    .selectFrom('subject')
    .select('telegram_user_id as telegramId')
    .where('id', '=', subjectId)
    .executeTakeFirst();
  const criteria = (table: 'export' | 'export_schedule') => sql<KeptQuery>`
    select id, criteria_sealed as sealed from ${sql.table(table)}
    where project_id = ${projectId} and criteria_sealed is not null and removed_at is null`;
  const exports = sql<KeptQuery>`${criteria('export')} and state <> 'removing'`;
  // A search has no project: one that staff of another project saved is about a person of theirs.
  const searches = sql<KeptQuery>`
    select id, query_sealed as sealed from saved_search s where not exists (
      select from staff where staff.id::text = s.owner and staff.project_id <> ${projectId})`;
  return {
    names: new Set([subjectId, ...(person ? [String(person.telegramId)] : [])]),
    schedules: (await criteria('export_schedule').execute(db)).rows,
    exports: (await exports.execute(db)).rows,
    searches: (await searches.execute(db)).rows,
  };
}
