import { sessionPrefix } from '../src/archive/names.ts';
import type { ArchiveStore } from '../src/archive/store.ts';
import { erasedPlaces, rowsLeft, storesOf, type ErasedPlace } from '../src/db/erasure-proof.ts';
import type { Erasure } from '../src/db/erasures.ts';
import { AppError } from '../src/domain/errors.ts';
import type { Counts } from '../src/domain/events.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * Reads back, after everything was removed, that it is gone: rows of every table, objects of every store in
 * every generation, keys. What a store keeps on its own (soft deletion) is counted and has no key any more.
 *
 * @returns what was looked at
 * @throws AppError `rows_changed` or `object_locked` naming what is still there; trying again is right
 */
export async function readBack(deps: ActivityDeps, erasure: Erasure): Promise<Counts> {
  const left = Object.entries(await rowsLeft(deps.db, erasure)).filter(([, count]) => count > 0);
  if (left.length > 0)
    throw new AppError(
      'rows_changed',
      `Erasure ${erasure.number} finds rows left in ${left.map(([table, count]) => `${table} (${count})`).join(', ')}.`,
    );
  const places = await erasedPlaces(deps.db, erasure);
  const everUsed = await Promise.all((await storesOf(deps.db, erasure)).map((url) => deps.stores.at(url)));
  let softDeleted = 0;
  for (const place of places) {
    const { whole, projectId: project, sessionId: session } = place;
    const stores = new Set([await deps.stores.of(project), ...everUsed]);
    const prefixes = whole ? [sessionPrefix({ project, session })] : place.objects.map(({ name }) => name);
    for (const store of stores) for (const prefix of prefixes) softDeleted += await nothingIn(store, prefix);
    await noKeyOf(deps, erasure, place);
  }
  return { 'sessions-read-back': places.length, 'soft-deleted-objects': softDeleted };
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
