import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import { WEBHOOK_TEST, type WebhookEvent } from '../domain/webhooks.ts';
import type { WebhookDeliveryTable, WebhookEndpointTable } from './api-tables.ts';
import type { Tables } from './tables.ts';

export type WebhookEndpoint = Selectable<WebhookEndpointTable>;
export type WebhookDelivery = Selectable<WebhookDeliveryTable>;

export async function insertEndpoint(
  tx: Transaction<Tables>,
  endpoint: {
    projectId: string;
    url: string;
    events: readonly WebhookEvent[];
    createdBy: string;
    now: Date;
  },
): Promise<WebhookEndpoint> {
  return tx
    .insertInto('webhook_endpoint')
    .values({
      id: randomUUID(),
      project_id: endpoint.projectId,
      url: endpoint.url,
      events: [...endpoint.events],
      created_by: endpoint.createdBy,
      created_at: endpoint.now,
      disabled_at: null,
      disabled_because: null,
      removed_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** An endpoint with what waits for it. */
export interface EndpointLine extends WebhookEndpoint {
  readonly waiting: number;
  readonly oldestAt: Date | null;
}

/** The endpoints that are not removed. */
export async function listEndpoints(db: Kysely<Tables>, projectId?: string): Promise<EndpointLine[]> {
  const { rows } = await sql<EndpointLine>`
    select e.*, w.waiting, w."oldestAt" from webhook_endpoint e
    cross join lateral (select count(*)::int as waiting, min(created_at) as "oldestAt" from webhook_delivery
      where endpoint_id = e.id and done_at is null) w
    where e.removed_at is null and (${projectId ?? null}::text is null or e.project_id = ${projectId ?? null})
    order by e.project_id, e.created_at, e.id`.execute(db);
  return rows;
}

/** An endpoint that is not removed, by its whole id. */
export async function endpointById(db: Kysely<Tables>, id: string): Promise<WebhookEndpoint | undefined> {
  return db
    .selectFrom('webhook_endpoint')
    .selectAll()
    .where(sql<string>`id::text`, '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
}

/** Takes an endpoint out, and what waits for it with it. */
export async function markRemoved(tx: Transaction<Tables>, id: string, now: Date): Promise<void> {
  await tx.updateTable('webhook_endpoint').set({ removed_at: now }).where('id', '=', id).execute();
  await tx
    .updateTable('webhook_delivery')
    .set({ done_at: now, outcome: 'endpoint removed' })
    .where('endpoint_id', '=', id)
    .where('done_at', 'is', null)
    .execute();
}

/** Queues a message that tries an endpoint out. @returns its id */
export async function putTest(tx: Transaction<Tables>, endpointId: string, now: Date): Promise<string> {
  const { message_id: id } = await tx
    .insertInto('webhook_delivery')
    .values({ endpoint_id: endpointId, event: WEBHOOK_TEST, object_id: endpointId, occurred_at: now })
    .returning('message_id')
    .executeTakeFirstOrThrow();
  return id;
}

/** What was sent or waits to be, the newest first. */
export async function listWebhookDeliveries(
  db: Kysely<Tables>,
  filter: { endpointId: string; limit: number },
): Promise<WebhookDelivery[]> {
  return db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('endpoint_id', '=', filter.endpointId)
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .execute();
}

/** A message on its way to its endpoint. */
export interface OutgoingWebhook {
  readonly id: number;
  readonly messageId: string;
  readonly endpointId: string;
  readonly projectId: string;
  readonly url: string;
  readonly event: string;
  readonly objectId: string;
  readonly requestId: string | null;
  readonly occurredAt: Date;
  readonly createdAt: Date;
  readonly attempts: number;
}

/** How long a claim lasts: longer than a call may take. */
const LEASE = '1 minute';

/**
 * Claims messages that are due, some of each endpoint. Those of a disabled endpoint wait until it is tried out
 * with success. Nothing is kept in order: receivers go by the date in the message.
 *
 * @param room.busy endpoints that still have some at work: one that is slow holds up no other
 */
export async function claimWebhooks(
  db: Kysely<Tables>,
  room: { readonly limit: number; readonly perEndpoint: number; readonly busy: readonly string[] },
): Promise<OutgoingWebhook[]> {
  const { rows } = await sql<OutgoingWebhook>`
    update webhook_delivery d set attempts = d.attempts + 1, next_attempt_at = now() + ${LEASE}::interval
    from (
      select due.id, e.project_id, e.url from webhook_endpoint e
      cross join lateral (
        select q.id from webhook_delivery q
        where q.endpoint_id = e.id and q.done_at is null and q.next_attempt_at <= now()
          and (e.disabled_at is null or q.event = ${WEBHOOK_TEST})
        order by q.next_attempt_at limit ${room.perEndpoint} for update skip locked) due
      where e.removed_at is null and e.id != all(${[...room.busy]}::uuid[])
      limit ${room.limit}) claimed
    where d.id = claimed.id
    returning d.id, d.message_id as "messageId", d.endpoint_id as "endpointId", claimed.project_id as "projectId",
      claimed.url, d.event, d.object_id as "objectId", d.request_id as "requestId",
      d.occurred_at as "occurredAt", d.created_at as "createdAt", d.attempts`.execute(db);
  return rows;
}

/** Records that a message was taken, and that its endpoint works again. */
export async function markTaken(
  db: Kysely<Tables>,
  { id, endpointId, event }: OutgoingWebhook,
  answer: string,
  now: Date,
): Promise<void> {
  await db
    .updateTable('webhook_delivery')
    .set({ done_at: now, outcome: 'delivered', last_answer: answer })
    .where('id', '=', id)
    .execute();
  if (event !== WEBHOOK_TEST) return;
  await db
    .updateTable('webhook_endpoint')
    .set({ disabled_at: null, disabled_because: null })
    .where('id', '=', endpointId)
    .where('disabled_at', 'is not', null)
    .execute();
}

/** Puts a message off, with what the endpoint answered. */
export async function putOff(db: Kysely<Tables>, id: number, answer: string, until: Date): Promise<void> {
  await db
    .updateTable('webhook_delivery')
    .set({ next_attempt_at: until, last_answer: answer })
    .where('id', '=', id)
    .execute();
}

/** Ends a message that was never taken. */
export async function markLost(
  tx: Kysely<Tables>,
  id: number,
  { answer, now }: { answer: string; now: Date },
): Promise<void> {
  await tx
    .updateTable('webhook_delivery')
    .set({ done_at: now, outcome: 'given up', last_answer: answer })
    .where('id', '=', id)
    .execute();
}

/** @returns whether it was in use until now */
export async function markDisabled(
  tx: Kysely<Tables>,
  id: string,
  act: { because: string; now: Date },
): Promise<boolean> {
  const row = await tx
    .updateTable('webhook_endpoint')
    .set({ disabled_at: act.now, disabled_because: act.because })
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Forgets what was sent, or given up, before an instant, and what waits since then for a disabled endpoint. */
export async function forgetWebhooks(db: Kysely<Tables>, before: Date): Promise<void> {
  await db.deleteFrom('webhook_delivery').where('done_at', '<', before).execute();
  await sql`
    delete from webhook_delivery d using webhook_endpoint e
    where e.id = d.endpoint_id and e.disabled_at is not null and d.done_at is null
      and d.created_at < ${before}`.execute(db);
}
