import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Storage } from '@google-cloud/storage';
import type { Bucket, File, FileMetadata } from '@google-cloud/storage';
import { AppError } from '../domain/errors.ts';
import { mapGcsError, saysNoSuchObject, statusOf } from './gcs-errors.ts';
import type { GcsPlace } from './gcs-errors.ts';
import { checkObjectName, checkPrefix } from './store.ts';
import type { ArchiveStore, PutOptions, StoredObject } from './store.ts';

export interface GcsOptions {
  /** For an emulator; credentials are then not sent. Without it, Google with the credentials of the machine. */
  readonly apiEndpoint?: string;
  readonly projectId?: string;
}

/** Below this one request does it; a resumable upload takes two (measured: 250-290 against 194 a second). */
const SIMPLE_UPLOAD_BYTES = 5 * 1024 * 1024;
/** What a resumable upload holds in memory to send again; Google wants a multiple of 256 KiB. */
const CHUNK_BYTES = 8 * 1024 * 1024;

/** Objects in a bucket of Google Cloud Storage, with generation preconditions and CRC32C on the way in and out. */
export function openGcsStore(url: string, options: GcsOptions = {}): ArchiveStore {
  const { bucketName, prefix } = parseGcsUrl(url);
  const storage = new Storage({
    ...(options.apiEndpoint === undefined ? {} : { apiEndpoint: options.apiEndpoint }),
    ...(options.projectId === undefined ? {} : { projectId: options.projectId }),
    // The caller retries with a longer breath; here only what passes within a minute.
    retryOptions: { maxRetries: 1, totalTimeout: 60 },
  });
  const bucket = storage.bucket(bucketName);
  const at = (name: string, generation?: string): GcsObject => {
    checkObjectName(name);
    if (generation !== undefined) checkGeneration(generation);
    const file = bucket.file(prefix + name, generation === undefined ? {} : { generation });
    return { name, file, place: { bucket: bucketName, object: prefix + name } };
  };
  return {
    url: `gs://${bucketName}/${prefix.slice(0, -1)}`,
    put: async (name, body, putOptions) => await putObject(at(name), body, putOptions),
    async *get(name, generation) {
      yield* readObject(at(name, generation));
    },
    stat: async (name) => await statObject(at(name)),
    delete: async (name, generation) => await deleteObject(at(name, generation), at(name), generation),
    async *list(namePrefix) {
      checkPrefix(namePrefix);
      yield* listObjects(bucket, prefix, namePrefix);
    },
  };
}

interface GcsObject {
  readonly name: string;
  readonly file: File;
  readonly place: GcsPlace;
}

async function putObject(
  { name, file, place }: GcsObject,
  body: AsyncIterable<Buffer> | Buffer,
  options: PutOptions,
): Promise<StoredObject> {
  checkGeneration(options.ifGeneration);
  const upload = {
    validation: 'crc32c',
    contentType: 'application/octet-stream',
    preconditionOpts: { ifGenerationMatch: Number(options.ifGeneration) },
    // no-transform, or a proxy may unpack or repack what has to stay byte for byte
    metadata: { cacheControl: 'no-store, no-transform', metadata: options.metadata },
  };
  const { start, rest } = await takeUpTo(
    Buffer.isBuffer(body) ? Readable.from([body]) : body,
    SIMPLE_UPLOAD_BYTES,
  );
  try {
    if (rest === undefined) {
      await file.save(start, { ...upload, resumable: false });
    } else {
      const sink = file.createWriteStream({ ...upload, resumable: true, chunkSize: CHUNK_BYTES });
      await pipeline(rest, sink);
    }
  } catch (error) {
    throw mapGcsError(place, error, {
      on412: options.ifGeneration === '0' ? 'object_exists' : 'object_changed',
      on404: 'bucket',
    });
  }
  return describe(name, file.metadata);
}

async function* readObject({ file, place }: GcsObject): AsyncGenerator<Buffer> {
  try {
    // decompress: false, because the bytes stored are the bytes hashed
    yield* file.createReadStream({ validation: 'crc32c', decompress: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw await mapFailedRead(file, place, error);
  }
}

async function statObject({ name, file, place }: GcsObject): Promise<StoredObject | undefined> {
  try {
    const [metadata] = await file.getMetadata();
    return describe(name, metadata);
  } catch (error) {
    const mapped = await mapFailedRead(file, place, error);
    if (mapped instanceof AppError && mapped.code === 'object_missing') return undefined;
    throw mapped;
  }
}

/** A bucket that is not there must never pass for an object that was deleted, whatever words the answer has. */
async function mapFailedRead(file: File, place: GcsPlace, error: unknown): Promise<unknown> {
  const mapped = mapGcsError(place, error);
  if (mapped instanceof AppError && mapped.code === 'object_missing' && !saysNoSuchObject(error)) {
    await listPage(file.bucket, { prefix: place.object, maxResults: 1 });
  }
  return mapped;
}

async function deleteObject(
  target: GcsObject,
  live: GcsObject,
  generation: string,
): Promise<'deleted' | 'absent'> {
  const found = await statObject(target);
  if (found === undefined) {
    if ((await statObject(live)) === undefined) return 'absent';
    throw new AppError(
      'object_changed',
      `gs://${live.place.bucket}/${live.place.object} is not at generation ${generation} any more. Look at it again before you act on it.`,
    );
  }
  try {
    // The generation in the address makes the deletion final even in a versioned bucket. The precondition
    // looks at the live generation, so for a noncurrent one it would always fail.
    await target.file.delete(found.state === 'live' ? { ifGenerationMatch: generation } : {});
    return 'deleted';
  } catch (error) {
    // Somebody else deleted it between the two requests, or the first answer to this one was lost.
    if (statusOf(error) === 404) return 'deleted';
    throw mapGcsError(target.place, error, { on412: 'object_changed' });
  }
}

async function* listObjects(
  bucket: Bucket,
  storePrefix: string,
  namePrefix: string,
): AsyncGenerator<StoredObject> {
  const query = { prefix: storePrefix + namePrefix };
  const nameOf = (file: File) => file.name.slice(storePrefix.length);
  for await (const file of filesOf(bucket, { ...query, versions: true })) {
    yield describe(nameOf(file), file.metadata);
  }
  for await (const file of filesOf(bucket, { ...query, softDeleted: true })) {
    // An emulator without soft deletion ignores the parameter and lists the live objects again.
    if (file.metadata.softDeleteTime !== undefined) yield describe(nameOf(file), file.metadata);
  }
}

interface ListQuery {
  readonly prefix: string;
  readonly versions?: boolean;
  readonly softDeleted?: boolean;
  readonly maxResults?: number;
  readonly pageToken?: string;
}

async function* filesOf(bucket: Bucket, query: ListQuery): AsyncGenerator<File> {
  let next: string | undefined;
  do {
    const page = await listPage(bucket, next === undefined ? query : { ...query, pageToken: next });
    yield* page.files;
    next = page.next;
  } while (next !== undefined);
}

async function listPage(
  bucket: Bucket,
  query: ListQuery,
): Promise<{ files: File[]; next?: string | undefined }> {
  try {
    // The types of the client library leave out what follows the files: the next query, and the answer itself.
    const [files, , answer] = (await bucket.getFiles({ ...query, autoPaginate: false })) as [
      File[],
      unknown,
      { nextPageToken?: string },
    ];
    return { files, next: answer.nextPageToken };
  } catch (error) {
    // A bucket without a soft delete policy may refuse the question; then there is nothing soft-deleted.
    if (query.softDeleted === true && statusOf(error) === 400) return { files: [] };
    throw mapGcsError({ bucket: bucket.name, object: query.prefix }, error, { on404: 'bucket' });
  }
}

function describe(name: string, metadata: FileMetadata): StoredObject {
  const own = Object.entries(metadata.metadata ?? {}).map(([key, value]) => [key, String(value)]);
  return {
    name,
    generation: String(metadata.generation),
    size: Number(metadata.size),
    metadata: Object.fromEntries(own) as Record<string, string>,
    state: stateOf(metadata),
  };
}

function stateOf(metadata: FileMetadata): StoredObject['state'] {
  if (metadata.softDeleteTime !== undefined) return 'soft-deleted';
  return metadata.timeDeleted === undefined ? 'live' : 'noncurrent';
}

/** Reads ahead until the body is known to be small, or known not to be: then `rest` is all of it. */
async function takeUpTo(
  body: AsyncIterable<Buffer>,
  limit: number,
): Promise<{ start: Buffer; rest?: AsyncIterable<Buffer> }> {
  const chunks = body[Symbol.asyncIterator]();
  const read: Buffer[] = [];
  let size = 0;
  while (size <= limit) {
    const next = await chunks.next();
    if (next.done === true) return { start: Buffer.concat(read) };
    read.push(next.value);
    size += next.value.length;
  }
  async function* rest(): AsyncGenerator<Buffer> {
    yield* read.splice(0);
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return { start: Buffer.alloc(0), rest: rest() };
}

function parseGcsUrl(url: string): { bucketName: string; prefix: string } {
  const [, bucketName, path = ''] =
    /^gs:\/\/([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(?:\/(.*))?$/.exec(url) ?? [];
  if (bucketName === undefined) {
    throw new AppError(
      'config_invalid',
      `${JSON.stringify(url)} does not name a bucket. Use gs://bucket/prefix.`,
    );
  }
  const prefix = path.replace(/\/+$/, '');
  if (prefix !== '') checkObjectName(prefix);
  return { bucketName, prefix: prefix === '' ? '' : `${prefix}/` };
}

function checkGeneration(generation: string): void {
  // The client library drops a generation that is no number, and would then act on whatever is there.
  if (!/^\d+$/.test(generation)) {
    throw new AppError(
      'input_invalid',
      `${JSON.stringify(generation)} is not a generation of Google Cloud Storage. Use one that it gave.`,
    );
  }
}
