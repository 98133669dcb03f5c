import type { Candidate } from '../db/search.ts';
import { entryObjectsOf } from '../db/search-texts.ts';
import type { ArchiveRow } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { ActDeps } from './deps.ts';

/** What opening archived sessions takes. */
export interface Cost {
  readonly objects: number;
  readonly bytes: number;
}

/** What of some candidates is opened, with the objects of the archived ones. */
export interface Opening {
  readonly candidates: readonly Candidate[];
  readonly objects: ReadonlyMap<string, readonly ArchiveRow[]>;
  /** The first candidate that would cost more than a page may. */
  readonly cutAt: Candidate | undefined;
}

/** What one page may open. */
export interface Budget {
  /** Whether texts are looked for at all; without words nothing is opened. */
  readonly hasWords: boolean;
  readonly opensArchives: boolean;
  readonly maxObjects: number | undefined;
  /** Objects that the page has opened so far. */
  readonly spent: number;
}

const MOST_OBJECTS = 100;

/**
 * As many of these candidates, in their order, as the budget is enough for.
 *
 * @throws AppError `input_invalid` where the first alone is more than a page may open
 */
export async function withinBudget(
  { db }: ActDeps,
  candidates: readonly Candidate[],
  { hasWords, opensArchives, maxObjects = MOST_OBJECTS, spent }: Budget,
): Promise<Opening> {
  const archived = candidates.filter(isArchived).map(({ id }) => id);
  const rows = archived.length > 0 && hasWords ? await entryObjectsOf(db, archived) : [];
  const objects = Map.groupBy(rows, (row) => row.session_id);
  if (!opensArchives) return { candidates, objects, cutAt: undefined };
  let left = maxObjects - spent;
  const cut = candidates.findIndex((one) => (left -= objects.get(one.id)?.length ?? 0) < 0);
  if (cut < 0) return { candidates, objects, cutAt: undefined };
  if (cut === 0 && spent === 0)
    throw new AppError(
      'input_invalid',
      `Session ${candidates[0]?.id} alone has ${objects.get(candidates[0]?.id ?? '')?.length} objects to open, more than a page may. Raise the limit of objects.`,
    );
  return { candidates: candidates.slice(0, cut), objects, cutAt: candidates[cut] };
}

export function isArchived({ phase }: Candidate): boolean {
  return phase === 'archived' || phase === 'review';
}

export function costOf(objects: readonly ArchiveRow[]): Cost {
  return { objects: objects.length, bytes: objects.reduce((sum, one) => sum + one.size_bytes, 0) };
}
