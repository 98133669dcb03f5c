import assert from 'node:assert/strict';
import { revisionContext } from '../../src/db/messages.ts';
import type { SealedItem } from '../../src/vault/vault.ts';
import { assertAuditWhole } from './audit-whole.ts';
import { liveRows, objectsOf, withFreshVault } from './archived.ts';
import type { Conversation } from './conversation.ts';
import { everythingSent } from './conversation.ts';
import type { Installation } from './installation.ts';

/** The sealed texts of all live messages, as a dead row or a backup would still have them. */
export async function sealedOf({ services }: Installation): Promise<SealedItem[]> {
  const rows = await services.db.selectFrom('revision').selectAll().execute();
  return rows.map((row) => ({ sealed: row.sealed, context: revisionContext(row.message_id, row.revision) }));
}

/** Holds that nothing of a session is left but its tombstone, and that what was copied before opens no more. */
export async function assertDeleted(
  installation: Installation,
  { sessionId, subjectId, topicId }: Conversation,
  sealed: readonly SealedItem[],
): Promise<void> {
  const { services, sandbox, agent } = installation;
  assert.deepEqual(await objectsOf(installation, sessionId), []);
  assert.deepEqual(await liveRows(installation), { messages: 0, revisions: 0, attachments: 0 });
  assert.equal(await services.vault.stillThere(sessionId), 0);
  assert.ok(sealed.length > 0);
  await withFreshVault(installation, async (vault) => {
    for (const { sealed: bytes, context } of sealed)
      await assert.rejects(vault.open(bytes, context), { code: 'key_destroyed' });
  });
  const { phase, subject_id, topic_id, deleted_at } = await services.db
    .selectFrom('session')
    .selectAll()
    .where('id', '=', sessionId)
    .executeTakeFirstOrThrow();
  assert.deepEqual({ phase, subject_id, topic_id }, { phase: 'deleted', subject_id: null, topic_id: null });
  assert.ok(deleted_at);
  const subject = await services.db.selectFrom('subject').select('id').where('id', '=', subjectId).execute();
  assert.deepEqual(subject, []);
  await everythingSent(installation);
  const topics = sandbox.world.play.chats(agent).flatMap((chat) => chat.topics.map(({ id }) => id));
  assert.ok(!topics.includes(topicId), 'the staff topic is still there');
  await assertAuditWhole(installation);
}
