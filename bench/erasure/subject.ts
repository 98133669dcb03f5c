import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { writeArchive } from '../../src/archive/format.ts';
import { archiveContext, archiveName } from '../../src/archive/names.ts';
import { openStore } from '../../src/archive/open-store.ts';
import type { ArchiveStore } from '../../src/archive/store.ts';
import { profileContext } from '../../src/db/messages.ts';
import { sealStream } from '../../src/vault/sealed-stream.ts';
import type { DataKey } from '../../src/vault/vault.ts';
import type { TestDatabase } from '../../test/support/database.ts';

export const PROJECT = 'parked';
const MESSAGES = 20;
const BATCH = 250;

/** A customer with many archived sessions. */
export interface ArchivedSubject {
  readonly id: string;
  readonly telegramUserId: number;
  readonly sessionIds: readonly string[];
}

/**
 * Makes a customer and their archived sessions by writing rows, keys and objects directly, as an archive
 * leaves them: to bring 5,000 sessions through their life would take longer than what is measured.
 */
export async function archivedSubject(
  database: TestDatabase,
  archiveUrl: string,
  options: { telegramUserId: number; sessions: number },
): Promise<ArchivedSubject> {
  const { db, vault } = database;
  const id = randomUUID();
  const now = new Date();
  const [profileKey] = await vault.keysFor([{ sessionId: null, subjectId: id }]);
  if (!profileKey) throw new Error('The vault gave no key for a profile.');
  await db
    .insertInto('subject')
    .values({
      id,
      project_id: PROJECT,
      telegram_user_id: options.telegramUserId,
      language: null,
      profile_sealed: vault.seal(profileKey, profileContext(id), JSON.stringify({ firstName: 'Anna' })),
      jurisdiction: null,
      jurisdiction_origin: null,
      majority_on: null,
      authorized_at: null,
      created_at: now,
      last_seen_at: now,
      blocked_at: null,
      inactivity_warned_at: null,
    })
    .execute();
  const store = await openStore(archiveUrl);
  const sessionIds = Array.from({ length: options.sessions }, () => randomUUID());
  for (let at = 0; at < sessionIds.length; at += BATCH)
    await writeSessions(database, store, id, sessionIds.slice(at, at + BATCH), now);
  await sql`analyze`.execute(db).catch(() => undefined);
  return { id, telegramUserId: options.telegramUserId, sessionIds };
}

async function writeSessions(
  { db, vault }: TestDatabase,
  store: ArchiveStore,
  subjectId: string,
  sessionIds: readonly string[],
  now: Date,
): Promise<void> {
  const keys = await vault.keysFor(sessionIds.map((sessionId) => ({ sessionId, subjectId })));
  const manifests = await Promise.all(
    sessionIds.map((sessionId, at) => writeObject(store, { sessionId, subjectId, key: keys[at] as DataKey })),
  );
  const keepUntil = new Date(now.getTime() + 700 * 86_400_000);
  await db.transaction().execute(async (tx) => {
    await sql`
      insert into session (id, project_id, kind, subject_id, phase, opened_at, last_activity_at, closed_at,
        close_reason, archived_at, keep_until, policy_version, archive_attempt)
      select id, ${PROJECT}, 'private', ${subjectId}, 'archived', ${now}, ${now}, ${now}, 'agent', ${now},
        ${keepUntil}, 1, 1
      from unnest(${sessionIds}::uuid[]) as s(id)`.execute(tx);
    await sql`
      insert into participant (session_id, subject_id)
      select id, ${subjectId} from unnest(${sessionIds}::uuid[]) as s(id)`.execute(tx);
    await tx.insertInto('archive').values(manifests).execute();
  });
}

async function writeObject(
  store: ArchiveStore,
  { sessionId, subjectId, key }: { sessionId: string; subjectId: string; key: DataKey },
) {
  const place = { project: PROJECT, session: sessionId, subject: subjectId };
  const name = archiveName(place, 1);
  const at = new Date().toISOString();
  const { body, done } = writeArchive({
    header: {
      session: sessionId,
      subject: subjectId,
      project: PROJECT,
      kind: 'private',
      openedAt: at,
      closedAt: at,
      tags: [],
    },
    messages: messages(subjectId, at),
    seal: sealStream(key, archiveContext(place)),
  });
  const { generation } = await store.put(name, body, { ifGeneration: '0', metadata: {} });
  const facts = await done;
  return {
    id: randomUUID(),
    session_id: sessionId,
    subject_id: subjectId,
    attachment_id: null,
    store: store.url,
    object_name: name,
    generation,
    size_bytes: facts.size,
    sha256: facts.sha256,
    content_sha256: facts.contentSha256,
    schema_version: 1,
    key_id: key.id,
    ...facts.counts,
    written_at: new Date(),
    deleted_at: null,
  };
}

async function* messages(subjectId: string, at: string) {
  for (let number = 1; number <= MESSAGES; number++)
    yield await Promise.resolve({
      type: 'message' as const,
      ref: `m${number}`,
      kind: 'text',
      author: { role: 'customer' as const, ref: subjectId },
      revisions: [{ revision: 1, at, content: { text: `Message ${number}: where is my parcel?` } }],
      attachments: [],
    });
}
