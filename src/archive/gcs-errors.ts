import { AppError } from '../domain/errors.ts';

/** What an error message may name: a place, never what is in it. */
export interface GcsPlace {
  readonly bucket: string;
  readonly object: string;
}

interface GcsFailure {
  readonly code?: number | string;
  readonly message?: string;
  readonly errors?: readonly { readonly reason?: string; readonly message?: string }[];
}

/** Whether a 404 is about the object for certain. */
export function saysNoSuchObject(error: unknown): boolean {
  return /no such object/i.test(wordsOf(error));
}

/** Whether an error of a store says that its bucket is not there at all: then nothing is left in it either. */
export function saysNoSuchBucket(error: unknown): boolean {
  return error instanceof AppError && error.code === 'config_invalid' && statusOf(error.cause ?? {}) === 404;
}

/** The same status says different things of different requests. */
export interface MeaningOfStatus {
  readonly on412?: 'object_exists' | 'object_changed';
  /** What is missing: a list or an upload finds no fault with an object that is not there. */
  readonly on404?: 'object' | 'bucket';
}

/** The HTTP status of a failed request, or undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const status = Number((error as GcsFailure).code);
  return Number.isInteger(status) ? status : undefined;
}

/**
 * The one place where an answer of Google Cloud Storage becomes an error of this service. What did not come
 * from the store, such as an error of the body that was being written, passes as it is.
 */
export function mapGcsError(
  place: GcsPlace,
  error: unknown,
  { on412 = 'object_changed', on404 = 'object' }: MeaningOfStatus = {},
): unknown {
  if (error instanceof AppError) return error;
  const at = `gs://${place.bucket}/${place.object}`;
  const said = wordsOf(error);
  const app = (code: AppError['code'], message: string) => new AppError(code, message, { cause: error });
  const status = statusOf(error);
  if (status === 412) {
    return on412 === 'object_exists'
      ? app('object_exists', `${at} exists already. Compare it with what you have before you write it again.`)
      : app(
          'object_changed',
          `${at} is at another generation by now. Look at it again before you act on it.`,
        );
  }
  if (status === 404) {
    return on404 === 'bucket' || /bucket does not exist/i.test(said)
      ? app(
          'config_invalid',
          `Bucket ${place.bucket} does not exist. Create it, or correct the archive's address.`,
        )
      : app('object_missing', `${at} is not there, or not at that generation. Restore it from a backup.`);
  }
  if (status === 403 && /retention|hold/i.test(said)) {
    return app(
      'object_locked',
      `${at} is kept by a hold or a retention policy of the bucket. Release it there, then try again.`,
    );
  }
  if (status === 401 || status === 403) {
    return app(
      'not_allowed',
      `Google Cloud Storage refuses access to ${at} (${status}). Grant this service roles/storage.objectUser on the bucket.`,
    );
  }
  if (status === undefined && !isFromStore(error)) return error;
  if (status === undefined && said.includes('CONTENT_DOWNLOAD_MISMATCH')) {
    return app(
      'archive_damaged',
      `${at} did not arrive as it is stored: its CRC32C differs. Read it again; if it stays so, restore it from a backup.`,
    );
  }
  if (status === undefined || status === 408 || status === 429 || status >= 500) {
    return app(
      'store_unavailable',
      `Google Cloud Storage did not serve ${at} (${status ?? 'no answer'}). It is tried again.`,
    );
  }
  return app(
    'config_invalid',
    `Google Cloud Storage refuses the request for ${at} (${status}). Check the bucket's settings.`,
  );
}

/** Network failures carry a code in capitals, as do mismatching checksums. */
function isFromStore(error: unknown): boolean {
  const { code } = error as GcsFailure;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code);
}

function wordsOf(error: unknown): string {
  const { code, message, errors = [] } = error as GcsFailure;
  return [code, message, ...errors.flatMap((inner) => [inner.reason, inner.message])].join(' ');
}
