import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { policySchema } from '../../src/domain/policy.ts';
import { testProject, type TestDatabase } from '../support/database.ts';
import { chat, importDatabase, importInto, message } from './import-fixture.ts';

let at: TestDatabase;
before(async () => {
  at = await importDatabase();
  const policy = policySchema.parse({
    ...testProject().policy,
    tagging: [
      { id: 'words', tag: 'refund', when: { keywords: ['refund*'] }, because: 'asks for money back' },
      { id: 'contacts', tag: 'contact', when: { entities: ['contact'] }, because: 'sent a contact' },
    ],
  });
  await at.db
    .updateTable('policy')
    .set({ document: JSON.stringify(policy) })
    .execute();
});
after(() => at.drop());

const photo = (id: number, date: string) => message(id, date, { photo: 'photos/1.jpg', photo_file_size: 9 });
const voice = (id: number, date: string) =>
  message(id, date, { file: 'voice.ogg', media_type: 'voice_message', file_size: 9 });
const text = (id: number, date: string, words: string) =>
  message(id, date, { text: words, text_entities: [{ type: 'plain', text: words }] });

async function sessions() {
  const rows = await at.db
    .selectFrom('session')
    .select(['id', 'attachment_kinds as kinds'])
    .orderBy('opened_at')
    .execute();
  return Promise.all(
    rows.map(async ({ id, kinds }) => ({
      id,
      kinds: kinds.toSorted(),
      tags: await at.db
        .selectFrom('session_tag')
        .select(['tag', 'origin', 'rule'])
        .where('session_id', '=', id)
        .orderBy('tag')
        .execute(),
    })),
  );
}

describe('an import', () => {
  it('notes the kinds of attachments and the tags that rules ask for, each session its own', async () => {
    const contact = { contact_information: { first_name: 'X', phone_number: '1' } };
    await importInto(
      at,
      chat([
        photo(1, '2024-01-01T10:00:00Z'),
        text(2, '2024-01-01T11:00:00Z', 'please refund me, I said refund'),
        text(3, '2024-03-01T10:00:00Z', 'hello again'),
        voice(4, '2024-03-01T10:05:00Z'),
        { ...message(5, '2024-03-01T10:06:00Z'), ...contact },
      ]),
    );
    const found = (await sessions()).map(({ kinds, tags }) => ({ kinds, tags }));
    assert.deepEqual(found, [
      { kinds: ['photo'], tags: [{ tag: 'refund', origin: 'automatic', rule: 'words' }] },
      { kinds: ['voice'], tags: [{ tag: 'contact', origin: 'automatic', rule: 'contacts' }] },
    ]);
  });

  it('has an audit entry for each tag, and repeats none when it runs again', async () => {
    const entries = () =>
      at.db
        .selectFrom('audit_entry')
        .select(['actor_kind', 'actor_id', 'reason'])
        .where('action', '=', 'tag.added')
        .orderBy('seq')
        .execute();
    const before = await entries();
    assert.deepEqual(before.map(({ reason }) => reason).toSorted(), [
      'contact by rule contacts',
      'refund by rule words',
    ]);
    assert.deepEqual(new Set(before.map((entry) => `${entry.actor_kind} ${entry.actor_id}`)).size, 1);
    await importInto(at, chat([text(2, '2024-01-01T11:00:00Z', 'refund')]));
    assert.deepEqual(await entries(), before);
  });

  it('that goes on with a session keeps the kinds it has, and puts back no tag that a person took off', async () => {
    const [, last] = await sessions();
    assert.ok(last);
    await at.acts.changeTag({
      sessionId: last.id,
      tag: 'contact',
      change: 'remove',
      actor: { kind: 'staff', id: 'agent-1' },
      now: new Date('2026-06-01T12:00:00Z'),
    });
    await importInto(
      at,
      chat([
        photo(6, '2024-03-01T10:07:00Z'),
        { ...message(7, '2024-03-01T10:08:00Z'), contact_information: { first_name: 'X' } },
      ]),
    );
    const continued = (await sessions()).find(({ id }) => id === last.id);
    assert.deepEqual([continued?.kinds, continued?.tags], [['photo', 'voice'], []]);
  });
});
