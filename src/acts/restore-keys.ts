import type { CameBack, ErasedBefore } from '../db/restore-check.ts';
import { batchesPutByUntil } from '../db/waiting-updates.ts';
import type { ActDeps } from './deps.ts';

/**
 * Destroys what a restored keys database holds again of what the ledger names, or only counts it. Other
 * sessions of the person are judged by their rules first; the workflow destroys the keys of those that go.
 */
export async function keysThatCameBack(
  { vault }: ActDeps,
  entry: ErasedBefore,
  back: CameBack,
  dryRun: boolean,
): Promise<number> {
  let keys = 0;
  for (const sessionId of entry.sessions)
    keys += await (dryRun ? vault.stillThere(sessionId) : vault.destroy({ sessionId }));
  if (dryRun) return keys;
  const subjectId = back.subjectId ?? entry.subject;
  for (const sessionId of entry.shares) keys += await vault.destroy({ sessionId, subjectId });
  // Only with the row: somebody who wrote again has a profile of their own since.
  if (back.subjectId) keys += await vault.destroy({ sessionId: null, subjectId });
  return keys;
}

/**
 * Destroys the keys of all updates that wait again since before this erasure, or only finds them. Sealed and not
 * handled, an update tells nobody whose it is, and one of the person's would become a new session.
 *
 * @param options.found takes the batches that could still be opened
 */
export async function keysOfWaiting(
  { db, vault }: ActDeps,
  { confirmedAt }: ErasedBefore,
  { dryRun, found }: { dryRun: boolean; found: Set<string> },
): Promise<void> {
  for (const subjectId of await batchesPutByUntil(db, new Date(confirmedAt))) {
    if (found.has(subjectId)) continue;
    const scope = { sessionId: null, subjectId };
    const readable = dryRun ? (await vault.destroyedAmong([scope])) === 0 : (await vault.destroy(scope)) > 0;
    if (readable) found.add(subjectId);
  }
}
