import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { AuditRow } from './audit.ts';
import type { Tables } from './tables.ts';

/** What a page of the audit log is narrowed by. */
export interface AuditListFilter {
  /** `null` is what belongs to no project: checks of the log, accounts, back-ups. */
  readonly projectId: string | null;
  /** Any of these. */
  readonly actions?: readonly string[] | undefined;
  readonly actor?: string | undefined;
  readonly object?: string | undefined;
  readonly request?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** Only entries with a lower number: the next page. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** A page of the audit log, newest first; each filter is answered from an index, however long the log is. */
export async function auditPage(db: Kysely<Tables>, filter: AuditListFilter): Promise<AuditRow[]> {
  const { actions, limit } = filter;
  if (actions?.length === 0) return [];
  const span = await spanOf(db, filter);
  if (!span) return [];
  const where = conditions(filter, span);
  const { rows } = actions
    ? await sql<AuditRow>`
        select e.* from audit_entry e where e.seq in (
          -- By number alone, from the index: for whole rows PostgreSQL walks through all entries where an action is rare.
          select found.seq from unnest(${sql.val(actions)}::text[]) as wanted (action)
          cross join lateral (select seq from audit_entry where ${where} and action = wanted.action
            order by seq desc limit ${limit}) found
          order by found.seq desc limit ${limit})
        order by e.seq desc`.execute(db)
    : await sql<AuditRow>`
        select * from audit_entry where ${where} order by seq desc limit ${limit}`.execute(db);
  return rows;
}

interface Span {
  readonly first?: number;
  readonly last?: number;
}

/** Numbers are given a little before entries are written, so an hour more than was asked for is looked at. */
const HOUR_MS = 3_600_000;

/** Between which numbers the entries of a span of time are; `undefined` where there are none. */
async function spanOf(
  db: Kysely<Tables>,
  { since, until }: Pick<AuditListFilter, 'since' | 'until'>,
): Promise<Span | undefined> {
  const query = db.selectFrom('audit_entry').select('seq').limit(1);
  const first =
    since &&
    (await query
      .where('at', '>=', new Date(since.getTime() - HOUR_MS))
      .orderBy('at')
      .executeTakeFirst());
  const last =
    until &&
    (await query
      .where('at', '<', new Date(until.getTime() + HOUR_MS))
      .orderBy('at', 'desc')
      .executeTakeFirst());
  if ((since && !first) || (until && !last)) return undefined;
  return { ...(first && { first: first.seq }), ...(last && { last: last.seq }) };
}

function conditions(filter: AuditListFilter, { first, last }: Span): RawBuilder<unknown> {
  const { projectId, actor, object, request, since, until, before } = filter;
  const all = [
    ofProject(projectId),
    ...(actor === undefined ? [] : [sql`actor_id = ${actor}`]),
    ...(object === undefined ? [] : [sql`object_id = ${object}`]),
    ...(request === undefined ? [] : [sql`request_id = ${request}`]),
    ...(since === undefined ? [] : [sql`at >= ${since}`]),
    ...(until === undefined ? [] : [sql`at < ${until}`]),
    ...(first === undefined ? [] : [sql`seq >= ${first}`]),
    ...(last === undefined ? [] : [sql`seq <= ${last}`]),
    ...(before === undefined ? [] : [sql`seq < ${before}`]),
  ];
  return sql.join(all, sql` and `);
}

/** The actions that a project's entries have, in order: one step through the index each. */
export async function knownActions(db: Kysely<Tables>, projectId: string | null): Promise<string[]> {
  const mine = ofProject(projectId);
  const { rows } = await sql<{ action: string }>`
    with recursive known (action) as (
      (select action from audit_entry where ${mine} order by action limit 1)
      union all
      select (select e.action from audit_entry e where ${mine} and e.action > known.action
        order by e.action limit 1)
      from known where known.action is not null)
    select action from known where action is not null`.execute(db);
  return rows.map(({ action }) => action);
}

function ofProject(projectId: string | null): RawBuilder<unknown> {
  return projectId === null ? sql`project_id is null` : sql`project_id = ${projectId}`;
}

/** The newest entry of an action of the installation or of any of its projects. */
export async function newestOf(
  db: Kysely<Tables>,
  action: string,
  projectIds: readonly (string | null)[],
): Promise<AuditRow | undefined> {
  const found = await Promise.all(
    projectIds.map((projectId) => auditPage(db, { projectId, actions: [action], limit: 1 })),
  );
  return found.flat().sort((a, b) => b.seq - a.seq)[0];
}
