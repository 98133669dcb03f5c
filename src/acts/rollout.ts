import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { archivedSessionsById, type ArchivedSession } from '../db/dated-sessions.ts';
import { putDelivery } from '../db/deliveries.ts';
import { policyInForce } from '../db/policies.ts';
import {
  awaitRecording,
  finishTold,
  lockDeciding,
  lockUndecided,
  markDecidedAll,
  markProgress,
  writeDates,
  type NewDate,
  type Rollout,
} from '../db/rollouts.ts';
import type { Tables } from '../db/tables.ts';
import { putThrottledEvents } from '../db/throttled-events.ts';
import { decide } from '../domain/decision.ts';
import type { Actor } from '../domain/events.ts';
import type { Policy } from '../domain/policy.ts';
import { redate } from '../domain/redating.ts';
import type { ActDeps } from './deps.ts';

/** So many rows are locked for a third of a second at most, which nobody who writes to them notices. */
const BATCH = 500;

const ROLLOUT: Actor = { kind: 'system', id: 'rollout' };

/**
 * Brings the policy in force to the next sessions of the archive, in one transaction: whatever ends it
 * early, the next one goes on where the last one committed. Several processes may do so at once.
 *
 * @returns whether there may be more to do at once
 */
export async function rolloutBatch(deps: Pick<ActDeps, 'db'>, now: Date, limit = BATCH): Promise<boolean> {
  return deps.db.transaction().execute(async (tx) => {
    const rollout = await lockDeciding(tx);
    if (rollout) {
      await decideBatch(tx, rollout, now, limit);
      return true;
    }
    for (const finished of await finishTold(tx, now)) await recordEnd(tx, finished, now);
    return false;
  });
}

async function decideBatch(tx: Transaction<Tables>, rollout: Rollout, now: Date, limit: number) {
  const projectId = rollout.project_id;
  const { policy, version } = await policyInForce(tx, projectId);
  let ids = await lockUndecided(tx, { projectId, version, after: rollout.cursor, limit });
  if (ids.length === 0) {
    await awaitRecording(tx, projectId);
    ids = await lockUndecided(tx, { projectId, version, after: null, limit });
  }
  if (ids.length === 0) return markDecidedAll(tx, rollout);
  const moves = (await archivedSessionsById(tx, ids)).map((session) => moveOf(session, policy, now));
  await writeDates(tx, moves, { version, actorId: ROLLOUT.id, now });
  await tell(tx, projectId, moves, now);
  await markProgress(tx, rollout, {
    cursor: ids.at(-1) ?? null,
    decided: moves.length,
    earlier: moves.filter(({ moved }) => moved < 0).length,
    later: moves.filter(({ moved }) => moved > 0).length,
  });
}

/** A new date, and by how much it differs from the old one. */
interface Move extends NewDate {
  readonly moved: number;
  /** Its workflow would wake too late, or waits for the end of a review that is over. */
  readonly told: boolean;
}

function moveOf(session: ArchivedSession, policy: Policy, now: Date): Move {
  const { sessionId, round } = session;
  const { keepUntil, decidedBy } = decide(policy, session);
  const moved = keepUntil.getTime() - session.keepUntil.getTime();
  const redating = redate(session, keepUntil, now);
  const told = redating.outOfReview || (session.phase === 'archived' && moved < 0);
  return { sessionId, round, keepUntil, rule: decidedBy, moved, told, ...redating };
}

/** Workflows that are not told learn of their new date when they wake at the old one. */
async function tell(tx: Transaction<Tables>, projectId: string, moves: readonly Move[], now: Date) {
  const sessionIds = moves.filter(({ told }) => told).map(({ sessionId }) => sessionId);
  await putThrottledEvents(tx, { projectId, sessionIds, event: 'redated', now });
  for (const { sessionId, round } of moves.filter(({ endsRound }) => endsRound))
    await putDelivery(tx, {
      projectId,
      sessionId,
      target: 'supervisors',
      content: { kind: 'review-card', round },
      now,
    });
}

async function recordEnd(tx: Transaction<Tables>, rollout: Rollout, now: Date) {
  const { project_id: projectId, version, decided, earlier, later } = rollout;
  await appendAuditEntry(tx, {
    at: now,
    actor: ROLLOUT,
    action: 'policy.rolled-out',
    object: { kind: 'policy', id: `${projectId}:${version}` },
    projectId,
    counts: { version, sessions: decided, earlier, later },
  });
}
