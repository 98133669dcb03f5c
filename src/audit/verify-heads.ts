import { AppError } from '../domain/errors.ts';
import { positions, type Findings } from './findings.ts';
import type { KeyChain, SignedCheckpoint } from './key-chain.ts';
import type { Frontier } from './merkle.ts';

/** Sizes at which a source of signed heads agreed with the entries, and the first at which it did not. */
interface Agreement {
  readonly sizes: number[];
  /** With the size up to which all was well then. */
  differs?: { readonly size: number; readonly from: number };
}

interface Deps {
  readonly chain: KeyChain;
  readonly origin: string;
  readonly findings: Findings;
  /** The first position of the export. */
  readonly from: number;
}

export interface HeadCheck {
  /** How many signed heads were compared with the entries: the log's own, and the anchor's. */
  readonly compared: { readonly checkpoints: number; readonly anchored: number };
  /** Told of each size the tree reaches, the first included. */
  reached(tree: Frontier): void;
  /** A checkpoint of the export. It is compared with a tree of its size; with another, only its signature is looked at. */
  checkpoint(note: string, at: number, tree: Frontier | undefined): SignedCheckpoint | undefined;
  /** @param at the position after the last entry */
  finish(at: number): void;
}

/**
 * Compares the tree that the entries make with every signed head. Those of the export are worth as much as
 * the signing key is safe; those of the anchor hold even against somebody who has the key.
 */
export function createHeadCheck(deps: Deps, anchoredNotes: readonly string[]): HeadCheck {
  const { findings, from } = deps;
  const own: Agreement = { sizes: [from] };
  const anchor: Agreement = { sizes: [from] };
  const compared = { checkpoints: 0, anchored: 0 };
  const open = createOpener(deps);
  const anchored = readAnchored(open, from, anchoredNotes);
  let diverged = anchored.diverged;
  // The newest head stands in the header, at its place and at the end.
  let latest: string | undefined;

  function compare(source: Agreement, tree: Frontier, root: Buffer, agreed: number): void {
    if (root.equals(tree.root())) source.sizes.push(tree.size);
    else source.differs ??= { size: tree.size, from: agreed };
  }

  return {
    compared,
    reached(tree) {
      const root = anchored.roots.get(tree.size);
      if (root === undefined) return;
      compared.anchored += 1;
      compare(anchor, tree, root, agreedBelow(anchor));
    },
    checkpoint(note, at, tree) {
      const head = open(note, 'A checkpoint of the export', { from: agreedBelow(own), until: at });
      if (head === undefined) return undefined;
      const seen = anchored.roots.get(head.size);
      if (seen !== undefined && !seen.equals(head.root)) diverged = Math.min(diverged, head.size);
      if (tree?.size === head.size) {
        if (note !== latest) compared.checkpoints += 1;
        latest = note;
        compare(own, tree, head.root, Math.max(agreedBelow(own), agreedBelow(anchor)));
      }
      return head;
    },
    finish(at) {
      reportDivergence(findings, anchor, diverged);
      reportRewriting(findings, own, anchor, diverged);
      if (anchored.largest > at) {
        const message = `The anchor has seen ${anchored.largest} entries, and these are ${at}: the end of the log is missing.`;
        findings.report({ problem: 'truncated', from: at, until: anchored.largest, message });
      }
    },
  };
}

function readAnchored(open: ReturnType<typeof createOpener>, from: number, notes: readonly string[]) {
  const roots = new Map<number, Buffer>();
  let [largest, diverged] = [0, Infinity];
  for (const note of notes) {
    const head = open(note, 'A checkpoint in the anchor', { from, until: from });
    if (head === undefined) continue;
    const known = roots.get(head.size);
    if (known !== undefined && !known.equals(head.root)) diverged = Math.min(diverged, head.size);
    roots.set(head.size, known ?? head.root);
    largest = Math.max(largest, head.size);
  }
  return { roots, largest, diverged };
}

/** Opens heads, and reports those that are not genuine: the first of each run, since one key signs many. */
function createOpener(deps: Deps) {
  const { chain, origin, findings } = deps;
  const told = new Set<string>();
  return (note: string, which: string, at: { readonly from: number; readonly until: number }) => {
    const complain = (message: string): undefined => {
      const run = `${which} ${at.from}`;
      if (!told.has(run))
        findings.report({ problem: 'bad_checkpoint', ...at, message: `${which}: ${message}` });
      told.add(run);
    };
    try {
      const head = chain.open(note);
      if (head.origin === origin) return head;
      return complain('it is of another log. Take checkpoints and export from the same one.');
    } catch (error) {
      if (error instanceof AppError) return complain(error.message);
      throw error;
    }
  };
}

function reportDivergence(findings: Findings, anchor: Agreement, size: number): void {
  if (size === Infinity) return;
  const from = agreedBelow(anchor, size);
  const message = `There are two signed heads of ${size} entries: whoever has the key signed two histories, which part at ${positions(from, size)}.`;
  findings.report({ problem: 'diverged', from, until: size, message });
}

function reportRewriting(findings: Findings, own: Agreement, anchor: Agreement, diverged: number): void {
  // A head of the anchor that differs as well may narrow the range down.
  const narrower = own.differs && anchor.differs && own.differs.from < anchor.differs.size;
  if (own.differs) {
    const { from, size } = own.differs;
    const until = narrower ? Math.min(size, anchor.differs?.size ?? size) : size;
    if (agreedBelow(anchor) < size) {
      const message = `One of the entries at ${positions(from, until)} was altered together with its recorded hash: the signed checkpoint does not fit.`;
      findings.report({ problem: 'rewritten', from, until, message });
    } else {
      const message = `The signed checkpoint of ${size} entries does not fit them, though the anchor confirms them: ask who used the key.`;
      findings.report({ problem: 'bad_checkpoint', from: size - 1, until: size, message });
    }
  }
  if (!anchor.differs || narrower || anchor.differs.size === diverged) return;
  const { from, size: until } = anchor.differs;
  const message = `One of the entries at ${positions(from, until)} is not what the anchor saw: the log was rewritten.`;
  findings.report({ problem: 'rewritten', from, until, message });
}

/** The largest size below another at which the heads agreed with the entries. */
function agreedBelow(source: Agreement, size = Infinity): number {
  return source.sizes.findLast((one) => one < size) ?? 0;
}
