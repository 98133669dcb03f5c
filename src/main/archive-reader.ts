import type { ArchiveStores } from '../../activities/deps.ts';
import { readArchive } from '../archive/format.ts';
import type { ArchiveLine } from '../archive/lines.ts';
import { archiveContext } from '../archive/names.ts';
import type { ArchiveRow } from '../db/tables.ts';
import { openStream } from '../vault/sealed-stream.ts';
import type { Vault } from '../vault/vault.ts';

/** Opens archive objects by their rows; what they say must meet the row, which is the manifest. */
export function createArchiveReader(deps: {
  readonly stores: ArchiveStores;
  readonly vault: Vault;
}): (object: ArchiveRow, projectId: string) => AsyncIterable<ArchiveLine> {
  return async function* open(object, projectId) {
    const store = await deps.stores.at(object.store);
    const place = { project: projectId, session: object.session_id, subject: object.subject_id };
    yield* readArchive({
      body: store.get(object.object_name, object.generation),
      open: openStream(deps.vault, archiveContext(place)),
      expected: { counts: object, sha256: object.sha256, contentSha256: object.content_sha256 },
    });
  };
}
