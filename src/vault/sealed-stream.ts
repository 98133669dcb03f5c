import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from '../domain/errors.ts';
import { uuidBytes, uuidText } from './sealed-text.ts';
import type { DataKey } from './sealed-text.ts';

/** 2 is a sealed stream; 1, in the same place, is a sealed text. */
const VERSION = 2;
const SALT_BYTES = 32;
const HEADER_BYTES = 1 + 16 + SALT_BYTES;
const FRAME_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const KEY_PURPOSE = 'telegram-retention/sealed-stream/2\0';

export type ByteTransform = (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer, void, undefined>;

/**
 * Seals an object of any size with flat memory: the STREAM construction over AES-256-GCM, in frames of
 * 64 KiB under a key of the object's own. The layout is in docs/archive-format.md.
 */
export function sealStream(key: DataKey, context: string): ByteTransform {
  return async function* seal(source) {
    const header = Buffer.concat([Buffer.of(VERSION), uuidBytes(key.id), randomBytes(SALT_BYTES)]);
    const objectKey = deriveObjectKey(key, header, context);
    yield header;
    for await (const frame of framesOf(source, FRAME_BYTES)) {
      const cipher = createCipheriv('aes-256-gcm', objectKey, frameNonce(frame)).setAAD(header);
      yield Buffer.concat([cipher.update(frame.bytes), cipher.final(), cipher.getAuthTag()]);
    }
  };
}

/**
 * Opens what `sealStream` sealed. Every byte it yields is genuine and in its place; that nothing is missing
 * is certain only when the iteration has ended without an error, so act on the contents after that.
 *
 * Throws `sealed_text_damaged` on any altered, missing, moved or added byte and on a wrong context, and
 * `key_destroyed` or `key_unknown` as the keys do.
 */
export function openStream(keys: { keyById(id: string): Promise<DataKey> }, context: string): ByteTransform {
  return async function* open(source) {
    const { head: header, rest } = await splitOff(source, HEADER_BYTES);
    if (header.length < HEADER_BYTES || header[0] !== VERSION) throw damaged('it does not begin as one');
    const objectKey = deriveObjectKey(await keys.keyById(uuidText(header.subarray(1, 17))), header, context);
    for await (const frame of framesOf(rest, FRAME_BYTES + TAG_BYTES)) {
      yield openFrame(objectKey, header, frame);
    }
  };
}

function openFrame(objectKey: Buffer, header: Buffer, frame: Frame): Buffer {
  if (frame.bytes.length < TAG_BYTES) throw damaged('its end is missing');
  try {
    const decipher = createDecipheriv('aes-256-gcm', objectKey, frameNonce(frame), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(header).setAuthTag(frame.bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(frame.bytes.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw damaged(`frame ${frame.index} was altered, cut, moved, or sealed for another place`, cause);
  }
}

interface Frame {
  readonly index: number;
  readonly bytes: Buffer;
  readonly last: boolean;
}

/** Cuts a stream into pieces of one size; the last one is shorter or as long, and empty only if all is. */
async function* framesOf(source: AsyncIterable<Buffer>, size: number): AsyncGenerator<Frame> {
  let frame = Buffer.allocUnsafe(size);
  let filled = 0;
  let index = 0;
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.length;) {
      // A full frame waits for one more byte, because only then is it known not to be the last.
      if (filled === size) {
        yield { index: index++, bytes: frame, last: false };
        frame = Buffer.allocUnsafe(size);
        filled = 0;
      }
      const copied = chunk.copy(frame, filled, offset);
      filled += copied;
      offset += copied;
    }
  }
  yield { index, bytes: frame.subarray(0, filled), last: true };
}

async function splitOff(
  source: AsyncIterable<Buffer>,
  bytes: number,
): Promise<{ head: Buffer; rest: AsyncIterable<Buffer> }> {
  const chunks = source[Symbol.asyncIterator]();
  let read = Buffer.alloc(0);
  let ended = false;
  while (read.length < bytes && !ended) {
    const next = await chunks.next();
    ended = next.done === true;
    if (next.done !== true) read = Buffer.concat([read, next.value]);
  }
  async function* rest(): AsyncGenerator<Buffer> {
    yield read.subarray(bytes);
    if (!ended) yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return { head: read.subarray(0, bytes), rest: rest() };
}

/** The counter keeps frames in order; the flag tells a cut stream from a whole one. The key is used for one object. */
function frameNonce(frame: Frame): Buffer {
  if (frame.index > 0xffffffff)
    throw new AppError('input_invalid', 'An object above 256 TiB cannot be sealed. Split it.');
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(frame.index, 7);
  nonce[11] = frame.last ? 1 : 0;
  return nonce;
}

function deriveObjectKey(key: DataKey, header: Buffer, context: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key.bytes, header.subarray(17), KEY_PURPOSE + context, 32));
}

function damaged(what: string, cause?: unknown): AppError {
  return new AppError(
    'sealed_text_damaged',
    `A sealed stream does not open: ${what}. Restore the object from a backup.`,
    { cause },
  );
}
