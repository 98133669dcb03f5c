import { AppError } from '../domain/errors.ts';
import { readArchive } from './format.ts';
import type { ArchiveFacts, ByteTransform } from './format.ts';
import type { ArchivePlace } from './names.ts';
import type { ArchiveStore } from './store.ts';

/** The manifest: what the row says of the object. */
export interface ArchiveManifest extends ArchiveFacts {
  readonly name: string;
  readonly place: ArchivePlace;
  readonly generation: string;
}

/**
 * Reads an archive object back from its store and compares everything the manifest says: size, both hashes,
 * counts, and whose it is. It returns when all agree.
 *
 * Throws `archive_damaged` when they do not, `object_missing` when that generation is not there, and
 * `key_destroyed` or `key_unknown` as the keys do.
 */
export async function verifyArchive(deps: {
  readonly store: ArchiveStore;
  /** `openStream(vault, archiveContext(place))` */
  readonly open: ByteTransform;
  readonly manifest: ArchiveManifest;
}): Promise<void> {
  const { store, open, manifest } = deps;
  const { name } = manifest;
  let size = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of store.get(name, manifest.generation)) {
      size += chunk.length;
      yield chunk;
    }
  }
  try {
    for await (const line of readArchive({ body: counted(), open, expected: manifest })) {
      if (line.type === 'header' && !belongsTo(line, manifest.place))
        throw damaged(name, 'its header names another place');
    }
  } catch (error) {
    // A seal that does not open is one more way for an object to be damaged; a key that is gone is not.
    if (error instanceof AppError && error.code === 'sealed_text_damaged')
      throw damaged(name, 'its seal does not open', error);
    throw error;
  }
  if (size !== manifest.size) throw damaged(name, `it has ${size} bytes, its manifest says ${manifest.size}`);
}

function belongsTo(header: ArchivePlace, place: ArchivePlace): boolean {
  return (
    header.project === place.project && header.session === place.session && header.subject === place.subject
  );
}

function damaged(name: string, what: string, cause?: unknown): AppError {
  return new AppError(
    'archive_damaged',
    `Archive object ${name} is not the one that was recorded: ${what}. Restore it from a backup.`,
    { cause },
  );
}
