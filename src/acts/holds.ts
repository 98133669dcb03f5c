import type { Transaction } from 'kysely';
import type { Approval } from '../db/approvals.ts';
import { putDelivery } from '../db/deliveries.ts';
import { erasuresKeptByHolds } from '../db/erasures.ts';
import { holdsById, holdsInForce, isDemo, markReleased, writeHold, type Hold } from '../db/holds.ts';
import { lockLife, type Life } from '../db/life.ts';
import { putEvent } from '../db/outbox.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { checkHold } from '../domain/holds.ts';
import { answerTo } from '../domain/phases.ts';
import { requestApproval } from './approval-request.ts';
import type { ActDeps } from './deps.ts';
import { interruptReview } from './hold-review.ts';
import { freeSessions } from './hold-scopes.ts';
import { phaseConflict } from './lifecycle.ts';
import { record } from './record.ts';

/**
 * Places a hold: nothing of the session is destroyed while it lasts. Either it commits, or the deletion
 * has begun and it is refused; never both.
 *
 * @throws AppError `deletion_began`, `phase_conflict`, `input_invalid`
 */
export async function placeHold(
  deps: ActDeps,
  act: { sessionId: string; reason: string; endsAt?: Date; actor: Actor; now: Date },
): Promise<string> {
  checkHold(act, `session ${act.sessionId}`);
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    if (answerTo('hold', life, act.now) !== 'take') throw phaseConflict('hold', life);
    const id = await insertHold(tx, life, act);
    await interruptReview(tx, life, act);
    await record(tx, life, {
      actor: act.actor,
      action: 'hold.placed',
      now: act.now,
      event: { kind: 'held' },
      status: 'held',
    });
    return id;
  });
}

/** Writes the hold's row; the caller holds the session's lock. */
export async function insertHold(
  tx: Transaction<Tables>,
  life: Pick<Life, 'sessionId' | 'projectId'>,
  hold: { reason: string; endsAt?: Date; actor: Actor; now: Date },
): Promise<string> {
  const { id } = await writeHold(tx, {
    projectId: life.projectId,
    target: { scope: 'session', session_id: life.sessionId },
    reason: hold.reason,
    author: hold.actor.id,
    endsAt: hold.endsAt ?? null,
    now: hold.now,
  });
  return id;
}

/** What asking for a release came to. */
export type Release =
  | { readonly outcome: 'released'; readonly holds: number }
  /** A second person has to approve it first. */
  | { readonly outcome: 'requested'; readonly approvalId: string };

interface ReleaseAct {
  /** Why; shown to the second person. */
  readonly reason?: string;
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * Releases every hold of a session's own that is in force; wider ones are released by their ids. Where the
 * project is no demo, a second person has to approve it first.
 *
 * @throws AppError `not_found` when there is none, `already_decided` when its release is asked for already
 */
export async function releaseHolds(deps: ActDeps, act: ReleaseAct & { sessionId: string }): Promise<Release> {
  const { sessionId, now } = act;
  return deps.db.transaction().execute(async (tx) => {
    const { projectId } = await lockLife(tx, sessionId, now);
    const holds = await holdsInForce(tx, { sessionId, now, limit: 1000 });
    const own = holds.filter((hold) => hold.scope === 'session');
    if (own.length === 0) throw nothingToRelease(sessionId, holds);
    const release = await releaseOrAsk(tx, { projectId, objectId: sessionId, holds: own }, act);
    if (release.outcome === 'requested') await tellTopic(tx, { projectId, sessionId, now });
    return release;
  });
}

async function tellTopic(
  tx: Transaction<Tables>,
  { projectId, sessionId, now }: { projectId: string; sessionId: string; now: Date },
) {
  const content = { kind: 'status', what: 'release-asked' } as const;
  await putDelivery(tx, { projectId, sessionId, target: 'staff', content, now });
}

function nothingToRelease(sessionId: string, [wider]: readonly Hold[]): AppError {
  return new AppError(
    'not_found',
    wider
      ? `Session ${sessionId} has no hold of its own: a wider one is on it. Release that with: retention hold release --hold ${wider.id}`
      : `Nothing holds session ${sessionId}.`,
    { refusal: wider ? { why: 'wider-hold', holdId: wider.id } : 'nothing-held' },
  );
}

/**
 * Releases one hold, whatever it is on, in the same way.
 *
 * @throws AppError `not_found`, `already_decided`
 */
export async function releaseHold(deps: ActDeps, act: ReleaseAct & { holdId: string }): Promise<Release> {
  return deps.db.transaction().execute(async (tx) => {
    const [hold] = await holdsById(tx, [act.holdId]);
    if (!hold || hold.released_at || (hold.ends_at && hold.ends_at <= act.now))
      throw new AppError('not_found', `There is no hold ${act.holdId} in force. See: retention hold list`);
    return releaseOrAsk(tx, { projectId: hold.project_id, objectId: hold.id, holds: [hold] }, act);
  });
}

async function releaseOrAsk(
  tx: Transaction<Tables>,
  release: { projectId: string; objectId: string; holds: readonly Hold[] },
  act: ReleaseAct,
): Promise<Release> {
  const { projectId, objectId } = release;
  const holdIds = release.holds.map(({ id }) => id);
  if (await isDemo(tx, projectId)) return { outcome: 'released', holds: await releaseAll(tx, holdIds, act) };
  const approvalId = await requestApproval(tx, {
    projectId,
    objectId,
    kind: 'hold-release',
    // By their ids: what is placed while it waits is not part of what the second person approves.
    payload: { holdIds },
    reason: act.reason?.trim() ?? '',
    actor: act.actor,
    now: act.now,
  });
  return { outcome: 'requested', approvalId };
}

/** Releases the holds whose release a second person has approved; one that ended meanwhile needs none. */
export async function carryOutRelease(
  tx: Transaction<Tables>,
  approval: Approval,
  act: { actor: Actor; now: Date },
): Promise<void> {
  await releaseAll(tx, approval.payload['holdIds'] as string[], { ...act, requestId: approval.id });
}

/** @returns how many holds were in force, and are no more */
async function releaseAll(
  tx: Transaction<Tables>,
  holdIds: readonly string[],
  act: { actor: Actor; now: Date; requestId?: string },
): Promise<number> {
  const lives = new Map<string, Life>();
  // Sessions are locked before their holds, as a deletion does that removes them.
  for (const { session_id: id } of await holdsById(tx, holdIds))
    if (id && !lives.has(id)) lives.set(id, await lockLife(tx, id, act.now));
  const released = await markReleased(tx, holdIds, { by: act.actor.id, now: act.now });
  for (const life of lives.values()) {
    const holds = released.filter((hold) => hold.session_id === life.sessionId).length;
    if (holds === 0) continue;
    await interruptReview(tx, life, act);
    await record(tx, life, {
      actor: act.actor,
      action: 'hold.released',
      counts: { holds },
      requestId: act.requestId,
      now: act.now,
      event: { kind: 'released' },
      status: 'released',
    });
  }
  for (const hold of released) if (hold.scope !== 'session') await freeSessions(tx, hold, act);
  for (const projectId of new Set(released.map((hold) => hold.project_id)))
    for (const erasureId of await erasuresKeptByHolds(tx, projectId))
      await putEvent(tx, { erasureId, event: 'changed', now: act.now });
  return released.length;
}
