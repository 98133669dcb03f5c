import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type RawBuilder, type Selectable, type Transaction } from 'kysely';
import type { HoldTarget } from '../domain/holds.ts';
import { holdsOn } from './life.ts';
import type { HoldTable } from './policy-tables.ts';
import type { Tables } from './tables.ts';

export type Hold = Selectable<HoldTable>;

/** A hold to be written: what it is on, and what is said of it. */
export interface NewHold {
  readonly projectId: string;
  readonly target: Partial<Omit<HoldTarget, 'scope'>> & Pick<HoldTarget, 'scope'>;
  readonly reason: string;
  readonly author: string;
  readonly endsAt: Date | null;
  readonly now: Date;
}

/**
 * Keeps every deletion of a project from beginning until the transaction ends. Taken before a wider hold
 * is written: a deletion that begins later reads its holds after that, and sees it.
 */
export async function lockOutDeletions(tx: Transaction<Tables>, projectId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('holds'), hashtext(${projectId}))`.execute(tx);
}

/** Keeps wider holds of a project from being placed until the transaction ends. */
export async function lockOutHolds(tx: Transaction<Tables>, projectId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(hashtext('holds'), hashtext(${projectId}))`.execute(tx);
}

/**
 * Locks a session for its deletion, and keeps wider holds of its project from being placed meanwhile. A
 * statement of its own, since a statement sees no row that was committed while it waited for a lock: the
 * holds have to be read after it. The project comes first, as in placing, so that neither waits for the
 * other.
 */
export async function lockForDeletion(tx: Transaction<Tables>, sessionId: string): Promise<void> {
  await sql`
    with gate as materialized (
      select pg_advisory_xact_lock_shared(hashtext('holds'), hashtext(project_id)) from session
      where id = ${sessionId})
    select s.id from gate, session s where s.id = ${sessionId} for update of s`.execute(tx);
}

/** Writes a hold. @returns it as stored */
export async function writeHold(tx: Transaction<Tables>, hold: NewHold): Promise<Hold> {
  return tx
    .insertInto('hold')
    .values({
      id: randomUUID(),
      project_id: hold.projectId,
      scope: hold.target.scope,
      session_id: hold.target.session_id ?? null,
      subject_id: hold.target.subject_id ?? null,
      tag: hold.target.tag ?? null,
      opened_from: hold.target.opened_from ?? null,
      opened_before: hold.target.opened_before ?? null,
      reason: hold.reason,
      author: hold.author,
      placed_at: hold.now,
      ends_at: hold.endsAt,
      released_at: null,
      released_by: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Sessions `s` that a hold is on, the deleted ones included. */
function coveredBy(hold: HoldTarget & { readonly project_id: string }): RawBuilder<unknown> {
  const conditions = [sql`s.project_id = ${hold.project_id}`];
  if (hold.session_id) conditions.push(sql`s.id = ${hold.session_id}`);
  if (hold.subject_id)
    // Looked up once, by the index on participants, however many sessions the project has.
    conditions.push(
      sql`s.id = any(array(select session_id from participant where subject_id = ${hold.subject_id}))`,
    );
  if (hold.tag !== null)
    conditions.push(sql`exists (select from session_tag where session_id = s.id and tag = ${hold.tag})`);
  if (hold.opened_from) conditions.push(sql`s.opened_at >= ${hold.opened_from}`);
  if (hold.opened_before) conditions.push(sql`s.opened_at < ${hold.opened_before}`);
  return sql.join(conditions, sql` and `);
}

/** How many sessions a hold keeps, and for how many it came too late. */
export async function countCovered(
  tx: Transaction<Tables>,
  hold: Hold,
): Promise<{ sessions: number; tooLate: number }> {
  const { rows } = await sql<{ sessions: number; tooLate: number }>`
    select count(*) filter (where s.deletion_began_at is null)::int as sessions,
      count(*) filter (where s.deletion_began_at is not null)::int as "tooLate"
    from session s where s.phase <> 'deleted' and ${coveredBy(hold)}`.execute(tx);
  return rows[0] ?? { sessions: 0, tooLate: 0 };
}

/**
 * Cuts short the review rounds of the sessions a hold is on, and renews their cards. The sessions are
 * locked first and in the order of their ids, as whoever decides one locks its session first.
 */
export async function interruptRounds(
  tx: Transaction<Tables>,
  hold: Hold,
  act: { by: string; now: Date },
): Promise<void> {
  const { rows: sessions } = await sql<{ id: string }>`
    select s.id from session s where s.phase = 'review' and s.deletion_began_at is null and ${coveredBy(hold)}
    order by s.id for no key update of s`.execute(tx);
  if (sessions.length === 0) return;
  await sql`
    with ended as (
      update review r set ended = 'interrupted', ended_by = ${act.by}, ended_at = ${act.now}
      from session s
      where s.id = any(${sessions.map(({ id }) => id)}::uuid[]) and r.session_id = s.id
        and r.round = s.review_round and (r.ended is null or r.ended in ('approve', 'silence-delete'))
      returning r.session_id, r.round)
    insert into delivery (project_id, session_id, target, kind, payload, created_at, next_attempt_at)
    select ${hold.project_id}, session_id, 'supervisors', 'review-card', jsonb_build_object('round', round),
      ${act.now}, ${act.now}
    from ended order by session_id`.execute(tx);
}

/**
 * Ends a round that nobody decided. One during which the session was held is cut short instead: a hold
 * may be placed in the moment in which the round opens, and miss it.
 *
 * @returns how it ended; `undefined` when it had ended before
 */
export async function lapseRound(
  tx: Transaction<Tables>,
  round: { sessionId: string; round: number },
  act: { ended: 'silence-delete' | 'silence-hold'; by: string; now: Date },
): Promise<string | undefined> {
  const { rows } = await sql<{ ended: string }>`
    update review r set ended_by = ${act.by}, ended_at = ${act.now},
      ended = case when exists (
        select from hold h where h.project_id = s.project_id
          and (h.session_id is null or h.session_id = s.id)
          and (h.subject_id is null or exists (
            select from participant where session_id = s.id and subject_id = h.subject_id))
          and (h.tag is null or exists (select from session_tag where session_id = s.id and tag = h.tag))
          and (h.opened_from is null or s.opened_at >= h.opened_from)
          and (h.opened_before is null or s.opened_at < h.opened_before)
          and coalesce(h.released_at, 'infinity') > r.opened_at
          and coalesce(h.ends_at, 'infinity') > r.opened_at)
        then 'interrupted' else ${act.ended} end
    from session s
    where r.session_id = ${round.sessionId} and r.round = ${round.round} and r.ended is null
      and s.id = r.session_id
    returning r.ended`.execute(tx);
  return rows[0]?.ended;
}

/** Sessions that a new hold is on and whose next step would be their review or their deletion. */
export async function dueSessions(tx: Transaction<Tables>, hold: Hold, now: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select s.id from session s where s.deletion_began_at is null and ${coveredBy(hold)}
      and (s.phase = 'review' or (s.phase = 'archived' and s.keep_until <= ${now}))`.execute(tx);
  return rows.map(({ id }) => id);
}

/**
 * Sessions that a hold was on and that nothing holds any more. Their dates do not matter: a workflow that
 * read its rows while they were held, as it does when its archive is complete, sleeps without a date.
 */
export async function freedSessions(tx: Transaction<Tables>, hold: Hold, now: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select s.id from session s where s.deletion_began_at is null and ${coveredBy(hold)}
      and (s.phase in ('archived', 'review') or (s.phase = 'closed'
        and exists (select from session_tag where session_id = s.id and tag = 'spam')))
      and not exists (select from ${holdsOn('s', now)} h)`.execute(tx);
  return rows.map(({ id }) => id);
}

/** The holds among these ids, released ones included. */
export async function holdsById(db: Kysely<Tables>, ids: readonly string[]): Promise<Hold[]> {
  if (ids.length === 0) return [];
  return db.selectFrom('hold').selectAll().where('id', 'in', ids).orderBy('session_id').execute();
}

/** Holds in force, the oldest first; of a session: its own and the wider ones that are on it. */
export async function holdsInForce(
  db: Kysely<Tables>,
  filter: { projectId?: string; sessionId?: string; scope?: HoldTarget['scope']; now: Date; limit: number },
): Promise<Hold[]> {
  const { rows } = await sql<Hold>`
    select h.* from hold h where h.released_at is null and (h.ends_at is null or h.ends_at > ${filter.now})
      and (${filter.projectId ?? null}::text is null or h.project_id = ${filter.projectId ?? null})
      and (${filter.scope ?? null}::text is null or h.scope = ${filter.scope ?? null})
      and (${filter.sessionId ?? null}::uuid is null or h.id in (
        select held.id from session s cross join lateral ${holdsOn('s', filter.now)} held
        where s.id = ${filter.sessionId ?? null}))
    order by h.placed_at, h.id limit ${filter.limit}`.execute(db);
  return rows;
}

/** What holds a session or held it: its own holds, and the wider ones that are in force. */
export async function holdsEverOn(db: Kysely<Tables>, sessionId: string, now: Date): Promise<Hold[]> {
  const own = await db
    .selectFrom('hold')
    .selectAll()
    .where('session_id', '=', sessionId)
    .orderBy('placed_at')
    .execute();
  const inForce = await holdsInForce(db, { sessionId, now, limit: 100 });
  return [...own, ...inForce.filter(({ scope }) => scope !== 'session')];
}

/** Marks those of the holds as released that are in force. @returns them */
export async function markReleased(
  tx: Transaction<Tables>,
  ids: readonly string[],
  act: { by: string; now: Date },
): Promise<Hold[]> {
  return tx
    .updateTable('hold')
    .set({ released_at: act.now, released_by: act.by })
    .where('id', 'in', ids)
    .where('released_at', 'is', null)
    .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', act.now)]))
    .returningAll()
    .execute();
}

/** Whether a project is a demo, where no second person is asked. */
export async function isDemo(db: Kysely<Tables>, projectId: string): Promise<boolean> {
  const { rows } = await sql<{ demo: boolean }>`
    select (document ->> 'demo')::boolean as demo from policy
    where project_id = ${projectId} order by version desc limit 1`.execute(db);
  return rows[0]?.demo ?? false;
}
