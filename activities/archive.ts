import type { Life } from '../src/db/life.ts';
import { decisionFacts, lockLife, nextStepOf, readLife } from '../src/db/life.ts';
import {
  beginArchiving,
  insertManifest,
  manifestsOf,
  takeLiveRows,
  type NewManifest,
} from '../src/db/archives.ts';
import { record } from '../src/acts/record.ts';
import { sessionPrefix } from '../src/archive/names.ts';
import { decide, keepsReferencesOnly, type Decision } from '../src/domain/decision.ts';
import { AppError } from '../src/domain/errors.ts';
import type { NextStep } from '../src/domain/next-step.ts';
import { archiveEntries } from './archive-entries.ts';
import type { Archiving } from './archiving.ts';
import type { ActivityDeps } from './deps.ts';
import { whileBeating } from './heartbeat.ts';
import type { Step } from './life.ts';
import { sourceOfActivity, workflowActor } from './source.ts';

export interface ArchiveActivities {
  archiveSession(step: Step): Promise<NextStep>;
}

export function createArchiveActivities(deps: ActivityDeps): ArchiveActivities {
  return {
    /**
     * Moves a closed session from the database to the archive store: one object per subject, written,
     * read back and compared, and only then, in one transaction, recorded and its live rows removed.
     * Killed anywhere, it begins again and ends with one object, the right bytes and one audit entry.
     */
    archiveSession: (step) => whileBeating(() => archive(deps, step)),
  };
}

async function archive(deps: ActivityDeps, step: Step): Promise<NextStep> {
  deps.reached('archive.starting');
  const archiving = await begin(deps, step);
  if ('step' in archiving) {
    // An attempt may have died between recording and removing what those before it had written.
    if (archiving.phase === 'archived' || archiving.erased) await removeLeftovers(deps, step);
    return archiving;
  }
  deps.reached('archive.begun');
  const written: NewManifest[] = [];
  for (const subjectId of archiving.subjectIds)
    written.push(...(await archiveEntries(deps, archiving, subjectId)));
  deps.reached('archive.verified');
  const next = await finish(deps, step, archiving, written);
  deps.reached('archive.recorded');
  if (archiving.attempt > 1 || next.step === 'delete') await removeLeftovers(deps, step);
  deps.reached('archive.done');
  return next;
}

async function begin(deps: ActivityDeps, step: Step): Promise<Archiving | NextStep> {
  const now = new Date(step.now);
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, step.sessionId, now);
    const next = nextStepOf(life);
    if (next.step !== 'archive' || next.at === null || next.at > step.now) return next;
    const begun = await beginArchiving(tx, step.sessionId, now);
    return { life, ...begun, referencesOnly: keepsReferencesOnly(life.policy, life) };
  });
}

async function finish(
  deps: ActivityDeps,
  step: Step,
  archiving: Archiving,
  written: readonly NewManifest[],
): Promise<NextStep> {
  const now = new Date(step.now);
  const { sessionId } = archiving.life;
  const counts = totals(written);
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, sessionId, now);
    // An erasure came in between: what was written so far goes with the rest.
    if (life.deletionBeganAt) return nextStepOf(life);
    const live = await takeLiveRows(tx, sessionId);
    if (live.attempt !== archiving.attempt || life.phase !== 'closed')
      throw new AppError(
        'rows_changed',
        `Another attempt is archiving session ${sessionId}; this one gives way.`,
      );
    // A tag or a policy may have come meanwhile: what must not be kept is not recorded either.
    if (keepsReferencesOnly(life.policy, life) !== archiving.referencesOnly)
      throw new AppError(
        'rows_changed',
        `What is kept of the attachments of session ${sessionId} changed while it was archived; it is read again.`,
      );
    const complete =
      live.messages === counts.messages &&
      live.revisions === counts.revisions &&
      live.attachments === counts.attachments;
    if (!complete)
      throw new AppError(
        'rows_changed',
        `Session ${sessionId} was edited while it was archived; it is read again.`,
      );
    await insertManifest(tx, written);
    const { keepUntil, decidedBy } = decisionOf(life);
    await tx
      .updateTable('session')
      .set({
        phase: 'archived',
        archived_at: now,
        keep_until: keepUntil,
        keep_rule: decidedBy,
        policy_version: life.policyVersion,
      })
      .where('id', '=', sessionId)
      .execute();
    await record(tx, life, {
      actor: workflowActor(),
      action: 'session.archived',
      now,
      counts,
      opId: `archive:${sessionId}`,
      source: sourceOfActivity(),
      status: 'archived',
    });
    return nextStepOf({ ...life, phase: 'archived', keepUntil });
  });
}

function decisionOf(life: Life): Decision {
  const facts = decisionFacts(life);
  if (!facts) throw new AppError('phase_conflict', `Session ${life.sessionId} has no closing time.`);
  return decide(life.policy, facts);
}

function totals(written: readonly NewManifest[]) {
  const sum = (pick: (manifest: NewManifest) => number) =>
    written.reduce((total, one) => total + pick(one), 0);
  return {
    messages: sum((one) => one.messages),
    revisions: sum((one) => one.revisions),
    attachments: sum((one) => one.attachments),
    objects: written.length,
    bytes: sum((one) => one.size_bytes),
  };
}

/** Objects that an attempt which died had written already. */
async function removeLeftovers(deps: ActivityDeps, step: Step): Promise<void> {
  const { projectId, sessionId } = await readLife(deps.db, step.sessionId, new Date(step.now));
  const store = await deps.stores.of(projectId);
  const recorded = new Set((await manifestsOf(deps.db, sessionId)).map((one) => one.object_name));
  for await (const object of store.list(sessionPrefix({ project: projectId, session: sessionId })))
    if (!recorded.has(object.name) && object.state !== 'soft-deleted')
      await store.delete(object.name, object.generation);
}
