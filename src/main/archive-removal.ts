import type { Kysely } from 'kysely';
import type { ArchiveStores } from '../../activities/deps.ts';
import { keptBy, recordKept, recordRemoved } from '../acts/deleted-messages.ts';
import { termsOfEntries, type IndexedEntry } from '../acts/indexing.ts';
import { readArchive, writeArchive, type ArchiveFacts } from '../archive/format.ts';
import type { ArchivedMessage, ArchiveHeader } from '../archive/lines.ts';
import { archiveContext, archiveName, sessionPrefix } from '../archive/names.ts';
import type { ArchiveStore } from '../archive/store.ts';
import { verifyArchive } from '../archive/verify.ts';
import { manifestsOf } from '../db/archives.ts';
import {
  archivedSessionsOf,
  removeTranslations,
  replaceShareTerms,
  type DeletedInChat,
} from '../db/deleted-messages.ts';
import { lockLife, readLife, type Life } from '../db/life.ts';
import { nextArchiveAttempt, removeManifests, replaceManifest } from '../db/rewritten-archives.ts';
import type { ArchiveRow, Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import { answerTo } from '../domain/phases.ts';
import type { Pseudonym } from '../vault/pseudonym.ts';
import { openStream, sealStream } from '../vault/sealed-stream.ts';
import type { Vault } from '../vault/vault.ts';

interface Deps {
  readonly db: Kysely<Tables>;
  readonly vault: Vault;
  readonly pseudonym: Pseudonym;
  readonly stores: ArchiveStores;
}

type Deletion = DeletedInChat & { readonly now: Date };

/** One archived session with what of it was deleted in Telegram. */
interface Opened {
  readonly life: Life;
  readonly row: ArchiveRow;
  readonly header: ArchiveHeader;
  readonly kept: readonly ArchivedMessage[];
  readonly gone: readonly ArchivedMessage[];
}

/**
 * Takes messages that were deleted in the chat of a business account out of its archived sessions: the object
 * is written again without them, read back and compared, put in place of the old one in one transaction, and
 * only then is the old one deleted. Repeated after a crash it removes what the attempt before it left behind.
 *
 * @throws AppError `store_unavailable` while the store is away, `rows_changed` where another got there first
 */
export function createArchiveRemoval(deps: Deps): (deletion: Deletion) => Promise<void> {
  return async (deletion) => {
    for (const sessionId of await archivedSessionsOf(deps.db, deletion)) {
      const life = await readLife(deps.db, sessionId, deletion.now);
      const rows = await manifestsOf(deps.db, sessionId);
      const row = rows.find(
        ({ attachment_id, subject_id }) => attachment_id === null && subject_id === deletion.subjectId,
      );
      if (!row) continue;
      const opened = await open(deps, life, row, deletion);
      if (opened.gone.length > 0) await removeFrom(deps, opened, deletion);
      await removeLeftovers(deps, life);
    }
  };
}

async function open(deps: Deps, life: Life, row: ArchiveRow, deletion: Deletion): Promise<Opened> {
  const store = await deps.stores.at(row.store);
  const place = placeOf(life, row);
  const wanted = new Set(deletion.telegramMessageIds);
  const refs = new Set<string>();
  const kept: ArchivedMessage[] = [];
  const gone: ArchivedMessage[] = [];
  let header: ArchiveHeader | undefined;
  const lines = readArchive({
    body: store.get(row.object_name, row.generation),
    open: openStream(deps.vault, archiveContext(place)),
    expected: { counts: row, sha256: row.sha256, contentSha256: row.content_sha256 },
  });
  for await (const line of lines) {
    if (line.type === 'header') header = line;
    if (line.type !== 'message') continue;
    const isReaction = line.kind === 'reaction' || line.kind === 'poll_answer';
    const goes =
      wanted.has(Number(line['telegramMessageId'])) || (isReaction && refs.has(line.replyTo ?? ''));
    if (goes) refs.add(line.ref);
    (goes ? gone : kept).push(line);
  }
  if (!header) throw new AppError('archive_damaged', `${row.object_name} has no header.`);
  return { life, row, header, kept, gone };
}

function placeOf({ projectId, sessionId }: Life, { subject_id }: ArchiveRow) {
  return { project: projectId, session: sessionId, subject: subject_id };
}

async function removeFrom(deps: Deps, opened: Opened, { now }: Deletion): Promise<void> {
  const { life, gone, row } = opened;
  const ground = keptBy(life);
  if (ground) {
    await deps.db.transaction().execute((tx) => recordKept(tx, life, { ground, messages: gone.length, now }));
    return;
  }
  const store = await deps.stores.at(row.store);
  const written = await rewrite(deps, store, opened);
  const files = gone.flatMap(({ attachments }) => attachments.map(({ id }) => id));
  await deps.db.transaction().execute(async (tx) => {
    const locked = await lockLife(tx, life.sessionId, now);
    if (answerTo('remove', locked, now) !== 'take' || keptBy(locked)) throw movedOn(life);
    if (!(await replaceManifest(tx, row, written))) throw movedOn(life);
    const objects = await removeManifests(tx, life.sessionId, files);
    await replaceShareTerms(
      tx,
      { sessionId: life.sessionId, subjectId: row.subject_id },
      termsOfEntries(
        deps.pseudonym,
        life.projectId,
        opened.kept.flatMap((one) => indexed(row, one)),
      ),
    );
    const counts = countsOf(gone);
    const translated = await removeTranslations(
      tx,
      gone.map(({ ref }) => ref),
    );
    const staffMessageIds = [...counts.staffMessageIds, ...translated];
    await recordRemoved(tx, locked, { ...counts, staffMessageIds, objects: objects + 1 }, now);
  });
}

function movedOn({ sessionId }: Life): AppError {
  return new AppError('rows_changed', `Session ${sessionId} moved on while its archive was written again.`);
}

async function rewrite(
  deps: Deps,
  store: ArchiveStore,
  { life, row, header, kept }: Opened,
): Promise<{ objectName: string; generation: string; facts: ArchiveFacts }> {
  const place = placeOf(life, row);
  const key = await deps.vault.keyById(row.key_id);
  const objectName = archiveName(place, await nextArchiveAttempt(deps.db, life.sessionId));
  const { body, done } = writeArchive({
    header,
    messages: each(kept),
    seal: sealStream(key, archiveContext(place)),
  });
  const { generation } = await store.put(objectName, body, {
    ifGeneration: '0',
    metadata: { schema: `${row.schema_version}` },
  });
  const facts = await done;
  await verifyArchive({
    store,
    open: openStream(deps.vault, archiveContext(place)),
    manifest: { ...facts, place, name: objectName, generation },
  });
  return { objectName, generation, facts };
}

async function* each(messages: readonly ArchivedMessage[]): AsyncIterable<ArchivedMessage> {
  for (const message of messages) yield await Promise.resolve(message);
}

function indexed({ session_id, subject_id }: ArchiveRow, line: ArchivedMessage): IndexedEntry[] {
  const staffId = line.author.role === 'agent' ? (line.author.ref ?? null) : null;
  const attachments = line.attachments.flatMap(({ fileName }) =>
    typeof fileName === 'string' ? [{ content: { fileName } }] : [],
  );
  return line.revisions.map(({ content }) => ({
    ...{ sessionId: session_id, subjectId: subject_id, staffId, content, attachments },
  }));
}

function countsOf(gone: readonly ArchivedMessage[]) {
  const sum = (count: (line: ArchivedMessage) => number) => gone.reduce((all, one) => all + count(one), 0);
  return {
    messages: gone.length,
    revisions: sum(({ revisions }) => revisions.length),
    attachments: sum(({ attachments }) => attachments.length),
    staffMessageIds: gone.flatMap((line) => {
      const id = line['staffMessageId'];
      return typeof id === 'number' ? [id] : [];
    }),
  };
}

/** Objects of the session that no row names: the old ones, or what an attempt that died had written. */
async function removeLeftovers({ db, stores }: Deps, { projectId, sessionId }: Life): Promise<void> {
  const rows = await manifestsOf(db, sessionId);
  const recorded = new Set(rows.map(({ object_name }) => object_name));
  for (const url of new Set(rows.map(({ store }) => store))) {
    const store = await stores.at(url);
    for await (const object of store.list(sessionPrefix({ project: projectId, session: sessionId })))
      if (!recorded.has(object.name) && object.state !== 'soft-deleted')
        await store.delete(object.name, object.generation);
  }
}
