import { createHash } from 'node:crypto';
import { AppError } from '../domain/errors.ts';
import { parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { verifyConsistency } from './proofs.ts';

/** Where heads of the log are kept that nobody here can rewrite: a locked bucket, or a directory of its own. */
export interface AnchorStore {
  /** Writes an object that must not exist; one that is there with the same bytes is fine. */
  put(name: string, body: Buffer): Promise<void>;
  get(name: string): Promise<Buffer>;
  list(prefix: string): AsyncIterable<string>;
}

/** Gives the consistency proof between two sizes of the tree. */
export type Prove = (first: number, second: number) => Promise<Buffer[]>;

/** The anchor of one log. */
export interface Anchor {
  /**
   * Adds a head, unless it denies what was anchored before.
   *
   * @param known the size of the newest head that is believed to be there: with another than the last one that
   *   went through here, the store is asked anew
   * @throws AppError `audit_damaged` for a head that is smaller or of another history
   */
  add(note: string, prove: Prove, known?: number): Promise<void>;
  /** Every head it holds, in rising order. */
  notes(): Promise<string[]>;
}

const PREFIX = 'checkpoints/';
/** So that names sort as sizes do: more digits than entries will ever need. */
const DIGITS = 15;
/** A log of a year has some 100,000 heads, and a bucket answers in tens of milliseconds. */
const READ_AT_ONCE = 32;

export function createAnchor(store: AnchorStore): Anchor {
  let last: Checkpoint | undefined;

  async function names(): Promise<string[]> {
    const found = [];
    for await (const name of store.list(PREFIX)) found.push(name);
    return found.sort();
  }

  async function newest(): Promise<Checkpoint | undefined> {
    const name = (await names()).at(-1);
    return name === undefined ? undefined : parseCheckpoint(String(await store.get(name))).checkpoint;
  }

  return {
    async add(note, prove, known) {
      const { checkpoint } = parseCheckpoint(note);
      if (last === undefined || last.size !== known) last = await newest();
      if (last) await assertAgrees(last, checkpoint, prove);
      await store.put(nameOf(checkpoint, note), Buffer.from(note));
      if (last === undefined || last.size < checkpoint.size) last = checkpoint;
    },
    async notes() {
      const all = await names();
      const notes: string[] = [];
      for (let start = 0; start < all.length; start += READ_AT_ONCE) {
        const read = all.slice(start, start + READ_AT_ONCE).map((name) => store.get(name));
        notes.push(...(await Promise.all(read)).map(String));
      }
      return notes;
    },
  };
}

async function assertAgrees(last: Checkpoint, next: Checkpoint, prove: Prove): Promise<void> {
  // Where the log's beginning is cut, its head of old is signed once more, and stands before the last one.
  const [first, second] = next.cut === true && next.size < last.size ? [next, last] : [last, next];
  if (second.size < first.size)
    throw new AppError(
      'audit_damaged',
      `The audit log has ${next.size} entries and the anchor knows ${last.size}: its end was cut off. Run: retention audit verify`,
    );
  const proof = await prove(first.size, second.size);
  const roots = { firstRoot: first.root, secondRoot: second.root };
  if (verifyConsistency({ first: first.size, second: second.size, ...roots, proof })) return;
  throw new AppError(
    'audit_damaged',
    `The audit log of ${next.size} entries is not the one that was anchored at ${last.size}: its history was rewritten. Run: retention audit verify`,
  );
}

/** Two heads of one size, as a key hands over, have names of their own. */
function nameOf({ size }: Checkpoint, note: string): string {
  const digest = createHash('sha256').update(note).digest('hex').slice(0, 12);
  return `${PREFIX}${String(size).padStart(DIGITS, '0')}-${digest}.txt`;
}
