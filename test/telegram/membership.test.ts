import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pruneSilent } from '../../src/acts/inactivity.ts';
import { policySchema } from '../../src/domain/policy.ts';
import { testProject } from '../support/database.ts';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

const DAY_MS = 86_400_000;
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

let stage: DeskStage;
before(async () => {
  const policy = policySchema.parse({ ...testProject().policy, inactivity: {} });
  stage = await createDeskStage({ policy });
});
after(() => stage.stop());

async function subject(telegramUserId: number) {
  return stage.db
    .selectFrom('subject')
    .selectAll()
    .where('telegram_user_id', '=', telegramUserId)
    .executeTakeFirst();
}

/** Somebody who wrote, and was not seen since. */
async function silent(telegramUserId: number) {
  const { play } = stage.sandbox.world;
  play.start(telegramUserId);
  await stage.sees(telegramUserId, /keeps this conversation|хранит эту беседу/);
  play.send(telegramUserId, { text: 'a question' });
  await until('the question to be stored', () =>
    stage.db
      .selectFrom('message')
      .innerJoin('subject', 'subject.id', 'message.subject_id')
      .select('message.id')
      .where('telegram_user_id', '=', telegramUserId)
      .executeTakeFirst(),
  );
  await stage.db
    .updateTable('subject')
    .set({ last_seen_at: LONG_AGO })
    .where('telegram_user_id', '=', telegramUserId)
    .execute();
}

async function seenAgain(telegramUserId: number) {
  await until('the sign of life to be noted', async () => {
    const row = await subject(telegramUserId);
    return row && row.last_seen_at > LONG_AGO && row;
  });
}

describe('a customer of whom the bot hears', () => {
  it('by a button is not silent any more', async () => {
    const { anna } = stage.people;
    await silent(anna);
    const { play } = stage.sandbox.world;
    const notice = play.messages(anna, anna).find(({ text }) => text?.includes('keeps this conversation'));
    play.press(anna, { messageId: notice?.message_id ?? 0, data: 'notice:details' });
    await seenAgain(anna);
  });

  it('by an inline query is not silent any more', async () => {
    const { boris } = stage.people;
    await silent(boris);
    const last = await stage.db
      .selectFrom('inbox')
      .select((eb) => eb.fn.max('update_id').as('id'))
      .executeTakeFirstOrThrow();
    stage.sandbox.world.faults.sendRaw(stage.botId, {
      // An id below those that were confirmed would never be handed out; the newest may not be noted yet.
      update_id: last.id + 1000,
      inline_query: {
        id: '1',
        from: { id: boris, is_bot: false, first_name: 'Boris' },
        query: '',
        offset: '',
      },
    });
    await seenAgain(boris);
  });

  it('is warned in their own chat, with the day', async () => {
    const { anna } = stage.people;
    const row = await subject(anna);
    const now = new Date((row?.last_seen_at.getTime() ?? 0) + 84 * DAY_MS);
    const actor = { kind: 'workflow', id: 'inactivity' } as const;
    await pruneSilent(stage, { projectId: 'shop', after: null, actor, now });
    await stage.db.updateTable('delivery').set({ next_attempt_at: new Date() }).execute();
    await stage.sees(anna, /will be deleted on .*\d{4}/);
  });
});

describe('a customer who blocks the bot', () => {
  it('is known to have done so until they let it in again', async () => {
    const { boris } = stage.people;
    const { play } = stage.sandbox.world;
    play.block(boris);
    await until('the block to be noted', async () => (await subject(boris))?.blocked_at);
    play.unblock(boris);
    await until('the end of the block', async () => (await subject(boris))?.blocked_at === null);
  });
});

describe('an account that is gone', () => {
  it('is erased once Telegram says so', async () => {
    stage.sandbox.world.faults.add({
      method: 'copyMessage',
      // Boris wrote last, so the newest topic is his.
      chatId: stage.people.boris,
      times: 1,
      outcome: { errorCode: 403, description: 'Forbidden: user is deactivated' },
    });
    stage.sayInTopic('an answer');
    const erasure = await until('the erasure', () =>
      stage.db.selectFrom('erasure').selectAll().executeTakeFirst(),
    );
    assert.deepEqual([erasure.origin, erasure.state], ['account-gone', 'confirmed']);
  });
});
