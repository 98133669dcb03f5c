/** What can be wrong with a log, by what was done to it. */
export type Problem =
  /** The entry is not the one that was recorded. */
  | 'changed'
  | 'removed'
  | 'inserted'
  | 'reordered'
  /** Entry and recorded hash were both altered: a signed head gives it away, for a range of positions. */
  | 'rewritten'
  /** The end is missing. */
  | 'truncated'
  /** Two signed heads that cannot both be true. */
  | 'diverged'
  /** No signed head covers these entries. */
  | 'unsealed'
  | 'bad_checkpoint'
  | 'unreadable';

export interface Finding {
  readonly problem: Problem;
  /** The first position it concerns, and the one after the last. */
  readonly from: number;
  readonly until: number;
  /** The number of the entry, where one entry is named. */
  readonly seq?: string;
  /** What is wrong, in a sentence. */
  readonly message: string;
}

/** More say nothing that these do not, and memory stays flat however much was altered. */
const MOST_FINDINGS = 100;

export interface Findings {
  /** How many there are; of those past the hundredth only the number is kept. */
  readonly count: number;
  report(finding: Finding): void;
  /** In order of position. */
  inOrder(): Finding[];
}

export function createFindings(): Findings {
  const kept: Finding[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    report(finding) {
      count += 1;
      kept.push(finding);
      if (kept.length <= MOST_FINDINGS) return;
      kept.sort(byPosition);
      kept.pop();
    },
    inOrder: () => kept.toSorted(byPosition),
  };
}

function byPosition(one: Finding, other: Finding): number {
  return one.from - other.from;
}

/** `position 7`, or `positions 7 to 9`. */
export function positions(from: number, until: number): string {
  return until - from === 1 ? `position ${from}` : `positions ${from} to ${until - 1}`;
}
