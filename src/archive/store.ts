import { AppError } from '../domain/errors.ts';

export interface StoredObject {
  readonly name: string;
  /** Changes with every write of the name. Opaque: compare it, never calculate with it. */
  readonly generation: string;
  readonly size: number;
  readonly metadata: Record<string, string>;
  /** `noncurrent` and `soft-deleted` objects are still there in full: they must go too before data counts as deleted. */
  readonly state: 'live' | 'noncurrent' | 'soft-deleted';
}

export interface PutOptions {
  /** The generation to replace, or '0' when the name must not exist yet. */
  readonly ifGeneration: string;
  /** Keys in lower case letters, digits and dashes, as every store can keep them. No personal data: it is not sealed. */
  readonly metadata: Record<string, string>;
}

/**
 * Where archive objects are kept. Names are relative to the store's url. Every error is an AppError;
 * `store_unavailable` is the one that passes by itself.
 */
export interface ArchiveStore {
  readonly url: string;
  /**
   * Writes an object whole or not at all. Throws `object_exists` when it must not exist but does, and
   * `object_changed` when the generation to replace is not there. After a lost answer a repetition may meet
   * the object that the first attempt wrote: compare it before calling that a conflict.
   */
  put(name: string, body: AsyncIterable<Buffer> | Buffer, options: PutOptions): Promise<StoredObject>;
  /** Throws `object_missing` when the name, or that generation of it, is not there. */
  get(name: string, generation?: string): AsyncIterable<Buffer>;
  /** The live object of that name. */
  stat(name: string): Promise<StoredObject | undefined>;
  /**
   * Deletes exactly this generation, for good. Throws `object_changed` when another generation has its
   * place, and `object_locked` when a hold or a retention lock keeps it.
   */
  delete(name: string, generation: string): Promise<'deleted' | 'absent'>;
  /**
   * Everything whose name begins with the prefix, with every generation that the store still keeps. The way
   * to read back that something is gone.
   */
  list(prefix: string): AsyncIterable<StoredObject>;
}

const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

/**
 * Throws `input_invalid` for a name that one of the stores could not keep, or that could leave its place:
 * names are segments of ASCII letters, digits, '.', '_' and '-', none of which begins with a dot.
 */
export function checkObjectName(name: string): void {
  // 1,024 bytes is the limit of both Google Cloud Storage and S3.
  if (name.length > 1024 || !name.split('/').every((segment) => SEGMENT.test(segment))) {
    throw new AppError(
      'input_invalid',
      `${JSON.stringify(name)} is not an object name. Use letters, digits, '.', '_', '-' between slashes.`,
    );
  }
}

/** As `checkObjectName`, for the beginning of a name, which may end anywhere. */
export function checkPrefix(prefix: string): void {
  const segments = prefix.split('/');
  const cut = segments.pop();
  if (cut !== '') segments.push(cut ?? '');
  if (prefix.length > 1024 || !segments.every((segment) => SEGMENT.test(segment))) {
    throw new AppError(
      'input_invalid',
      `${JSON.stringify(prefix)} cannot begin an object name. Use letters, digits, '.', '_', '-' between slashes.`,
    );
  }
}
