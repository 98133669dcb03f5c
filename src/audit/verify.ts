import { AppError } from '../domain/errors.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { readHeader, readLine, type ExportHeader } from './export-format.ts';
import { createFindings, positions, type Finding, type Findings } from './findings.ts';
import { createKeyChain, type KeyChain, type SignedCheckpoint } from './key-chain.ts';
import { createFrontier, type Frontier } from './merkle.ts';
import { createEntryCheck, type EntryCheck } from './verify-entries.ts';
import { createHeadCheck, type HeadCheck } from './verify-heads.ts';

export interface VerifyOptions {
  /** The keys to believe, in the form `NAME+ID+KEY`, from anywhere but the export. */
  readonly publicKeys: readonly string[];
  /** Checkpoints with which those keys handed over, besides the export's: it may leave out that one is retired. */
  readonly handOvers?: readonly string[];
  /** The signed checkpoints that the anchor holds, in any order, read before the export was made. */
  readonly anchored?: readonly string[];
  /** Whether the export may be a part of the log: begin after an uncut start, end before the anchor does. */
  readonly part?: boolean;
  /** Told now and then how many entries of how many are checked. */
  readonly onProgress?: (entries: number, of: number) => void;
}

export interface VerifyReport {
  readonly ok: boolean;
  /** The finding at the lowest position. */
  readonly first?: Finding;
  /** In order of position, a hundred at most. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  readonly origin: string;
  /** The positions checked: from the first to before the last. */
  readonly from: number;
  readonly until: number;
  /** Whether what came before was cut by the log's retention rule, as a signed checkpoint says. */
  readonly cut: boolean;
  readonly entries: number;
  /** Signed heads compared with the entries. */
  readonly checkpoints: number;
  readonly anchored: number;
  /** The latest head, when its signature is genuine. */
  readonly head?: SignedCheckpoint;
}

const PROGRESS_EVERY = 10_000;

/**
 * Checks an export of the audit log with nothing but the public key and, where given, what the anchor
 * holds. Memory stays flat whatever its length. Damage is reported, never thrown.
 *
 * @param lines the lines of the export, without line feeds
 * @throws AppError `input_invalid` when it is no export at all or a key is not one
 */
export async function verifyExport(
  lines: AsyncIterable<string>,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const iterator = lines[Symbol.asyncIterator]();
  const first = await iterator.next();
  const header = readHeader(first.done ? '' : first.value);
  const findings = createFindings();
  const chain = believedKeys(header, options, findings);
  const deps = { chain, origin: header.origin, findings, from: header.from };
  const state: Verification = {
    header,
    options,
    findings,
    entries: createEntryCheck(header.from, findings),
    heads: createHeadCheck(deps, options.anchored ?? []),
    tree: undefined,
    count: 0,
    ended: false,
  };
  const cut = begin(state, chain);
  for (let line = await iterator.next(); !line.done; line = await iterator.next())
    takeLine(state, line.value);
  const head = finish(state);
  return reportOf(state, cut, head);
}

interface Verification {
  readonly header: ExportHeader;
  readonly options: VerifyOptions;
  readonly findings: Findings;
  readonly entries: EntryCheck;
  readonly heads: HeadCheck;
  /** What the recorded hashes come to; gone once one of them is missing. */
  tree: Frontier | undefined;
  count: number;
  ended: boolean;
}

/** Hand-overs come from the export and from the anchor: where those contradict, a key served two histories. */
function believedKeys(header: ExportHeader, options: VerifyOptions, findings: Findings): KeyChain {
  const { publicKeys, handOvers = [], anchored = [] } = options;
  try {
    return createKeyChain(publicKeys, [...header.handOvers, ...handOvers, ...anchored.filter(isHandOver)]);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'audit_damaged') throw error;
    findings.report({ problem: 'diverged', from: header.from, until: header.to, message: error.message });
    return createKeyChain(publicKeys);
  }
}

function isHandOver(note: string): boolean {
  try {
    return parseCheckpoint(note).checkpoint.handOver !== undefined;
  } catch {
    // Whoever compares heads reports it as unreadable.
    return false;
  }
}

/** @returns whether a signed cut is where the export begins */
function begin(state: Verification, chain: KeyChain): boolean {
  const { header, options, findings, heads } = state;
  const { from, before, origin } = header;
  if (from === 0) {
    state.tree = createFrontier();
    heads.reached(state.tree);
    return false;
  }
  const missing = (message: string): false => {
    findings.report({ problem: 'removed', from: 0, until: from, message });
    return false;
  };
  if (before === undefined) return missing(`The entries at ${positions(0, from)} are missing.`);
  try {
    const head = chain.open(before.checkpoint);
    const tree = createFrontier(before.frontier);
    if (head.origin !== origin || head.size !== from || tree.size !== from || !head.root.equals(tree.root()))
      return missing('What the export says of the tree before its first entry is not what was signed.');
    state.tree = tree;
    heads.reached(tree);
    if (head.cut === true || options.part === true) return head.cut === true;
    return missing(
      `The entries at ${positions(0, from)} are missing, and no signed checkpoint says they were cut.`,
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return missing(`The checkpoint before the first entry: ${error.message}`);
  }
}

function takeLine(state: Verification, text: string): void {
  const { entries, heads, findings, header } = state;
  const line = readLine(text);
  if (line === undefined || state.ended) {
    const at = entries.next;
    const message = state.ended
      ? 'The export goes on after its end.'
      : `A line after ${at} entries is not one that this format has, in its one spelling.`;
    findings.report({ problem: 'unreadable', from: at, until: at + 1, message });
    return;
  }
  switch (line.kind) {
    case 'leaf': {
      const fits = entries.leaf(line);
      if (!entries.whole) state.tree = undefined;
      if (fits && state.tree !== undefined) {
        state.tree.append(line.leaf);
        heads.reached(state.tree);
      }
      state.count += 1;
      if (state.count % PROGRESS_EVERY === 0)
        state.options.onProgress?.(state.count, header.to - header.from);
      return;
    }
    case 'checkpoint': {
      const head = heads.checkpoint(line.note, entries.next, state.tree);
      if (state.tree === undefined || head === undefined || head.size === state.tree.size) return;
      const { size } = state.tree;
      const message = `A checkpoint of ${head.size} entries stands after ${size}: lines were moved or taken away.`;
      findings.report({ problem: 'bad_checkpoint', from: size, until: size + 1, message });
      return;
    }
    case 'stray':
      entries.stray(line.seq);
      return;
    case 'end':
      state.ended = line.entries === state.count && line.checkpoint === header.checkpoint;
  }
}

/** @returns the latest head, when it is genuine */
function finish(state: Verification): SignedCheckpoint | undefined {
  const { header, entries, heads, findings, options } = state;
  entries.finish();
  const at = entries.next;
  const head = heads.checkpoint(header.checkpoint, at, state.tree);
  if (head !== undefined && head.size < at) {
    const message = `No signed checkpoint covers the entries at ${positions(head.size, at)}.`;
    findings.report({ problem: 'unsealed', from: head.size, until: at, message });
  }
  const to = Math.max(header.to, head?.size ?? 0);
  if (at < to || !state.ended) {
    const message =
      at < to ? `The entries at ${positions(at, to)} are missing.` : 'The end of the export is missing.';
    findings.report({ problem: 'truncated', from: at, until: Math.max(at, to), message });
  }
  heads.finish(options.part === true ? Infinity : at);
  options.onProgress?.(state.count, header.to - header.from);
  return head;
}

function reportOf(state: Verification, cut: boolean, head: SignedCheckpoint | undefined): VerifyReport {
  const { header, findings, heads, count, entries } = state;
  const all = findings.inOrder();
  return {
    ok: findings.count === 0,
    ...(all[0] && { first: all[0] }),
    findings: all,
    findingCount: findings.count,
    origin: header.origin,
    from: header.from,
    until: entries.next,
    cut,
    entries: count,
    ...heads.compared,
    ...(head && { head }),
  };
}
