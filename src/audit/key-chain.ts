import { AppError } from '../domain/errors.ts';
import { parseCheckpoint, type Checkpoint, type UnverifiedCheckpoint } from './checkpoint.ts';
import { readVerifier, signersOf, type NoteVerifier } from './note.ts';

/** A checkpoint that a believed key signed. */
export interface SignedCheckpoint extends Checkpoint {
  readonly signedBy: NoteVerifier;
}

export interface KeyChain {
  /** The keys believed, those given first. */
  readonly keys: readonly NoteVerifier[];
  /** Reads a checkpoint. Throws `audit_damaged` unless a key believed at its size signed it. */
  open(note: string): SignedCheckpoint;
}

interface Believed {
  readonly key: NoteVerifier;
  /** The size of the tree at which the key handed over to the next. */
  retiredAt?: number;
  successor?: string;
}

/**
 * The keys to believe: those given, and those that hand-overs tie to them in an unbroken chain. It goes
 * both ways, so that an old key leads to today's, and today's key vouches for those before it.
 *
 * @param trusted public keys in the form `NAME+ID+KEY`
 * @param handOvers checkpoints that hand over, in any order; those of strangers' keys are passed over
 * @throws AppError `input_invalid` for a key that is not one, `audit_damaged` for a hand-over that is not
 *   genuine, or when one key handed over to two
 */
export function createKeyChain(trusted: readonly string[], handOvers: readonly string[] = []): KeyChain {
  const believed = new Map<string, Believed>();
  for (const text of trusted) believed.set(text, { key: readVerifier(text) });
  let waiting = handOvers.map(parseCheckpoint);
  for (let before = -1; before !== waiting.length;) {
    before = waiting.length;
    waiting = waiting.filter((one) => !take(believed, one));
  }
  const all = [...believed.values()];
  return {
    keys: all.map(({ key }) => key),
    open: (note) => open(all, parseCheckpoint(note)),
  };
}

/** @returns whether the hand-over is dealt with: one of its keys is believed, so now both are */
function take(believed: Map<string, Believed>, { checkpoint, note }: UnverifiedCheckpoint): boolean {
  const { handOver, size } = checkpoint;
  if (handOver === undefined) return true;
  const { from, to } = handOver;
  if (!believed.has(from.text) && !believed.has(to.text)) return false;
  if (signersOf(note, [from, to]).length < 2)
    throw new AppError(
      'audit_damaged',
      `The hand-over of key ${from.id} to ${to.id} is not signed by both. Ask for an unaltered copy.`,
    );
  const old = believed.get(from.text) ?? { key: from };
  if (old.successor !== undefined && old.successor !== to.text)
    throw new AppError(
      'audit_damaged',
      `Key ${from.id} of the audit log handed over to two keys: it signed for two histories. Compare with the anchor.`,
    );
  old.successor = to.text;
  old.retiredAt = Math.min(old.retiredAt ?? size, size);
  believed.set(from.text, old);
  if (!believed.has(to.text)) believed.set(to.text, { key: to });
  return true;
}

function open(believed: readonly Believed[], { checkpoint, note }: UnverifiedCheckpoint): SignedCheckpoint {
  const { size } = checkpoint;
  const signed = new Set(
    signersOf(
      note,
      believed.map(({ key }) => key),
    ),
  );
  const valid = believed.find(({ key, retiredAt = Infinity }) => signed.has(key) && size <= retiredAt);
  if (valid !== undefined) return { ...checkpoint, signedBy: valid.key };
  const [retired] = signed;
  throw new AppError(
    'audit_damaged',
    retired === undefined
      ? `The checkpoint of size ${size} is signed by no key that is believed. Check it with the key of this log.`
      : `The checkpoint of size ${size} is signed by key ${retired.id} alone, which had handed over before. Ask who used it.`,
  );
}
