import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { ErasureEvent, LifeEvent } from '../domain/events.ts';
import type { Tables } from './tables.ts';

interface Outgoing {
  readonly id: number;
  readonly projectId: string;
  readonly eventId: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly attempts: number;
  /** Later events of the same stream that say the same: this one's arrival is theirs. */
  readonly repeatedBy: readonly number[];
}

/** An event of a session's life on its way to the session's workflow. */
export interface SessionOutgoing extends Outgoing {
  readonly sessionId: string;
  readonly erasureId: null;
  readonly event: LifeEvent;
}

/** An event of an erasure on its way to the erasure's workflow. */
export interface ErasureOutgoing extends Outgoing {
  readonly sessionId: null;
  readonly erasureId: string;
  readonly event: ErasureEvent;
}

export type OutboxEvent = SessionOutgoing | ErasureOutgoing;

/** The channel on which new rows are announced (by a trigger), so that the relay need not wait for its poll. */
export const OUTBOX_CHANNEL = 'outbox';

/** Puts an event into the outbox, in the transaction of the change it tells of. */
export async function putEvent(
  tx: Kysely<Tables>,
  event: (
    | { sessionId: string; erasureId?: never; event: LifeEvent }
    | { sessionId?: never; erasureId: string; event: ErasureEvent }
  ) & { payload?: Record<string, unknown>; now: Date },
): Promise<void> {
  await tx
    .insertInto('outbox')
    .values({
      session_id: event.sessionId ?? null,
      erasure_id: event.erasureId ?? null,
      event: event.event,
      event_id: randomUUID(),
      payload: JSON.stringify(event.payload ?? {}),
      created_at: event.now,
      next_attempt_at: event.now,
    })
    .execute();
}

/** How long a claim lasts: a relay that died with it makes its events wait no longer than this. */
const LEASE_MS = 30_000;

/** They say no more than "your rows changed", so that one of them does for all that are there by then. */
const ONLY_NEWS = ['closed', 'reopened', 'tagged', 'held', 'released', 'redated'] satisfies LifeEvent[];

/**
 * Claims the oldest undelivered event of each session or erasure that is due. Its next one is claimed only
 * once this one is delivered, so events stay in order however many relays run. What repeats it comes along.
 */
export async function claimEvents(db: Kysely<Tables>, now: Date, limit: number): Promise<OutboxEvent[]> {
  const { rows } = await sql<OutboxEvent>`
    update outbox set attempts = outbox.attempts + 1, next_attempt_at = ${new Date(now.getTime() + LEASE_MS)}
    from (
      select o.id, coalesce(s.project_id, e.project_id) as project_id from outbox o
      left join session s on s.id = o.session_id left join erasure e on e.id = o.erasure_id
      where o.delivered_at is null and o.next_attempt_at <= ${now}
        and not exists (select from outbox earlier
          where earlier.stream = o.stream and earlier.delivered_at is null and earlier.id < o.id)
      order by o.id limit ${limit}
      for update of o skip locked) claimed
    where outbox.id = claimed.id
    returning outbox.id, outbox.session_id as "sessionId", outbox.erasure_id as "erasureId", claimed.project_id as "projectId", outbox.event,
      outbox.event_id as "eventId", outbox.payload, outbox.attempts, array(
        select later.id from outbox later where later.stream = outbox.stream and later.delivered_at is null
          and later.event = outbox.event and later.id > outbox.id and later.event = any(${ONLY_NEWS})
      ) as "repeatedBy"`.execute(db);
  return rows;
}

/** Marks events as delivered. */
export async function markDelivered(tx: Kysely<Tables>, ids: readonly number[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await sql`update outbox set delivered_at = ${now} where id = any(${ids})`.execute(tx);
}

/** Puts an event off to a later attempt. */
export async function postpone(tx: Kysely<Tables>, id: number, until: Date): Promise<void> {
  await tx.updateTable('outbox').set({ next_attempt_at: until }).where('id', '=', id).execute();
}

/** Removes events that were delivered before an instant. */
export async function forgetDelivered(db: Kysely<Tables>, before: Date): Promise<void> {
  await db.deleteFrom('outbox').where('delivered_at', '<', before).execute();
}
