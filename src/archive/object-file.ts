import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import type { StoredObject } from './store.ts';

/**
 * An object is one file: a line of JSON, then the body. So name, generation, metadata and body appear and
 * vanish together, and no crash can part them.
 */
const fileHeader = z.object({
  generation: z.string().regex(/^\d+$/),
  metadata: z.record(z.string(), z.string()),
});
type FileHeader = z.infer<typeof fileHeader>;

/** The generation of a file whose first line is damaged: it is listed and can be deleted, but not read. */
const DAMAGED = 'damaged';
const HEADER_LIMIT = 64 * 1024;

export async function writeObjectFile(
  file: FileHandle,
  header: FileHeader,
  body: AsyncIterable<Buffer> | Buffer,
): Promise<number> {
  await file.writeFile(JSON.stringify(header) + '\n');
  let size = 0;
  for await (const chunk of Buffer.isBuffer(body) ? [body] : body) {
    await file.writeFile(chunk);
    size += chunk.length;
  }
  return size;
}

export async function describeObjectFile(file: FileHandle, name: string): Promise<StoredObject> {
  const header = await readHeader(file);
  const { size } = await file.stat();
  if (header === undefined) return { name, generation: DAMAGED, size, metadata: {}, state: 'live' };
  return {
    name,
    generation: header.generation,
    size: size - header.length,
    metadata: header.metadata,
    state: 'live',
  };
}

/** The header with its length in bytes, or undefined when the file does not begin with one. */
export async function readHeader(file: FileHandle): Promise<(FileHeader & { length: number }) | undefined> {
  let read = Buffer.alloc(0);
  for (let end = -1; end === -1 && read.length < HEADER_LIMIT; end = read.indexOf(10)) {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(1024), position: read.length });
    if (bytesRead === 0) break;
    read = Buffer.concat([read, buffer.subarray(0, bytesRead)]);
  }
  const end = read.indexOf(10);
  try {
    const header = fileHeader.parse(JSON.parse(read.toString('utf8', 0, Math.max(end, 0))));
    return { ...header, length: end + 1 };
  } catch {
    return undefined;
  }
}

/** Microseconds, as Google's generations are; higher than the one it replaces whatever the clock says. */
export function nextGeneration(before: StoredObject | undefined): string {
  const now = BigInt(Date.now()) * 1000n + ((process.hrtime.bigint() / 1000n) % 1000n);
  const previous = before === undefined || before.generation === DAMAGED ? 0n : BigInt(before.generation);
  return String(now > previous ? now : previous + 1n);
}
