import type { Transaction } from 'kysely';
import { appendAuditEntry, type AuditEntry } from '../audit/append.ts';
import { putDelivery } from '../db/deliveries.ts';
import { lockErasure, updateErasure, type Erasure } from '../db/erasures.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor, Counts } from '../domain/events.ts';
import type { ActDeps } from './deps.ts';

/** A step of an erasure that its workflow has carried out. */
export interface ErasureAct {
  readonly erasureId: string;
  readonly actor: Actor;
  readonly now: Date;
  readonly source?: AuditEntry['source'];
}

/** From here on nothing of what may go can be read any more, wherever a copy of it lies. */
export async function recordKeysDestroyed(deps: ActDeps, act: ErasureAct, keys: number): Promise<void> {
  await progress(deps, act, 'keys-destroyed', 'keys_destroyed_at', { keys });
}

/** Objects and rows are gone. */
export async function recordRemoved(deps: ActDeps, act: ErasureAct): Promise<void> {
  await progress(deps, act, 'removed', 'removed_at', {});
}

/** Every store was read back. */
export async function recordVerified(deps: ActDeps, act: ErasureAct, counts: Counts): Promise<void> {
  await progress(deps, act, 'verified', 'verified_at', counts);
}

async function progress(
  deps: ActDeps,
  act: ErasureAct,
  step: string,
  column: 'keys_destroyed_at' | 'removed_at' | 'verified_at',
  counts: Counts,
): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const erasure = await lockErasure(tx, act.erasureId);
    if (erasure.state !== 'confirmed' || erasure[column]) return;
    await updateErasure(tx, erasure.id, {
      [column]: act.now,
      counts: JSON.stringify({ ...erasure.counts, ...counts }),
    });
    await recordErasure(tx, erasure, { ...act, action: `erasure.${step}`, counts });
    // What a ground kept for years is told of once, with its receipt.
    if (!erasure.completed_at) await showProgress(tx, erasure, act.now);
  });
}

/** Calls staff because an erasure is not done, once per hour mark. */
export async function recordAlarm(deps: ActDeps, act: ErasureAct & { hours: number }): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const erasure = await lockErasure(tx, act.erasureId);
    if (erasure.state !== 'confirmed' || erasure.alarmed_hours >= act.hours) return;
    await updateErasure(tx, erasure.id, { alarmed_hours: act.hours });
    await recordErasure(tx, erasure, { ...act, action: 'erasure.late', counts: { hours: act.hours } });
    await putDelivery(tx, {
      projectId: erasure.project_id,
      target: 'supervisors',
      content: { kind: 'erasure-alarm', erasureId: erasure.id, hours: act.hours },
      now: act.now,
    });
  });
}

/** The audit entry of an act on an erasure. */
export async function recordErasure(
  tx: Transaction<Tables>,
  erasure: Pick<Erasure, 'id' | 'number' | 'project_id'>,
  act: Omit<ErasureAct, 'erasureId'> & { action: string; counts?: Counts; reason?: string; opId?: string },
): Promise<void> {
  await appendAuditEntry(tx, {
    at: act.now,
    actor: act.actor,
    action: act.action,
    object: { kind: 'erasure', id: erasure.id },
    projectId: erasure.project_id,
    requestId: erasure.number,
    ...(act.counts && { counts: act.counts }),
    ...(act.reason && { reason: act.reason }),
    ...(act.opId && { opId: act.opId }),
    ...(act.source && { source: act.source }),
  });
}

/** Renews the one message in which the customer sees how far it is. */
export async function showProgress(tx: Transaction<Tables>, erasure: Erasure, now: Date): Promise<void> {
  await putDelivery(tx, {
    projectId: erasure.project_id,
    subjectId: erasure.subject_id,
    target: 'customer',
    content: { kind: 'erasure', erasureId: erasure.id },
    now,
  });
}
