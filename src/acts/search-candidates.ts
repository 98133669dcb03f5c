import {
  cursorAfter,
  findCandidates,
  type Candidate,
  type CandidateSearch,
  type SearchCursor,
} from '../db/search.ts';
import type { ActDeps } from './deps.ts';

/** How many times its length in candidates one page looks at before it says how far it came. */
export const MOST_EXAMINED = 10;

/** Candidates in batches. Most pages are filled by the first look; where many are refuted, the second is long. */
export function candidatesFrom(
  { db }: ActDeps,
  search: Pick<CandidateSearch, 'where' | 'scored' | 'asked'>,
  start: SearchCursor | null,
  limit: number,
): (wanted: number) => Promise<{ batch: Candidate[]; isLast: boolean }> {
  let ahead: Candidate[] = [];
  let after = start;
  let looks = 0;
  let exhausted = false;
  return async (wanted) => {
    // One more than is wanted tells whether there is another page.
    while (!exhausted && ahead.length <= wanted) {
      const size = limit * (looks++ === 0 ? 1 : MOST_EXAMINED) + 1;
      const found = await findCandidates(db, { ...search, after, limit: size });
      exhausted = found.length < size;
      ahead.push(...found);
      const last = ahead.at(-1);
      if (last) after = cursorAfter(last);
    }
    const batch = ahead.slice(0, wanted);
    ahead = ahead.slice(wanted);
    return { batch, isLast: exhausted && ahead.length === 0 };
  };
}
