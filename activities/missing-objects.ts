import type { ArchiveRow } from '../src/db/tables.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * How many of a session's recorded objects are not in their stores any more although nobody here deleted
 * them. Asked before anything is removed: afterwards nobody could tell.
 *
 * @param manifests reads the manifests; read again where something is missing, since it may have been written
 *   anew meanwhile
 * @throws AppError `store_unavailable` where a store does not answer
 */
export async function countMissing(
  deps: Pick<ActivityDeps, 'stores'>,
  manifests: () => Promise<readonly ArchiveRow[]>,
): Promise<number> {
  const missing = new Set<string>();
  for (const row of await manifests()) {
    const store = await deps.stores.at(row.store);
    const found = await store.stat(row.object_name);
    if (found?.generation !== row.generation) missing.add(placeOf(row));
  }
  if (missing.size === 0) return 0;
  return (await manifests()).filter((row) => missing.has(placeOf(row))).length;
}

function placeOf({ id, object_name, generation }: ArchiveRow): string {
  return `${id} ${object_name} ${generation}`;
}
