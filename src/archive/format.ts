import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Gunzip, Gzip } from 'node:zlib';
import { AppError } from '../domain/errors.ts';
import { footerLine, headerLine, messageLine, readerFor } from './lines.ts';
import type { ArchiveCounts, ArchiveLine, ArchivedMessage, NewArchiveHeader } from './lines.ts';

/** gzip-6: 4.7 times smaller for a typical session; level 9 and brotli gain little and cost much (measured). */
const GZIP_LEVEL = 6;
const LINE_FEED = 10;
/** Lines are handed to gzip in pieces of this size: a write for each line costs more than packing it. */
const BATCH_BYTES = 32 * 1024;

/** Seals or opens a stream: the vault's `sealStream` and `openStream`. */
export type ByteTransform = (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

export interface ArchiveFacts {
  readonly counts: ArchiveCounts;
  /** Of the sealed bytes as they are stored, in hex. */
  readonly sha256: string;
  /** Of the JSON Lines before packing and sealing, in hex. */
  readonly contentSha256: string;
  /** Sealed bytes. */
  readonly size: number;
}

/**
 * Writes one archive object as a stream: JSON Lines, packed, sealed (docs/archive-format.md). Memory stays
 * flat whatever the session's length.
 *
 * @returns the body to store, and what it came to once it has been read to its end. `done` rejects with the
 *   error that broke the body off, and with `store_unavailable` when its reader stopped early.
 */
export function writeArchive(archive: {
  readonly header: NewArchiveHeader;
  readonly messages: AsyncIterable<ArchivedMessage>;
  /** `sealStream(key, archiveContext(place))` */
  readonly seal: ByteTransform;
}): { body: AsyncIterable<Buffer>; done: Promise<ArchiveFacts> } {
  const { promise: done, resolve, reject } = Promise.withResolvers<ArchiveFacts>();
  // The reader of the body gets the error anyway; who does not ask for `done` must not crash the process.
  done.catch(() => undefined);

  async function* body(): AsyncGenerator<Buffer> {
    const counts = { messages: 0, revisions: 0, attachments: 0 };
    const content = createHash('sha256');
    const sealed = createHash('sha256');
    let size = 0;
    try {
      const lines = jsonLines(archive.header, archive.messages, counts);
      for await (const chunk of archive.seal(
        through(createGzip({ level: GZIP_LEVEL }), hashed(lines, content)),
      )) {
        sealed.update(chunk);
        size += chunk.length;
        yield chunk;
      }
      resolve({ counts, sha256: sealed.digest('hex'), contentSha256: content.digest('hex'), size });
    } catch (error) {
      reject(error);
      throw error;
    } finally {
      // Has no effect once it is settled: this is for a reader that left.
      reject(new AppError('store_unavailable', 'An archive was not stored to its end. Write it again.'));
    }
  }
  return { body: body(), done };
}

/**
 * Reads an archive object: header, messages in order, footer. What it yields is genuine; that nothing is
 * missing, and that the hashes given are met, is certain once the iteration has ended without an error.
 *
 * Throws `archive_damaged` for what is not an archive or not this one, and what `open` throws.
 */
export async function* readArchive(archive: {
  readonly body: AsyncIterable<Buffer>;
  /** `openStream(vault, archiveContext(place))` */
  readonly open: ByteTransform;
  readonly expected?: Partial<ArchiveFacts>;
}): AsyncGenerator<ArchiveLine> {
  const { expected = {} } = archive;
  const sealed = createHash('sha256');
  const content = createHash('sha256');
  const jsonl = through(createGunzip(), archive.open(hashed(archive.body, sealed)));
  const counts = { messages: 0, revisions: 0, attachments: 0 };
  let reader: ReturnType<typeof readerFor> | undefined;
  let ended = false;
  for await (const raw of linesOf(hashed(jsonl, content))) {
    if (ended) throw damaged('it goes on after its footer');
    if (reader === undefined) {
      reader = readerFor(raw);
      yield reader.header;
      continue;
    }
    const line = reader.readLine(raw);
    if (line.type === 'message') {
      add(counts, line);
    } else {
      requireSame('the footer', counts, line.counts);
      ended = true;
    }
    yield line;
  }
  if (!ended) throw damaged('its footer is missing');
  requireSame('the manifest', counts, expected.counts);
  requireHash('sealed bytes', sealed, expected.sha256);
  requireHash('contents', content, expected.contentSha256);
}

async function* jsonLines(
  header: NewArchiveHeader,
  messages: AsyncIterable<ArchivedMessage>,
  counts: Counting,
): AsyncGenerator<Buffer> {
  let batch = JSON.stringify(headerLine(header)) + '\n';
  for await (const message of messages) {
    const line = messageLine(message);
    add(counts, line);
    batch += JSON.stringify(line) + '\n';
    if (batch.length >= BATCH_BYTES) {
      yield Buffer.from(batch, 'utf8');
      batch = '';
    }
  }
  yield Buffer.from(batch + JSON.stringify(footerLine(counts)) + '\n', 'utf8');
}

/** Not node:readline: it also breaks lines at U+2028, which JSON may hold unescaped inside a text. */
async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  let pending: Buffer[] = [];
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield parseJson(Buffer.concat([...pending, chunk.subarray(start, end)]));
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  if (pending.length > 0) throw damaged('its last line is cut');
}

function parseJson(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    // Without the cause: the parser quotes the line, which is somebody's message.
    throw damaged('a line is not JSON');
  }
}

async function* through(packer: Gzip | Gunzip, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const piped = pipeline(Readable.from(source, { objectMode: false }), packer);
  // The failure reaches the loop below through the packer, which the pipeline destroys with it.
  piped.catch(() => undefined);
  try {
    yield* packer as AsyncIterable<Buffer>;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw code.startsWith('Z_') ? damaged('it does not unpack', error) : error;
  }
}

async function* hashed(source: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

type Counting = { -readonly [name in keyof ArchiveCounts]: number };

function add(counts: Counting, message: ArchivedMessage): void {
  counts.messages += 1;
  counts.revisions += message.revisions.length;
  counts.attachments += message.attachments.length;
}

function requireSame(where: string, counts: ArchiveCounts, said: ArchiveCounts | undefined): void {
  if (said === undefined) return;
  for (const what of ['messages', 'revisions', 'attachments'] as const) {
    if (counts[what] !== said[what])
      throw damaged(`it holds ${counts[what]} ${what}, ${where} says ${said[what]}`);
  }
}

function requireHash(what: string, hash: Hash, expected: string | undefined): void {
  if (expected !== undefined && hash.digest('hex') !== expected)
    throw damaged(`the SHA-256 of its ${what} is not the recorded one`);
}

function damaged(what: string, cause?: unknown): AppError {
  return new AppError(
    'archive_damaged',
    `An archive object is not whole: ${what}. Restore it from a backup.`,
    { cause },
  );
}
