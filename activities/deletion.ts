import { recordedCounts } from '../src/audit/append.ts';
import { callForMissing } from '../src/acts/alarms.ts';
import { pauseDeletions } from '../src/acts/breaker.ts';
import { record } from '../src/acts/record.ts';
import { sessionPrefix } from '../src/archive/names.ts';
import { manifestsOf, untouchedManifests } from '../src/db/archives.ts';
import { markBegun } from '../src/db/breaker.ts';
import { deletionIntent, markDeleted, measure, subjectsEndingWith } from '../src/db/deletion.ts';
import { lockForDeletion } from '../src/db/holds.ts';
import { erasureNumberOf, wasErasedBefore } from '../src/db/erasures.ts';
import { lockLife, nextStepOf, readLife, type Life } from '../src/db/life.ts';
import { AppError } from '../src/domain/errors.ts';
import type { NextStep } from '../src/domain/next-step.ts';
import type { ActivityDeps } from './deps.ts';
import { removeExportsOf } from './export-remove.ts';
import { whileBeating } from './heartbeat.ts';
import type { Step } from './life.ts';
import { countMissing } from './missing-objects.ts';
import { sourceOfActivity, workflowActor } from './source.ts';

export interface DeletionActivities {
  deleteSession(step: Step): Promise<NextStep>;
}

export function createDeletionActivities(deps: ActivityDeps): DeletionActivities {
  return {
    /**
     * Deletes a session for good: intent first, then objects, keys and rows, each read back as gone. A
     * hold that committed before the intent wins; after it there is no way back. Killed anywhere, it goes
     * on where it was, and the counts on record are those of the intent, not what a retry finds left.
     */
    deleteSession: (step) => whileBeating(() => deleteForGood(deps, step)),
  };
}

/** As `deleteSession`, from within another activity. */
export async function deleteForGood(deps: ActivityDeps, step: Step): Promise<NextStep> {
  deps.reached('deletion.starting');
  const begun = await begin(deps, step);
  if ('step' in begun) return begun;
  deps.reached('deletion.begun');
  // An erasure has seen to the exports of its person before it came here.
  if (!begun.erased) await removeExportsOf(deps, step.sessionId, new Date(step.now));
  await removeObjects(deps, begun);
  deps.reached('deletion.objects-gone');
  await destroyKeys(deps, begun);
  deps.reached('deletion.keys-gone');
  const next = await finish(deps, step);
  deps.reached('deletion.recorded');
  return next;
}

async function begin(deps: ActivityDeps, step: Step): Promise<Life | NextStep> {
  const now = new Date(step.now);
  const keys = await deps.vault.stillThere(step.sessionId);
  const missing = await missingBefore(deps, step.sessionId);
  return deps.db.transaction().execute(async (tx) => {
    await lockForDeletion(tx, step.sessionId);
    const life = await readLife(tx, step.sessionId, now);
    const next = nextStepOf(life);
    if (next.step !== 'delete' || next.at === null || next.at > step.now) return next;
    if (!life.deletionBeganAt) deps.agreeOnTime?.(now, life.databaseNow);
    // An erasure marks all sessions of a person at once; what each of them held is measured here.
    if (life.deletionBeganAt && !life.erased) return life;
    const counts = { ...(await measure(tx, step.sessionId)), keys, ...(missing > 0 && { missing }) };
    // Late: the day's count is one row, which deletions of a project wait for until this commits.
    if (!life.deletionBeganAt && !(await markBegun(tx, life, now)))
      return pauseDeletions(tx, life, { now, source: sourceOfActivity() });
    if (missing > 0 && !(await wasErasedBefore(tx, step.sessionId)))
      await callForMissing(tx, { projectId: life.projectId, missing, actor: workflowActor(), now });
    await record(tx, life, {
      actor: workflowActor(),
      action: 'deletion.began',
      now,
      counts,
      opId: deletionIntent(step.sessionId),
      requestId: life.erased ? await erasureNumberOf(tx, step.sessionId) : undefined,
      source: sourceOfActivity(),
    });
    return life;
  });
}

/** Once the intent is recorded, what is missing is what this deletion removed. */
function missingBefore(deps: ActivityDeps, sessionId: string): Promise<number> {
  return countMissing(deps, () => untouchedManifests(deps.db, sessionId, deletionIntent(sessionId)));
}

async function removeObjects(deps: ActivityDeps, life: Life): Promise<void> {
  const manifests = await manifestsOf(deps.db, life.sessionId);
  const prefix = sessionPrefix({ project: life.projectId, session: life.sessionId });
  const current = await deps.stores.of(life.projectId);
  const stores = new Set([
    current,
    ...(await Promise.all(manifests.map((one) => deps.stores.at(one.store)))),
  ]);
  for (const store of stores) {
    for await (const object of store.list(prefix)) {
      if (object.state !== 'soft-deleted') await store.delete(object.name, object.generation);
      deps.reached('deletion.object-gone');
    }
    for await (const object of store.list(prefix))
      // A soft-deleted copy stays for as long as the bucket says; its key goes now.
      if (object.state !== 'soft-deleted')
        throw new AppError(
          'object_locked',
          `${object.name} is still in ${store.url} after its deletion. Check holds and retention of the bucket.`,
        );
  }
}

async function destroyKeys(deps: ActivityDeps, life: Life): Promise<void> {
  await deps.vault.destroy({ sessionId: life.sessionId });
  const left = await deps.vault.stillThere(life.sessionId);
  if (left > 0)
    throw new AppError('rows_changed', `${left} keys of session ${life.sessionId} came back; trying again.`);
  for (const subjectId of await subjectsEndingWith(deps.db, life.sessionId))
    // The profile's key alone: the person may be writing again, into a session with a key of its own.
    await deps.vault.destroy({ sessionId: null, subjectId });
}

async function finish(deps: ActivityDeps, step: Step): Promise<NextStep> {
  const now = new Date(step.now);
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, step.sessionId, now);
    if (life.phase === 'deleted') return nextStepOf(life);
    // The counts of the intent: by now there is nothing left to count.
    const counts = (await recordedCounts(tx, deletionIntent(step.sessionId))) ?? {};
    await markDeleted(tx, life, now);
    await record(tx, life, {
      actor: workflowActor(),
      action: life.erased ? 'session.erased' : 'session.deleted',
      now,
      counts,
      opId: `deletion:${step.sessionId}`,
      requestId: life.erased ? await erasureNumberOf(tx, step.sessionId) : undefined,
      source: sourceOfActivity(),
      ...(life.erased && { event: { kind: 'erased' as const } }),
    });
    return nextStepOf({ ...life, phase: 'deleted' });
  });
}
