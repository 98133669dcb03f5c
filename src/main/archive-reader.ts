import type { Kysely } from 'kysely';
import type { ArchiveStores } from '../../activities/deps.ts';
import { readArchive } from '../archive/format.ts';
import type { ArchivedMessage, ArchiveLine } from '../archive/lines.ts';
import { archiveContext } from '../archive/names.ts';
import { profileContext } from '../db/messages.ts';
import { subjectsBehind } from '../db/person-references.ts';
import type { ArchiveRow, Tables } from '../db/tables.ts';
import type { SubjectProfile } from '../domain/messages.ts';
import { referencesIn, resolveReferences } from '../domain/person-references.ts';
import { openStream } from '../vault/sealed-stream.ts';
import type { Vault } from '../vault/vault.ts';

/**
 * Opens archive objects by their rows; what they say must meet the row, which is the manifest. Other persons
 * in them are named as they are now, and whoever was erased is nobody any more.
 */
export function createArchiveReader(deps: {
  readonly stores: ArchiveStores;
  readonly vault: Vault;
  readonly db: Kysely<Tables>;
}): (object: ArchiveRow, projectId: string) => AsyncIterable<ArchiveLine> {
  return async function* open(object, projectId) {
    const store = await deps.stores.at(object.store);
    const place = { project: projectId, session: object.session_id, subject: object.subject_id };
    const lines = readArchive({
      body: store.get(object.object_name, object.generation),
      open: openStream(deps.vault, archiveContext(place)),
      expected: { counts: object, sha256: object.sha256, contentSha256: object.content_sha256 },
    });
    for await (const line of lines) yield line.type === 'message' ? await withPersons(deps, line) : line;
  };
}

const NOBODY = 'deleted person';

async function withPersons(
  { db, vault }: { readonly db: Kysely<Tables>; readonly vault: Vault },
  line: ArchivedMessage,
): Promise<ArchivedMessage> {
  const refs = referencesIn(line.revisions);
  if (refs.length === 0) return line;
  const names = new Map<string, string>();
  for (const { id, profileSealed, erased } of await subjectsBehind(db, refs)) {
    if (erased) continue;
    names.set(id, profileSealed ? await nameOf(vault, id, profileSealed) : 'a person without a name');
  }
  const revisions = resolveReferences(line.revisions, (ref) => names.get(ref) ?? NOBODY);
  return { ...line, revisions: revisions as ArchivedMessage['revisions'] };
}

async function nameOf(vault: Vault, subjectId: string, sealed: Buffer): Promise<string> {
  const opened = await vault.open(sealed, profileContext(subjectId));
  const { firstName, lastName } = JSON.parse(opened.toString()) as SubjectProfile;
  return [firstName, lastName].filter(Boolean).join(' ');
}
