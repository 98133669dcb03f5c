import type { Transaction } from 'kysely';
import { appendAuditEntry, type AuditEntry } from '../audit/append.ts';
import { putDelivery } from '../db/deliveries.ts';
import type { Life } from '../db/life.ts';
import { putEvent } from '../db/outbox.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor, Counts, LifeEvent } from '../domain/events.ts';

/** What an act leaves behind in its own transaction besides its effect. */
export interface ActRecord {
  readonly actor: Actor;
  readonly action: string;
  readonly now: Date;
  readonly reason?: string;
  readonly counts?: Counts;
  readonly opId?: string;
  /** The request it belongs to, such as an erasure by its number. */
  readonly requestId?: string | undefined;
  readonly source?: AuditEntry['source'];
  /** Tells the session's workflow; absent where the workflow itself acts. */
  readonly event?: { readonly kind: LifeEvent; readonly payload?: Record<string, unknown> };
  /** Tells the staff topic. */
  readonly status?: string;
}

/** Writes the audit entry of an act on a session, and queues whom to tell of it. */
export async function record(
  tx: Transaction<Tables>,
  session: Pick<Life, 'sessionId' | 'projectId'>,
  act: ActRecord,
): Promise<void> {
  const { sessionId, projectId } = session;
  await appendAuditEntry(tx, {
    at: act.now,
    actor: act.actor,
    action: act.action,
    object: { kind: 'session', id: sessionId },
    projectId,
    ...(act.counts && { counts: act.counts }),
    ...(act.reason && { reason: act.reason }),
    ...(act.opId && { opId: act.opId }),
    ...(act.requestId && { requestId: act.requestId }),
    ...(act.source && { source: act.source }),
  });
  if (act.event)
    await putEvent(tx, {
      sessionId,
      event: act.event.kind,
      now: act.now,
      ...(act.event.payload && { payload: act.event.payload }),
    });
  if (act.status)
    await putDelivery(tx, {
      projectId,
      sessionId,
      target: 'staff',
      content: { kind: 'status', what: act.status },
      now: act.now,
    });
}
