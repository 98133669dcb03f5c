import { sql, type Kysely } from 'kysely';
import type { AccountNews } from '../domain/account-news.ts';
import type { ExportNews } from '../domain/exports.ts';
import type { Delivery, DeliveryTarget, Tables } from './tables.ts';

/**
 * What is to be sent to Telegram. Payloads hold ids, never text: the text is opened when it is sent.
 * - `relay`: a message, or a revision of it, to the other side
 * - `status`: tells the staff topic where its session stands now, and renews the card
 * - `text`: one of the bot's own texts, by its key
 * - `review-card`: shows or renews the card of a review round
 * - `review-reminder`: reminds supervisors of a review whose window ends in so many hours
 * - `reviews-ending`: the same for many at once
 * - `digest`: what waits for the supervisors of a project today
 * - `approval-card`: shows or renews what waits for a second person
 * - `erasure`: shows the customer how far an erasure is, and its receipt
 * - `erasure-alarm`: calls staff because an erasure is late
 * - `export`: tells whoever asked for an export what became of it
 * - `export-schedule`: tells whoever made a schedule of exports that an erasure ended it
 * - `account`: tells a person what was done to an account that acts as them
 * - `inactivity-warning`: tells a silent customer when their data will be erased
 * - `translation`: shows a message in the reader's language, beneath it
 * - `message-note`: tells either side something about one message
 * - `group-notice`: shows a group the privacy notice
 * - `delete-copies`: removes messages from the staff group
 * - `delete-topic`: removes the staff topic with all its messages
 */
export type DeliveryContent =
  | { readonly kind: 'relay'; readonly messageId: string; readonly revision: number }
  | { readonly kind: 'status'; readonly what: string }
  | { readonly kind: 'text'; readonly key: string }
  | { readonly kind: 'review-card'; readonly round: number }
  | { readonly kind: 'review-reminder'; readonly round: number; readonly hours: number }
  | { readonly kind: 'reviews-ending'; readonly hours: number }
  | { readonly kind: 'digest'; readonly day: string }
  | { readonly kind: 'approval-card'; readonly approvalId: string }
  | { readonly kind: 'erasure'; readonly erasureId: string }
  | { readonly kind: 'erasure-alarm'; readonly erasureId: string; readonly hours: number }
  | { readonly kind: 'export'; readonly exportId: string; readonly news: ExportNews }
  | { readonly kind: 'export-schedule'; readonly scheduleId: string }
  | { readonly kind: 'account'; readonly accountId: string; readonly news: AccountNews }
  | { readonly kind: 'inactivity-warning'; readonly eraseAt: string }
  | {
      readonly kind: 'translation';
      readonly messageId: string;
      readonly revision: number;
      readonly reader: 'staff' | 'customer';
    }
  | { readonly kind: 'message-note'; readonly messageId: string; readonly note: string }
  | { readonly kind: 'group-notice'; readonly groupId: string }
  | { readonly kind: 'delete-copies'; readonly chatId: number; readonly messageIds: readonly number[] }
  | { readonly kind: 'delete-topic'; readonly chatId: number; readonly topicId: number };

/** The channel on which new rows are announced (by a trigger) to the sender. */
export const DELIVERY_CHANNEL = 'delivery';

/** Queues something to send, in the transaction of what it tells of. */
export async function putDelivery(
  tx: Kysely<Tables>,
  delivery: {
    projectId: string;
    sessionId?: string;
    subjectId?: string;
    target: DeliveryTarget;
    content: DeliveryContent;
    now: Date;
    /** Absent: at once. */
    notBefore?: Date;
  },
): Promise<void> {
  const { kind, ...payload } = delivery.content;
  await tx
    .insertInto('delivery')
    .values({
      project_id: delivery.projectId,
      session_id: delivery.sessionId ?? null,
      subject_id: delivery.subjectId ?? null,
      target: delivery.target,
      kind,
      payload: JSON.stringify(payload),
      created_at: delivery.now,
      next_attempt_at: delivery.notBefore ?? delivery.now,
    })
    .execute();
}

/** How long a claim lasts: longer than any call to Telegram may take; whoever makes several renews it. */
const LEASE_MS = 60_000;

/**
 * Claims the oldest unsent delivery of each (session, target): what belongs together stays in order,
 * and one chat that Telegram slows down does not hold up the others.
 */
export async function claimDeliveries(
  db: Kysely<Tables>,
  projectId: string,
  now: Date,
  limit: number,
): Promise<Delivery[]> {
  const { rows } = await sql<Delivery>`
    update delivery set attempts = attempts + 1, next_attempt_at = ${new Date(now.getTime() + LEASE_MS)}
    where id in (
      select d.id from delivery d
      where d.project_id = ${projectId} and d.done_at is null and d.next_attempt_at <= ${now}
        and not exists (select from delivery earlier
          where earlier.project_id = d.project_id and earlier.target = d.target
            and earlier.session_id is not distinct from d.session_id
            and earlier.subject_id is not distinct from d.subject_id
            and earlier.done_at is null and earlier.id < d.id)
      order by d.id limit ${limit}
      for update of d skip locked)
    returning *`.execute(db);
  return rows;
}

/** Makes a claim last anew, unless it has passed to another process meanwhile: each claim is an attempt. */
export async function renewClaim(
  db: Kysely<Tables>,
  { id, attempts }: Pick<Delivery, 'id' | 'attempts'>,
  now: Date,
): Promise<void> {
  await db
    .updateTable('delivery')
    .set({ next_attempt_at: new Date(now.getTime() + LEASE_MS) })
    .where('id', '=', id)
    .where('attempts', '=', attempts)
    .where('done_at', 'is', null)
    .execute();
}

/** Records how a delivery ended: `sent`, or the reason why it never will be. */
export async function finishDelivery(
  tx: Kysely<Tables>,
  id: number,
  outcome: string,
  now: Date,
): Promise<void> {
  await tx.updateTable('delivery').set({ done_at: now, outcome }).where('id', '=', id).execute();
}

/** Puts a delivery off to a later attempt. */
export async function postponeDelivery(tx: Kysely<Tables>, id: number, until: Date): Promise<void> {
  await tx.updateTable('delivery').set({ next_attempt_at: until }).where('id', '=', id).execute();
}

/** Removes what was sent before an instant; what could not be sent stays to be looked at. */
export async function forgetSent(db: Kysely<Tables>, before: Date): Promise<void> {
  await db
    .deleteFrom('delivery')
    .where('outcome', 'in', ['sent', 'untranslated'])
    .where('done_at', '<', before)
    .execute();
}

/** Whether something of a kind is still on its way to a subject. */
export async function isOnItsWay(
  db: Kysely<Tables>,
  { subjectId, kind }: { subjectId: string; kind: DeliveryContent['kind'] },
): Promise<boolean> {
  const row = await db
    .selectFrom('delivery')
    .select('id')
    .where('subject_id', '=', subjectId)
    .where('kind', '=', kind)
    .where('done_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
