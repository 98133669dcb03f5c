import { sessionPrefix } from '../src/archive/names.ts';
import type { ArchiveStore } from '../src/archive/store.ts';
import { erasedPlaces, rowsLeft, storesOf, type ErasedPlace } from '../src/db/erasure-proof.ts';
import type { Erasure } from '../src/db/erasures.ts';
import { AppError } from '../src/domain/errors.ts';
import type { Counts } from '../src/domain/events.ts';
import { FINAL_AFTER } from '../src/db/erasure-proof.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * Reads back, after everything was removed, that it is gone: rows of every table, objects of every store in
 * every generation, keys. What a store keeps on its own (soft deletion) is counted and has no key any more.
 *
 * @returns what was looked at, and how many seconds later the stores let go of the last of it, if they do not at once
 * @throws AppError `rows_changed` or `object_locked` naming what is still there; trying again is right
 */
export async function readBack(deps: ActivityDeps, erasure: Erasure, now: Date): Promise<Counts> {
  const left = Object.entries(await rowsLeft(deps.db, erasure)).filter(([, count]) => count > 0);
  if (left.length > 0)
    throw new AppError(
      'rows_changed',
      `Erasure ${erasure.number} finds rows left in ${left.map(([table, count]) => `${table} (${count})`).join(', ')}.`,
    );
  const places = await erasedPlaces(deps.db, erasure);
  const everUsed = await Promise.all((await storesOf(deps.db, erasure)).map((url) => deps.stores.at(url)));
  let softDeleted = 0;
  const all = new Set(everUsed);
  for (const place of places) {
    const { whole, projectId: project, sessionId: session } = place;
    const current = await deps.stores.of(project);
    all.add(current);
    const prefixes = whole ? [sessionPrefix({ project, session })] : place.objects.map(({ name }) => name);
    for (const store of new Set([...everUsed, current]))
      for (const prefix of prefixes) softDeleted += await nothingIn(store, prefix);
    await noKeyOf(deps, erasure, place);
  }
  const finalAfter = await secondsUntilFinal(
    deps,
    [...all].map(({ url }) => url),
    { softDeleted, now },
  );
  return {
    'sessions-read-back': places.length,
    'soft-deleted-objects': softDeleted,
    ...(finalAfter > 0 && { [FINAL_AFTER]: finalAfter }),
  };
}

/** No bucket of Google Cloud Storage keeps what is deleted for longer. */
const LONGEST_SOFT_DELETE_S = 90 * 86_400;

/** The settings of today decide; copies that a setting of before left behind may stay as long as any could. */
async function secondsUntilFinal(
  { finalFrom }: ActivityDeps,
  stores: readonly string[],
  { softDeleted, now }: { softDeleted: number; now: Date },
): Promise<number> {
  let seconds = 0;
  for (const url of stores) {
    const final = (await finalFrom?.(url, now)) ?? now;
    seconds = Math.max(seconds, (final.getTime() - now.getTime()) / 1000);
  }
  return seconds === 0 && softDeleted > 0 ? LONGEST_SOFT_DELETE_S : Math.ceil(seconds);
}

/** How many soft-deleted copies lie there. @throws AppError `object_locked` if anything else does */
async function nothingIn(store: ArchiveStore, prefix: string): Promise<number> {
  let softDeleted = 0;
  for await (const object of store.list(prefix)) {
    if (object.state === 'soft-deleted') softDeleted += 1;
    else {
      // An archive that was under way when the erasure came may have written once more.
      await store.delete(object.name, object.generation);
      throw new AppError(
        'object_locked',
        `${object.name} was in ${store.url} again; it is removed and read back once more.`,
      );
    }
  }
  return softDeleted;
}

/** Destroying once more removes a key that came back, and says whether there was one. */
async function noKeyOf({ vault }: ActivityDeps, erasure: Erasure, place: ErasedPlace): Promise<void> {
  const { sessionId, whole } = place;
  const keys = await vault.destroy(whole ? { sessionId } : { sessionId, subjectId: erasure.subject_id });
  if (keys > 0)
    throw new AppError(
      'rows_changed',
      `${keys} keys of session ${sessionId} were there again; they are destroyed.`,
    );
}
