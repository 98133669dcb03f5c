import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { revisionContext } from '../../src/db/messages.ts';
import type { MessageContent } from '../../src/domain/messages.ts';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';
import { createStaffStage, type StaffStage } from './staff-stage.ts';

let at: DeskStage;
let staff: StaffStage;
let begun: { id: string; topicId: number };
before(async () => {
  at = await createDeskStage();
  staff = createStaffStage(at);
  begun = await staff.begin(at.people.anna, 'Where is my parcel?');
});
after(() => at.stop());

/** Every revision of a session's entries as it was sealed, in the order they came in. */
async function entries(sessionId: string) {
  const rows = await at.db
    .selectFrom('message')
    .innerJoin('revision', 'revision.message_id', 'message.id')
    .select(['message.id', 'message.kind', 'author_role', 'staff_id', 'revision', 'sealed'])
    .where('session_id', '=', sessionId)
    .orderBy('message.seq')
    .orderBy('revision')
    .execute();
  const opened = await at.vault.openMany(
    rows.map(({ id, revision, sealed }) => ({ sealed, context: revisionContext(id, revision) })),
  );
  return rows.map((row, index) => ({
    ...row,
    content: JSON.parse(String(opened[index])) as MessageContent,
  }));
}

async function actions(action: string) {
  return at.db
    .selectFrom('audit_entry')
    .select(['reason', 'object_id', 'actor_kind'])
    .where('action', '=', action)
    .execute();
}

describe('a note of staff', () => {
  it('is kept sealed with the session, and the customer never sees it', async () => {
    const { anna } = at.people;
    staff.write(begun.topicId, '/note calls back on Monday');
    await staff.says(begun.topicId, /Kept as a note/);
    const [, note] = await entries(begun.id);
    assert.equal(note?.kind, 'note');
    assert.equal(note.author_role, 'agent');
    assert.equal(note.content.text, 'calls back on Monday');
    staff.write(begun.topicId, 'An answer.');
    await at.sees(anna, /^An answer\.$/);
    assert.ok(!at.chat(anna).some((line) => line.includes('Monday')));
  });

  it('is in the audit without its words', async () => {
    assert.deepEqual(await actions('note.added'), [
      { reason: null, object_id: begun.id, actor_kind: 'staff' },
    ]);
  });

  it('can begin with two strokes, as a reply and with a file too', async () => {
    const asked = await staff.says(begun.topicId, /^Where is my parcel\?$/);
    staff.write(begun.topicId, '// the second one this week', { replyTo: asked.message_id });
    at.sandbox.world.play.send(at.people.agent, {
      ...{ chatId: at.staffChat, threadId: begun.topicId, text: '// the label' },
      file: { name: 'label.pdf', type: 'application/pdf', bytes: Buffer.from('%PDF-1.4') },
    });
    const notes = await until('both notes', async () => {
      const all = (await entries(begun.id)).filter(({ kind }) => kind === 'note');
      return all.length === 3 ? all : undefined;
    });
    assert.deepEqual(
      notes.map(({ content }) => content.text),
      ['calls back on Monday', 'the second one this week', 'the label'],
    );
    assert.ok(!at.chat(at.people.anna).some((line) => /second one|label/.test(line)));
  });

  it('is an album of which any part says so, and no part of it goes to the customer', async () => {
    const { anna, agent } = at.people;
    for (const [name, text] of [
      ['front', undefined],
      ['back', '// fraud again'],
    ] as const)
      at.sandbox.world.play.send(agent, {
        ...{ chatId: at.staffChat, threadId: begun.topicId, content: { media_group_id: 'an album' } },
        file: { name: `${name}.png`, type: 'image/png', bytes: Buffer.from(name) },
        ...(text && { text }),
      });
    const parts = await until('both parts', async () => {
      const rows = await at.db
        .selectFrom('message')
        .select(['id', 'kind'])
        .where('album', '=', 'an album')
        .execute();
      return rows.length === 2 ? rows : undefined;
    });
    assert.deepEqual(
      parts.map(({ kind }) => kind),
      ['note', 'note'],
    );
    await until('nothing to be on its way', async () => {
      const rows = await at.db.selectFrom('delivery').select('id').where('done_at', 'is', null).execute();
      return rows.length === 0;
    });
    const { play } = at.sandbox.world;
    assert.ok(!play.messages(anna, anna).some(({ photo }) => photo));
  });

  it('is changed by an edit, as a new revision, and still goes to nobody', async () => {
    const { anna, agent } = at.people;
    const sent = staff.write(begun.topicId, '/note wrong');
    await until('the note', async () =>
      (await entries(begun.id)).some(({ content }) => content.text === 'wrong'),
    );
    const { play } = at.sandbox.world;
    play.edit(agent, { chatId: at.staffChat, messageId: sent.message_id, text: '/note right' });
    const note = await until('the edit', async () =>
      (await entries(begun.id)).find(({ content }) => content.text === 'right'),
    );
    assert.equal(note.revision, 2);
    const queued = await at.db
      .selectFrom('delivery')
      .select('id')
      .where('kind', '=', 'relay')
      .where('target', '=', 'customer')
      .where('outcome', '=', 'sent')
      .execute();
    assert.equal(queued.length, 1, 'the answer alone');
    assert.ok(!at.chat(anna).some((line) => line.includes('right')));
  });

  it('needs words', async () => {
    staff.write(begun.topicId, '/note');
    await staff.says(begun.topicId, /A note needs words/);
  });
});

describe('an answer', () => {
  it('of one agent and one of another at the same moment both arrive, in order', async () => {
    const { anna, agent, supervisor } = at.people;
    for (const [index, by] of [agent, supervisor, agent, supervisor].entries())
      staff.write(begun.topicId, `answer ${index}`, { by });
    await at.sees(anna, /^answer 3$/);
    assert.deepEqual(
      at.chat(anna).filter((line) => line.startsWith('answer')),
      ['answer 0', 'answer 1', 'answer 2', 'answer 3'],
    );
  });

  it('is taken back by /delete: the copy goes, and what it said is kept', async () => {
    const { anna } = at.people;
    const sent = staff.write(begun.topicId, 'That was for somebody else.');
    await at.sees(anna, /somebody else/);
    staff.write(begun.topicId, '/delete', { replyTo: sent.message_id });
    await staff.says(begun.topicId, /The answer is deleted in the chat of the customer/);
    assert.ok(!at.chat(anna).some((line) => line.includes('somebody else')));
    const revisions = (await entries(begun.id)).slice(-2).map(({ content }) => content);
    assert.deepEqual(revisions, [{ text: 'That was for somebody else.' }, { extra: { deleted: true } }]);
  });

  it('that Telegram does not let be deleted stays with the customer, and staff learn of it', async () => {
    const { anna } = at.people;
    const sent = staff.write(begun.topicId, 'An old one.');
    await at.sees(anna, /An old one/);
    const outcome = { errorCode: 400, description: "Bad Request: message can't be deleted" };
    at.sandbox.world.faults.add({ method: 'deleteMessage', times: 1, outcome });
    staff.write(begun.topicId, '/delete', { replyTo: sent.message_id });
    await staff.says(begun.topicId, /48 hours\. They can still read it/);
    assert.ok(at.chat(anna).includes('An old one.'));
  });

  it('alone can be taken back: what the customer wrote stays', async () => {
    const asked = await staff.says(begun.topicId, /^Where is my parcel\?$/);
    staff.write(begun.topicId, '/delete', { replyTo: asked.message_id });
    await staff.says(begun.topicId, /Reply with \/delete to the answer/);
    assert.equal((await actions('answer.taken-back')).length, 2);
  });

  it('arrives without a notification once the session is silent', async () => {
    const { anna } = at.people;
    staff.write(begun.topicId, '/silent');
    await staff.cardSays(begun.id, /without a notification/);
    assert.equal((await staff.session(begun.id)).silent, true);
    staff.write(begun.topicId, 'hush');
    await at.sees(anna, /^hush$/);
    staff.write(begun.topicId, '/silent');
    await staff.says(begun.topicId, /with a notification again/);
    assert.equal((await staff.session(begun.id)).silent, false);
  });
});

describe('what the customer edits', () => {
  it('shows its new words in the copy, marked, and the earlier version is kept', async () => {
    const { anna } = at.people;
    const { play } = at.sandbox.world;
    const { message_id: messageId } = play.send(anna, { text: 'nr 1' });
    const copy = await staff.says(begun.topicId, /^nr 1$/);
    play.edit(anna, { messageId, text: 'nr 2' });
    const edited = await staff.says(begun.topicId, /^nr 2\n\n✏️ edited$/);
    assert.equal(edited.message_id, copy.message_id);
    play.edit(anna, { messageId, text: 'nr 3' });
    await staff.says(begun.topicId, /^nr 3\n\n✏️ edited 2 times$/);
    const texts = (await entries(begun.id)).slice(-3).map(({ content }) => content.text);
    assert.deepEqual(texts, ['nr 1', 'nr 2', 'nr 3']);
  });

  it('is shown anew where staff have deleted the copy', async () => {
    const { anna } = at.people;
    const { play, faults } = at.sandbox.world;
    const { message_id: messageId } = play.send(anna, { text: 'black' });
    const copy = await staff.says(begun.topicId, /^black$/);
    const outcome = { errorCode: 400, description: 'Bad Request: message to edit not found' };
    faults.add({ method: 'editMessageText', times: 1, outcome });
    play.edit(anna, { messageId, text: 'white' });
    assert.notEqual((await staff.says(begun.topicId, /^white/)).message_id, copy.message_id);
  });
});

describe('a transfer', () => {
  it('offers everybody who answers customers as buttons, and mentions whom is chosen', async () => {
    const { agent, supervisor } = at.people;
    staff.write(begun.topicId, '/transfer');
    const offered = await staff.says(begun.topicId, /Who is to be responsible/);
    await staff.press(agent, offered, /^Sam · staff/);
    const line = await staff.says(begun.topicId, /This session is yours now/);
    const mention = line.entities?.find(({ type }) => type === 'text_mention');
    assert.equal(mention?.type === 'text_mention' && mention.user.id, supervisor);
    const { assigned_to: assignedTo } = await staff.session(begun.id);
    await staff.cardSays(begun.id, new RegExp(`Responsible: staff ${assignedTo?.slice(0, 8)}`));
  });

  it('takes a username, a number, the short id of a colleague, or me', async () => {
    const rows = await at.db.selectFrom('staff').select(['id', 'telegram_user_id']).execute();
    const idOf = (telegramId: number) => rows.find((row) => row.telegram_user_id === telegramId)?.id ?? '';
    const { agent, supervisor } = at.people;
    for (const [words, whom] of [
      ['@Alex_Desk', agent],
      [String(supervisor), supervisor],
      [idOf(agent).slice(0, 8), agent],
      ['me', agent],
    ] as const) {
      await at.db.updateTable('session').set({ assigned_to: null }).where('id', '=', begun.id).execute();
      staff.write(begun.topicId, `/transfer ${words}`);
      const to = await until(words, async () => (await staff.session(begun.id)).assigned_to ?? undefined);
      assert.equal(to, idOf(whom), words);
    }
  });

  it('to somebody unknown changes nothing', async () => {
    const before = (await staff.session(begun.id)).assigned_to;
    staff.write(begun.topicId, '/transfer @nobody_here');
    await staff.says(begun.topicId, /Nobody who answers customers here is known/);
    assert.equal((await staff.session(begun.id)).assigned_to, before);
  });
});

describe('a ban', () => {
  it('takes a reason that the audit may keep for ever, and no other', async () => {
    staff.write(begun.topicId, '/ban insults Alex by name');
    await staff.says(begun.topicId, /takes no free text/);
    assert.deepEqual(await actions('subject.banned'), []);
  });

  it('keeps what the customer writes from being taken, and tells them once', async () => {
    const { anna } = at.people;
    const { play } = at.sandbox.world;
    staff.write(begun.topicId, '/ban TICKET-4711');
    await staff.cardSays(begun.id, /Banned since/);
    const before = await entries(begun.id);
    const { message_id: messageId } = play.send(anna, { text: 'you are all fools' });
    await at.sees(anna, /does not take your messages any more/);
    play.edit(anna, { messageId, text: 'every one of you' });
    play.send(anna, { text: '/fools' });
    play.send(anna, { text: '/mydata' });
    await at.sees(anna, /Telegram/);
    assert.deepEqual(await entries(begun.id), before);
    assert.equal(at.chat(anna).filter((line) => /does not take/.test(line)).length, 1);
    const [banned] = await actions('subject.banned');
    assert.equal(banned?.reason, 'TICKET-4711');
  });

  it('lets staff answer all the same, and is no second one', async () => {
    staff.write(begun.topicId, 'We do not go on like this.');
    await at.sees(at.people.anna, /We do not go on/);
    staff.write(begun.topicId, '/ban');
    await staff.says(begun.topicId, /banned already/);
  });

  it('is lifted by /unban', async () => {
    const { anna } = at.people;
    staff.write(begun.topicId, '/unban');
    await staff.says(begun.topicId, /Not banned any more/);
    at.sandbox.world.play.send(anna, { text: 'sorry' });
    await staff.says(begun.topicId, /^sorry$/);
  });
});
