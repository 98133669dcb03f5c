import { AppError } from '../domain/errors.ts';
import { HASH_BYTES } from './merkle.ts';
import { parseNote, readVerifier, signNote, type Note, type NoteSigner, type NoteVerifier } from './note.ts';

/**
 * The head of the log at a size, as C2SP tlog-checkpoint lays it down. Extension lines carry the two
 * statements that have to be signed with a head and that no monitor could find in the tree: a key handing
 * over to its successor, and the log's own retention rule cutting the entries before that size.
 */
export interface Checkpoint {
  /** The name of the log. */
  readonly origin: string;
  /** Entries in the tree. */
  readonly size: number;
  readonly root: Buffer;
  /** The key that signs no more after this size, and the one that does. */
  readonly handOver?: { readonly from: NoteVerifier; readonly to: NoteVerifier };
  /** Whether the log's retention rule removed the entries before this size. */
  readonly cut?: boolean;
  /** Lines that this program does not know. */
  readonly extensions?: readonly string[];
}

/** A checkpoint taken apart, its signatures not looked at yet. */
export interface UnverifiedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
}

const CUT = 'cut';
const HAND_OVER = 'hand-over';

/** A signed checkpoint, in its lines. With several keys each of them signs. */
export function signCheckpoint(checkpoint: Checkpoint, signers: readonly NoteSigner[]): string {
  return signNote(checkpointText(checkpoint), signers);
}

/**
 * The checkpoint with which a key hands over to its successor, signed by both.
 *
 * @returns the note; from then on `to` signs, and what `from` signs for larger trees is not believed
 */
export function signHandOver(head: Checkpoint, from: NoteSigner, to: NoteSigner): string {
  const handOver = { from: from.verifier, to: to.verifier };
  return signCheckpoint({ ...head, handOver }, [from, to]);
}

/** Reads a checkpoint without believing it yet. Throws `audit_damaged` when it is not one. */
export function parseCheckpoint(note: string): UnverifiedCheckpoint {
  const parsed = parseNote(note);
  const [origin = '', size = '', root = '', ...rest] = parsed.text.slice(0, -1).split('\n');
  const hash = Buffer.from(root, 'base64');
  const isSize = /^(0|[1-9]\d*)$/.test(size) && Number.isSafeInteger(Number(size));
  const isRoot = hash.length === HASH_BYTES && hash.toString('base64') === root;
  if (origin === '' || !isSize || !isRoot || rest.includes('')) throw unreadable();
  const checkpoint = { origin, size: Number(size), root: hash, ...statementsOf(rest) };
  return { checkpoint, note: parsed };
}

function checkpointText(checkpoint: Checkpoint): string {
  const { origin, size, root, handOver, cut, extensions = [] } = checkpoint;
  const lines = [
    origin,
    String(size),
    root.toString('base64'),
    ...(handOver ? [`${HAND_OVER} ${handOver.from.text} ${handOver.to.text}`] : []),
    ...(cut ? [CUT] : []),
    ...extensions,
  ];
  if (lines.some((line) => line === '' || line.includes('\n')))
    throw new AppError(
      'input_invalid',
      'A checkpoint cannot hold an empty line. Name the log, and try again.',
    );
  return lines.join('\n') + '\n';
}

function statementsOf(lines: readonly string[]): Pick<Checkpoint, 'handOver' | 'cut' | 'extensions'> {
  const handOver = lines.map(readHandOver).find((found) => found !== undefined);
  const extensions = lines.filter((line) => line !== CUT && readHandOver(line) === undefined);
  return {
    ...(handOver && { handOver }),
    ...(lines.includes(CUT) && { cut: true }),
    ...(extensions.length > 0 && { extensions }),
  };
}

function readHandOver(line: string): Checkpoint['handOver'] {
  const [kind, from = '', to = '', ...rest] = line.split(' ');
  if (kind !== HAND_OVER || rest.length > 0) return undefined;
  try {
    return { from: readVerifier(from), to: readVerifier(to) };
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause?: unknown): AppError {
  return new AppError(
    'audit_damaged',
    'A checkpoint of the audit log is not readable. Take it from an unaltered copy.',
    { cause },
  );
}
