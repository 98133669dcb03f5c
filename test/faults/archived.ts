import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createVault, type Vault } from '../../src/vault/vault.ts';
import { connect } from '../../src/db/connect.ts';
import { openStream } from '../../src/vault/sealed-stream.ts';
import { readArchive } from '../../src/archive/format.ts';
import type { ArchivedMessage } from '../../src/archive/lines.ts';
import { archiveContext, attachmentContext, sessionPrefix } from '../../src/archive/names.ts';
import type { StoredObject } from '../../src/archive/store.ts';
import { manifestsOf } from '../../src/db/archives.ts';
import type { VaultDatabase } from '../../src/vault/tables.ts';
import { assertAuditWhole } from './audit-whole.ts';
import { CONVERSATION, type Conversation } from './conversation.ts';
import type { Installation } from './installation.ts';

/** Everything in the store that belongs to a session, whatever state it is in. */
export async function objectsOf(
  { services, project }: Installation,
  sessionId: string,
): Promise<StoredObject[]> {
  const store = await services.stores.of(project.id);
  const prefix = sessionPrefix({ project: project.id, session: sessionId });
  return gather(store.list(prefix));
}

/** The counts of every audit entry of one action on a session. */
export async function auditCounts({ services }: Installation, sessionId: string, action: string) {
  const entries = await services.db
    .selectFrom('audit_entry')
    .select('counts')
    .where('object_id', '=', sessionId)
    .where('action', '=', action)
    .execute();
  return entries.map(({ counts }) => counts);
}

/**
 * Holds that a conversation is archived as it has to be: one object for its subject and one for its file,
 * every byte right, manifests and the one audit entry with true counts, and no live row left.
 */
export async function assertArchived(installation: Installation, conversation: Conversation): Promise<void> {
  const { services, project } = installation;
  const { sessionId, subjectId } = conversation;
  const manifests = await manifestsOf(services.db, sessionId);
  const [main, file, ...others] = manifests;
  assert.ok(main && file && others.length === 0, `${manifests.length} manifests`);
  const objects = await objectsOf(installation, sessionId);
  assert.deepEqual(
    objects.map(({ name, generation }) => ({ name, generation })).sort(byName),
    manifests.map((one) => ({ name: one.object_name, generation: one.generation })).sort(byName),
  );
  const place = { project: project.id, session: sessionId, subject: subjectId };
  assert.deepEqual(pick(main), {
    subject_id: subjectId,
    attachment_id: null,
    messages: 3,
    revisions: 4,
    attachments: 1,
  });
  const messages = await readMain(installation, main, archiveContext(place));
  assert.deepEqual(
    messages.map((message) => message.revisions.map(({ content }) => content.text)),
    conversation.texts,
  );
  const attachment = messages.flatMap((message) => message.attachments);
  assert.deepEqual(
    attachment.map((one) => ({ id: one.id, object: one.object, fileName: one['fileName'] })),
    [{ id: file.attachment_id, object: file.object_name, fileName: conversation.file.name }],
  );
  const bytes = await openFile(installation, file);
  assert.ok(bytes.equals(conversation.file.bytes), 'the file has other bytes');
  assert.equal(file.content_sha256, createHash('sha256').update(bytes).digest('hex'));
  assert.deepEqual(await auditCounts(installation, sessionId, 'session.archived'), [
    { ...CONVERSATION, bytes: main.size_bytes + file.size_bytes },
  ]);
  assert.deepEqual(await liveRows(installation), { messages: 0, revisions: 0, attachments: 0 });
  await assertAuditWhole(installation);
}

type Manifest = Awaited<ReturnType<typeof manifestsOf>>[number];

async function readMain(
  { services, project }: Installation,
  manifest: Manifest,
  context: string,
): Promise<ArchivedMessage[]> {
  const store = await services.stores.of(project.id);
  const {
    size_bytes: size,
    sha256,
    content_sha256: contentSha256,
    messages,
    revisions,
    attachments,
  } = manifest;
  const lines = await gather(
    readArchive({
      body: store.get(manifest.object_name, manifest.generation),
      open: openStream(services.vault, context),
      expected: { size, sha256, contentSha256, counts: { messages, revisions, attachments } },
    }),
  );
  return lines.filter((line) => line.type === 'message');
}

async function openFile({ services, project }: Installation, manifest: Manifest): Promise<Buffer> {
  const store = await services.stores.of(project.id);
  const context = attachmentContext({
    project: project.id,
    session: manifest.session_id,
    attachment: manifest.attachment_id ?? '',
  });
  const open = openStream(services.vault, context);
  return Buffer.concat(await gather(open(store.get(manifest.object_name, manifest.generation))));
}

/** How many messages, revisions and attachments the database still holds. */
export async function liveRows({ services }: Installation) {
  const rows = (table: 'message' | 'revision' | 'attachment') =>
    services.db.selectFrom(table).selectAll().execute();
  return {
    messages: (await rows('message')).length,
    revisions: (await rows('revision')).length,
    attachments: (await rows('attachment')).length,
  };
}

/** Works with a vault that has no key in memory, as any process started from now on would. */
export async function withFreshVault<T>(
  { services }: Installation,
  work: (vault: Vault) => Promise<T>,
): Promise<T> {
  const db = connect<VaultDatabase>(services.config.keysDatabaseUrl, () => undefined, 1);
  try {
    return await work(createVault({ db, kek: services.secrets.kek }));
  } finally {
    await db.destroy();
  }
}

function pick({ subject_id, attachment_id, messages, revisions, attachments }: Manifest) {
  return { subject_id, attachment_id, messages, revisions, attachments };
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
