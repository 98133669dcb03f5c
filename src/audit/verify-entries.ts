import type { ExportLine } from './export-format.ts';
import { positions, type Findings } from './findings.ts';
import { leafHash } from './merkle.ts';

type LeafLine = Extract<ExportLine, { kind: 'leaf' }>;

interface Compared {
  readonly position: number;
  readonly seq: string | undefined;
  /** What the entry hashes to, if there is one, and what was recorded for it. */
  readonly computed: string | undefined;
  readonly recorded: string;
}

interface Gap {
  readonly from: number;
  readonly until: number;
  readonly seen: Set<number>;
}

/** Lines looked at after one that is wrong, to tell a changed entry from a removed or moved one. */
const WINDOW = 256;
const MOST_GAPS = 100;

export interface EntryCheck {
  /** The position that comes next. */
  readonly next: number;
  /** Whether every position up to `next` came, once and in its place: without that there is no tree. */
  readonly whole: boolean;
  /** @returns whether the leaf is the next of the tree */
  leaf(line: LeafLine): boolean;
  stray(seq: string): void;
  finish(): void;
}

/** Compares entries with their recorded hashes and places, and names those that are wrong. */
export function createEntryCheck(from: number, findings: Findings): EntryCheck {
  const places = createPlaces(from, findings);
  let window: Compared[] = [];
  // Once everything stands a place further than recorded, each later entry differs for that one reason.
  let shifted = false;

  function compare({ position, seq, text, leaf }: LeafLine): void {
    const computed = text === undefined ? undefined : leafHash(text);
    if (window.length === 0 && computed?.equals(leaf)) return;
    window.push({ position, seq, computed: computed?.toString('hex'), recorded: leaf.toString('hex') });
    if (window.length === WINDOW) judge();
  }

  function judge(): void {
    shifted = judgeWindow(window, findings);
    window = [];
  }

  return {
    get next() {
      return places.next;
    },
    get whole() {
      return places.whole;
    },
    leaf(line) {
      const fits = places.take(line);
      if (!shifted) compare(line);
      return fits;
    },
    stray(seq) {
      const at = places.next;
      const message = `Entry number ${seq} is in the table and not in the log: it was put there past the log.`;
      findings.report({ problem: 'inserted', from: at, until: at, seq, message });
    },
    finish() {
      if (window.length > 0) judge();
      places.finish();
    },
  };
}

function createPlaces(from: number, findings: Findings) {
  const gaps: Gap[] = [];
  let next = from;
  let whole = true;
  return {
    get next() {
      return next;
    },
    get whole() {
      return whole;
    },
    take({ position, seq }: LeafLine): boolean {
      const fits = position === next;
      if (position > next) {
        whole = false;
        if (gaps.length < MOST_GAPS) gaps.push({ from: next, until: position, seen: new Set() });
      } else if (!fits) {
        const gap = gaps.find(
          (one) => one.from <= position && position < one.until && !one.seen.has(position),
        );
        if (gap) gap.seen.add(position);
        else report(findings, 'inserted', position, seq, 'it comes a second time in the file');
      }
      next = Math.max(next, position + 1);
      return fits;
    },
    finish(): void {
      for (const { from: start, until, seen } of gaps) {
        const moved = seen.size === until - start;
        const where = positions(start, until);
        findings.report({
          problem: moved ? 'reordered' : 'removed',
          from: start,
          until,
          message: moved
            ? `The entries at ${where} come later in the file than their place is.`
            : `The entries at ${where} are missing.`,
        });
      }
    },
  };
}

/** @returns whether all that follows stands in the wrong place */
function judgeWindow(window: readonly Compared[], findings: Findings): boolean {
  const moved = new Set<Compared>();
  for (const [at, one] of window.entries()) {
    if (one.computed === one.recorded || moved.has(one)) continue;
    if (one.computed === undefined) {
      report(findings, 'removed', one.position, one.seq, 'it is gone, only its hash is left');
      continue;
    }
    const rest = window.slice(at + 1);
    // One place off, the next entry is wrong too; alone it was overwritten with a copy of another.
    const [neighbour] = rest;
    const alone = neighbour === undefined || neighbour.computed === neighbour.recorded;
    const ownPlace = rest.findIndex(({ recorded }) => recorded === one.computed);
    const ownEntry = rest.findIndex(({ computed }) => computed === one.recorded);
    if (ownPlace >= 0 && ownEntry >= 0) {
      const recorded = new Set(window.slice(at).map((other) => other.recorded));
      for (const other of rest) if (recorded.has(other.computed ?? '')) moved.add(other);
      const place = one.position + ownPlace + 1;
      report(findings, 'reordered', one.position, one.seq, `the entry here belongs at position ${place}`);
    } else if (ownPlace >= 0 && !alone) {
      reportRemoved(findings, one, ownPlace + 1);
      return true;
    } else if (ownEntry >= 0 && !alone) {
      report(
        findings,
        'inserted',
        one.position,
        one.seq,
        'the log has another entry here, which comes after it',
      );
      return true;
    } else {
      report(findings, 'changed', one.position, one.seq, 'it is not the entry that was recorded');
    }
  }
  return false;
}

function reportRemoved(findings: Findings, one: Compared, count: number): void {
  const until = one.position + count;
  const where = positions(one.position, until);
  const before = one.seq === undefined ? '' : `, just before number ${one.seq}`;
  const message = `The entries at ${where} are missing${before}.`;
  findings.report({ problem: 'removed', from: one.position, until, message });
}

function report(
  findings: Findings,
  problem: 'changed' | 'removed' | 'inserted' | 'reordered',
  position: number,
  seq: string | undefined,
  what: string,
): void {
  const named = seq === undefined ? '' : `, number ${seq}`;
  findings.report({
    problem,
    from: position,
    until: position + 1,
    ...(seq !== undefined && { seq }),
    message: `The entry at position ${position}${named}: ${what}.`,
  });
}
