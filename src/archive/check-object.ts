import { createHash } from 'node:crypto';
import type { ObjectFault } from '../domain/archive-check.ts';
import { AppError } from '../domain/errors.ts';
import type { ArchiveStore } from './store.ts';

/** What the manifest says of the stored bytes. */
export interface StoredFacts {
  readonly name: string;
  readonly generation: string;
  /** Sealed bytes. */
  readonly size: number;
  /** Of the sealed bytes, in hex. */
  readonly sha256: string;
}

/**
 * Compares an object with its manifest: every byte, or what the store says of it without reading it. No key
 * is needed. What differs is read once more, since a single reading may have been harmed on its way.
 *
 * Throws `store_unavailable` where the store does not answer: that says nothing about the object.
 */
export async function checkObject(
  store: ArchiveStore,
  facts: StoredFacts,
  { readBytes }: { readonly readBytes: boolean },
): Promise<ObjectFault | null> {
  if (!readBytes) return checkMetadata(store, facts);
  return (await checkBytes(store, facts)) && checkBytes(store, facts);
}

async function checkMetadata(store: ArchiveStore, facts: StoredFacts): Promise<ObjectFault | null> {
  try {
    const found = await store.stat(facts.name);
    if (!found) return 'missing';
    if (found.generation !== facts.generation) return 'exchanged';
    return found.size === facts.size ? null : 'damaged';
  } catch (error) {
    if (hasCode(error, 'archive_damaged')) return 'damaged';
    throw error;
  }
}

async function checkBytes(store: ArchiveStore, facts: StoredFacts): Promise<ObjectFault | null> {
  const sha256 = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of store.get(facts.name, facts.generation)) {
      sha256.update(chunk);
      size += chunk.length;
    }
  } catch (error) {
    if (hasCode(error, 'archive_damaged')) return 'damaged';
    if (hasCode(error, 'object_missing')) return (await store.stat(facts.name)) ? 'exchanged' : 'missing';
    throw error;
  }
  return size === facts.size && sha256.digest('hex') === facts.sha256 ? null : 'damaged';
}

function hasCode(error: unknown, code: AppError['code']): boolean {
  return error instanceof AppError && error.code === code;
}
