import { callForMissing } from '../src/acts/alarms.ts';
import { recordedCounts, appendAuditEntry, type AuditEntry } from '../src/audit/append.ts';
import { subjectPrefix } from '../src/archive/names.ts';
import type { ArchiveStore } from '../src/archive/store.ts';
import { lockSession } from '../src/db/life.ts';
import { archiveShare, measureShare, removeShare } from '../src/db/erasure-shares.ts';
import { readErasure, wasErasedBefore, type ErasurePart } from '../src/db/erasures.ts';
import { AppError } from '../src/domain/errors.ts';
import type { ActivityDeps } from './deps.ts';
import { countMissing } from './missing-objects.ts';
import { sourceOfActivity, workflowActor } from './source.ts';

/**
 * Takes one person out of a session that others are part of: their objects, keys and rows. What the others
 * wrote is not touched, and stays byte for byte what it was.
 */
export async function eraseShare(
  deps: ActivityDeps,
  part: ErasurePart,
  moment: { erasureId: string; now: number },
): Promise<void> {
  const { sessionId, subjectId, projectId } = part;
  const now = new Date(moment.now);
  const entry = {
    at: now,
    actor: workflowActor(),
    source: sourceOfActivity(),
    object: { kind: 'session', id: sessionId },
    projectId,
    requestId: (await readErasure(deps.db, moment.erasureId)).number,
  };
  const intent = `erasure-intent:${sessionId}:${subjectId}`;
  await recordIntent(deps, part, { ...entry, action: 'erasure.began', opId: intent });
  const removed = await removeObjects(deps, part);
  await deps.vault.destroy({ sessionId, subjectId });
  deps.reached('erasure.share-objects-gone');
  await deps.db.transaction().execute(async (tx) => {
    await lockSession(tx, sessionId);
    // An archive that was under way has recorded objects since: they have to go before their rows do.
    const since = (await archiveShare(tx, part)).filter(({ id }) => !removed.has(id));
    if (since.length > 0)
      throw new AppError(
        'rows_changed',
        `Session ${sessionId} was archived while a person was taken out of it; its new objects go next.`,
      );
    await removeShare(tx, part, now);
    await appendAuditEntry(tx, {
      ...entry,
      action: 'session.share-erased',
      counts: (await recordedCounts(tx, intent)) ?? {},
      opId: `erasure:${sessionId}:${subjectId}`,
    });
  });
}

/** Records once what there is to remove, and how much of it somebody else took away before. */
async function recordIntent(
  deps: ActivityDeps,
  part: ErasurePart,
  entry: AuditEntry & { readonly opId: string },
): Promise<void> {
  if (await recordedCounts(deps.db, entry.opId)) return;
  const missing = await countMissing(deps, () => archiveShare(deps.db, part));
  await deps.db.transaction().execute(async (tx) => {
    // Of two attempts at once the second finds the first one's entry.
    await lockSession(tx, part.sessionId);
    if (await recordedCounts(tx, entry.opId)) return;
    const counts = { ...(await measureShare(tx, part)), ...(missing > 0 && { missing }) };
    await appendAuditEntry(tx, { ...entry, counts });
    if (missing > 0 && !(await wasErasedBefore(tx, part.sessionId, part.subjectId)))
      await callForMissing(tx, { projectId: part.projectId, missing, actor: entry.actor, now: entry.at });
  });
}

/** Removes what was recorded, and what an attempt at archiving left unrecorded; the ids of the manifests. */
async function removeObjects(deps: ActivityDeps, part: ErasurePart): Promise<Set<string>> {
  const { projectId: project, sessionId: session, subjectId: subject } = part;
  const manifests = await archiveShare(deps.db, part);
  for (const row of manifests) await removeAll(await deps.stores.at(row.store), row.object_name);
  await removeAll(await deps.stores.of(project), subjectPrefix({ project, session, subject }));
  return new Set(manifests.map(({ id }) => id));
}

/** Removes what begins with a prefix, and looks whether it is gone. */
async function removeAll(store: ArchiveStore, prefix: string): Promise<void> {
  for await (const object of store.list(prefix))
    if (object.state !== 'soft-deleted') await store.delete(object.name, object.generation);
  for await (const object of store.list(prefix))
    if (object.state !== 'soft-deleted')
      throw new AppError(
        'object_locked',
        `${object.name} is still in ${store.url} after its deletion. Check holds and retention of the bucket.`,
      );
}
