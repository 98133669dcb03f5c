import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

/** A file of an export: its name within it, and its bytes. */
export interface ExportFile {
  readonly path: string;
  readonly body: AsyncIterable<Buffer>;
}

/** What the manifest says of a file. */
export interface FileFacts {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** Passes bytes on and measures them; the facts are there once the body was read to its end. */
export function measured(file: ExportFile): { file: ExportFile; facts: () => FileFacts } {
  const hash = createHash('sha256');
  let size = 0;
  async function* body() {
    for await (const chunk of file.body) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  let sha256: string | undefined;
  const facts = () => ({ path: file.path, size, sha256: (sha256 ??= hash.digest('hex')) });
  return { file: { path: file.path, body: body() }, facts };
}

/** Ends files with a manifest that has the size and SHA-256 of each. */
export async function* withManifest(
  files: AsyncIterable<ExportFile>,
  about: Readonly<Record<string, unknown>>,
): AsyncIterable<ExportFile> {
  const all: (() => FileFacts)[] = [];
  for await (const one of files) {
    const { file, facts } = measured(one);
    all.push(facts);
    yield file;
  }
  const manifest = { ...about, files: all.map((facts) => facts()) };
  yield { path: 'manifest.json', body: textBody(`${JSON.stringify(manifest, null, 2)}\n`) };
}

async function* textBody(text: string): AsyncIterable<Buffer> {
  yield await Promise.resolve(Buffer.from(text));
}

/** All files as one compressed file, written as it is read; sizes beyond 4 GB included. */
export async function* zipped(files: AsyncIterable<ExportFile>, mtime: Date): AsyncIterable<Buffer> {
  const zip = new ZipFile();
  const output = Readable.from(zip.outputStream);
  const fail = (error: unknown) => output.destroy(error as Error);
  const adding = addAll(zip, files, mtime, fail);
  adding.catch(fail);
  yield* output as AsyncIterable<Buffer>;
  await adding;
}

/** One after the other: the next file is asked for when the one before it is written. */
async function addAll(
  zip: ZipFile,
  files: AsyncIterable<ExportFile>,
  mtime: Date,
  fail: (error: unknown) => void,
): Promise<void> {
  for await (const { path, body } of files) {
    const source = Readable.from(body, { objectMode: false });
    const written = new Promise<void>((resolve, reject) => {
      source.once('end', resolve);
      source.once('error', reject);
    });
    source.once('error', fail);
    zip.addReadStream(source, path, { mtime, mode: 0o600 });
    await written;
  }
  zip.end();
}

/** All files as one that is compressed: made now, or the only one there is, where they were kept so. */
export async function* filesAsOne(
  files: AsyncIterable<ExportFile>,
  kept: { readonly zipped: boolean; readonly at: Date },
): AsyncIterable<Buffer> {
  if (!kept.zipped) yield* zipped(files, kept.at);
  else for await (const { body } of files) yield* body;
}
