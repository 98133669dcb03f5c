import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import { canonicalText, type AuditRecord } from './canonical.ts';
import { HASH_BYTES } from './merkle.ts';

/**
 * An export is JSON Lines: a header; a line for each leaf, in order of position; every signed checkpoint,
 * after the last entry that it covers; an end. Every line has one spelling only, so that whoever reads the
 * file with other tools sees what the verifier saw.
 */
export const EXPORT_FORMAT = 'telegram-retention/audit';
export const EXPORT_VERSION = 1;

const count = z.int().nonnegative();

const header = z.strictObject({
  format: z.literal(EXPORT_FORMAT),
  version: z.literal(EXPORT_VERSION),
  /** The name of the log. */
  origin: z.string().min(1),
  /** The first position in the export. */
  from: count,
  /** The position after its last one. */
  to: count,
  /** The latest signed checkpoint, whose size is `to`. */
  checkpoint: z.string(),
  /** The checkpoints with which keys handed over, oldest first. */
  handOvers: z.array(z.string()).readonly(),
  /**
   * The tree before the first position, where that is not 0, with a checkpoint of that size. Where the log's
   * own retention rule cut what came before, the checkpoint says so.
   */
  before: z
    .strictObject({
      frontier: z.strictObject({ size: count, hashes: z.array(z.string()).readonly() }),
      checkpoint: z.string(),
    })
    .exactOptional(),
});
export type ExportHeader = z.infer<typeof header>;

/** A leaf as it is recorded, with the entry it stands for. */
export interface ExportedLeaf {
  readonly position: number;
  readonly leaf: Buffer;
  /** Left out when the table has no such entry any more. */
  readonly entry?: AuditRecord;
  /** The number of the entry that is missing. */
  readonly seq?: string;
}

export type ExportLine =
  | {
      readonly kind: 'leaf';
      readonly position: number;
      readonly leaf: Buffer;
      readonly text?: string;
      readonly seq?: string;
    }
  | { readonly kind: 'stray'; readonly seq: string }
  | { readonly kind: 'checkpoint'; readonly note: string }
  | { readonly kind: 'end'; readonly entries: number; readonly checkpoint: string };

/** A log to export; leaves and checkpoints each in rising order. */
export interface ExportSource {
  readonly header: Omit<ExportHeader, 'format' | 'version'>;
  readonly leaves: AsyncIterable<ExportedLeaf> | Iterable<ExportedLeaf>;
  readonly checkpoints: AsyncIterable<SizedNote> | Iterable<SizedNote>;
  /** Entries of the table that no leaf stands for though later ones have theirs. */
  readonly strays?: AsyncIterable<AuditRecord> | Iterable<AuditRecord>;
}

export interface SizedNote {
  readonly size: number;
  readonly note: string;
}

/** Writes an export, line by line; each line ends with a line feed. */
export async function* writeExport(source: ExportSource): AsyncGenerator<string> {
  const head = { format: EXPORT_FORMAT, version: EXPORT_VERSION, ...source.header };
  yield JSON.stringify(header.parse(head)) + '\n';
  const notes = inOrder(source.checkpoints);
  let waiting = await notes.next();
  let entries = 0;
  let size = source.header.from;
  for await (const leaf of source.leaves) {
    for (; !waiting.done && waiting.value.size <= size; waiting = await notes.next())
      yield checkpointLine(waiting.value.note);
    yield leafLine(leaf);
    entries += 1;
    size = leaf.position + 1;
  }
  for (; !waiting.done && waiting.value.size <= size; waiting = await notes.next())
    yield checkpointLine(waiting.value.note);
  for await (const stray of source.strays ?? []) yield strayLine(canonicalText(stray));
  yield endLine(entries, source.header.checkpoint);
}

function leafLine({ position, leaf, entry, seq }: ExportedLeaf): string {
  if (entry === undefined) return missingLine(position, leaf.toString('base64'), seq);
  return entryLine(position, leaf.toString('base64'), canonicalText(entry)) + '\n';
}

function entryLine(position: number, leaf: string, entry: string): string {
  return `{"position":${position},"leaf":"${leaf}","entry":${entry}}`;
}

function missingLine(position: number, leaf: string, seq: string | undefined): string {
  return JSON.stringify({ position, leaf, ...(seq !== undefined && { seq }) }) + '\n';
}

function strayLine(entry: string): string {
  return `{"stray":${entry}}\n`;
}

function checkpointLine(note: string): string {
  return JSON.stringify({ checkpoint: note }) + '\n';
}

function endLine(entries: number, checkpoint: string): string {
  return JSON.stringify({ end: { entries, checkpoint } }) + '\n';
}

/** Reads the first line. Throws `input_invalid` when it is no export or of a later version. */
export function readHeader(line: string): ExportHeader {
  const value = parseJson(line);
  const parsed = header.safeParse(value);
  if (parsed.success && JSON.stringify(parsed.data) === line) return parsed.data;
  const named = z.looseObject({ format: z.literal(EXPORT_FORMAT), version: z.number() }).safeParse(value);
  const later = named.success && named.data.version > EXPORT_VERSION;
  throw new AppError(
    'input_invalid',
    later
      ? `This export has version ${named.data.version}; this program reads up to ${EXPORT_VERSION}. Check it with a newer one.`
      : 'The first line is not the header of an audit export. Check the file that `retention audit export` wrote.',
  );
}

/** Reads any later line, without its line feed; undefined for one that is not in its one spelling. */
export function readLine(line: string): ExportLine | undefined {
  const value = parseJson(line);
  if (typeof value !== 'object' || value === null) return undefined;
  if ('position' in value) return readLeaf(line, value);
  if ('checkpoint' in value && typeof value.checkpoint === 'string') {
    const note = value.checkpoint;
    return checkpointLine(note) === `${line}\n` ? { kind: 'checkpoint', note } : undefined;
  }
  if ('stray' in value) return readStray(line, value.stray);
  if (!('end' in value)) return undefined;
  const end = z.strictObject({ entries: count, checkpoint: z.string() }).safeParse(value.end);
  if (!end.success || endLine(end.data.entries, end.data.checkpoint) !== `${line}\n`) return undefined;
  return { kind: 'end', ...end.data };
}

// By hand and not with zod: this runs for each of millions of lines.
function readLeaf(line: string, value: object & { position: unknown }): ExportLine | undefined {
  const { position, leaf: encoded, entry, seq } = value as Record<string, unknown>;
  if (typeof position !== 'number' || !Number.isSafeInteger(position) || position < 0) return undefined;
  if (typeof encoded !== 'string') return undefined;
  const leaf = Buffer.from(encoded, 'base64');
  if (leaf.length !== HASH_BYTES || leaf.toString('base64') !== encoded) return undefined;
  const named = entry === undefined ? seq : seqOf(entry);
  const who = { kind: 'leaf', position, leaf, ...(typeof named === 'string' && { seq: named }) } as const;
  if (entry === undefined) return missingLine(position, encoded, who.seq) === `${line}\n` ? who : undefined;
  const text = entryTextOf(line, entryLine(position, encoded, '').slice(0, -1), entry);
  return text === undefined ? undefined : { ...who, text };
}

/** @param start what comes before the entry in the line's one spelling */
function entryTextOf(line: string, start: string, entry: unknown): string | undefined {
  if (!line.startsWith(start) || !line.endsWith('}')) return undefined;
  const text = line.slice(start.length, -1);
  // Node's own JSON is canonical where keys are in order and no half of a surrogate pair is escaped, and it
  // is several times as fast.
  const plainly = JSON.stringify(entry) === text && isInOrder(entry) && !text.includes('\\ud');
  return plainly || canonicalOrNothing(entry) === text ? text : undefined;
}

function isInOrder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  let before = '';
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value) && key < before) return false;
    if (!isInOrder(inner)) return false;
    before = key;
  }
  return true;
}

function readStray(line: string, entry: unknown): ExportLine | undefined {
  const text = canonicalOrNothing(entry);
  if (text === undefined || strayLine(text) !== `${line}\n`) return undefined;
  return { kind: 'stray', seq: seqOf(entry) ?? '' };
}

function seqOf(entry: unknown): string | undefined {
  const seq = typeof entry === 'object' && entry !== null && 'seq' in entry ? entry.seq : undefined;
  return typeof seq === 'string' ? seq : undefined;
}

function canonicalOrNothing(entry: unknown): string | undefined {
  try {
    return canonicalText(entry);
  } catch {
    return undefined;
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function* inOrder<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, undefined> {
  yield* items;
  return undefined;
}
