import { Context } from '@temporalio/activity';
import { expireErasure, reviewGrounds } from '../src/acts/erasure-ends.ts';
import { concludeErasure } from '../src/acts/erasure-conclusion.ts';
import {
  recordAlarm,
  recordKeysDestroyed,
  recordRemoved,
  recordVerified,
} from '../src/acts/erasure-progress.ts';
import type { LedgerEntry } from '../src/archive/ledger.ts';
import { erasedPlaces } from '../src/db/erasure-proof.ts';
import {
  erasureFacts,
  openBatches,
  partsOfBatch,
  partsToDestroy,
  readErasure,
  type Erasure,
} from '../src/db/erasures.ts';
import { nextErasureStep, type ErasureStep } from '../src/domain/erasure-steps.ts';
import { AppError } from '../src/domain/errors.ts';
import type { Counts } from '../src/domain/events.ts';
import { deleteForGood } from './deletion.ts';
import type { ActivityDeps } from './deps.ts';
import { readBack } from './erasure-proof.ts';
import { eraseShare } from './erasure-share.ts';
import { whileBeating } from './heartbeat.ts';
import { sourceOfActivity, workflowActor } from './source.ts';

/** A step of an erasure, at the workflow's own time. */
export interface ErasureMoment {
  readonly erasureId: string;
  /** Epoch milliseconds by the workflow's clock. */
  readonly now: number;
}

export interface ErasureActivities {
  readErasureStep(moment: ErasureMoment): Promise<ErasureStep>;
  expireErasureRequest(moment: ErasureMoment): Promise<ErasureStep>;
  /** @returns how many keys are gone, those of an attempt that was cut short included */
  destroyErasureKeys(moment: ErasureMoment): Promise<number>;
  markErasureKeysDestroyed(moment: ErasureMoment & { keys: number }): Promise<ErasureStep>;
  listErasureBatches(moment: ErasureMoment): Promise<number[]>;
  eraseBatch(moment: ErasureMoment & { batch: number }): Promise<void>;
  markErasureRemoved(moment: ErasureMoment): Promise<ErasureStep>;
  /** @returns what was looked at */
  verifyErasure(moment: ErasureMoment): Promise<Counts>;
  markErasureVerified(moment: ErasureMoment & { counts: Counts }): Promise<ErasureStep>;
  concludeErasure(moment: ErasureMoment): Promise<ErasureStep>;
  reviewErasureGrounds(moment: ErasureMoment): Promise<ErasureStep>;
  raiseErasureAlarm(moment: ErasureMoment & { hours: number }): Promise<void>;
}

export function createErasureActivities(deps: ActivityDeps): ErasureActivities {
  const act = ({ erasureId, now }: ErasureMoment) => ({
    erasureId,
    now: new Date(now),
    actor: workflowActor(),
    source: sourceOfActivity(),
  });
  const next = async ({ erasureId }: ErasureMoment) =>
    nextErasureStep(erasureFacts(await readErasure(deps.db, erasureId)));
  return {
    async readErasureStep(moment) {
      const step = await next(moment);
      // Whatever changed may have ended a ground: its day is not waited for.
      if (step.step !== 'review-grounds') return step;
      await reviewGrounds(deps, act(moment));
      return next(moment);
    },
    async expireErasureRequest(moment) {
      await expireErasure(deps, act(moment));
      return next(moment);
    },
    /**
     * First of all, and whatever the stores do: without its keys nothing can be read any more, here, in a
     * back-up or in a copy that a bucket keeps.
     */
    destroyErasureKeys: ({ erasureId }) => whileBeating(() => destroyKeys(deps, erasureId)),
    // A step of its own, so that the receipt has the time when they were gone, not when it was begun.
    async markErasureKeysDestroyed({ keys, ...moment }) {
      await recordKeysDestroyed(deps, act(moment), keys);
      return next(moment);
    },
    listErasureBatches: ({ erasureId }) => openBatches(deps.db, erasureId),
    eraseBatch: (moment) => whileBeating(() => eraseBatch(deps, moment)),
    async markErasureRemoved(moment) {
      await recordRemoved(deps, act(moment));
      return next(moment);
    },
    verifyErasure: ({ erasureId, now }) =>
      whileBeating(async () => {
        const erasure = await readErasure(deps.db, erasureId);
        await deps.ledger.record(await ledgerEntry(deps, erasure));
        return readBack(deps, erasure, new Date(now));
      }),
    async markErasureVerified({ counts, ...moment }) {
      await recordVerified(deps, act(moment), counts);
      return next(moment);
    },
    concludeErasure: (moment) => concludeErasure(deps, act(moment)),
    async reviewErasureGrounds(moment) {
      await reviewGrounds(deps, act(moment));
      return next(moment);
    },
    raiseErasureAlarm: (moment) => recordAlarm(deps, { ...act(moment), hours: moment.hours }),
  };
}

async function destroyKeys(deps: ActivityDeps, erasureId: string): Promise<number> {
  const erasure = await readErasure(deps.db, erasureId);
  const parts = await partsToDestroy(deps.db, erasure.id);
  for (const { sessionId, subjectId, whole } of parts) {
    await deps.vault.destroy(whole ? { sessionId } : { sessionId, subjectId });
    Context.current().heartbeat();
  }
  const profile = { sessionId: null, subjectId: erasure.subject_id };
  await deps.vault.destroy(profile);
  deps.reached('erasure.keys-gone');
  // Without the ledger a restored back-up would bring the person back. Its store may be away like any
  // other, and the keys do not wait for it: it is written again before anything counts as verified.
  await deps.ledger.record(await ledgerEntry(deps, erasure)).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    deps.log.warn(
      { erasure: erasure.number, code: error.code },
      'the erasure ledger is away; tried again later',
    );
  });
  return deps.vault.destroyedAmong([...parts, profile]);
}

/** What is gone already counts too: the ledger may have been away while it went. */
async function ledgerEntry(deps: ActivityDeps, erasure: Erasure): Promise<LedgerEntry> {
  const places = await erasedPlaces(deps.db, erasure);
  const parts = await partsToDestroy(deps.db, erasure.id);
  const shares = [...parts, ...places].filter(({ whole }) => !whole).map(({ sessionId }) => sessionId);
  return {
    id: erasure.id,
    number: erasure.number,
    project: erasure.project_id,
    pseudonym: erasure.pseudonym,
    subject: erasure.subject_id,
    origin: erasure.origin,
    regulation: erasure.regulation,
    receivedAt: erasure.received_at.toISOString(),
    legalDeadlineAt: erasure.legal_deadline_at.toISOString(),
    confirmedAt: (erasure.confirmed_at ?? erasure.received_at).toISOString(),
    sessions: places.filter(({ whole }) => whole).map(({ sessionId }) => sessionId),
    shares: [...new Set(shares)],
  };
}

/** Every part is tried, whatever becomes of the others; what failed is tried again with the next attempt. */
async function eraseBatch(deps: ActivityDeps, moment: ErasureMoment & { batch: number }): Promise<void> {
  const parts = await partsOfBatch(deps.db, moment.erasureId, moment.batch);
  let failure: unknown;
  for (const part of parts) {
    try {
      if (part.whole) await deleteForGood(deps, { sessionId: part.sessionId, now: moment.now });
      else await eraseShare(deps, part, moment);
      deps.reached('erasure.part-gone');
    } catch (error) {
      failure ??= error;
    }
    Context.current().heartbeat();
  }
  if (failure !== undefined) throw failure as Error;
}
