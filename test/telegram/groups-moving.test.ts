import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { lockMove, moveGroup } from '../../src/db/groups.ts';
import { until } from '../support/until.ts';
import { phonesOf, type Phones } from './play.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
let phones: Phones;
before(async () => {
  at = await createDeskStage({ groups: 'all', language: 'en' });
  phones = phonesOf(at);
});
after(() => at.stop());

/** A group of the sandbox that the bot knows. */
async function newGroup(title: string) {
  const made = { projectId: 'shop', title, members: [at.people.anna], bot: 'administrator' };
  const { chatId } = await phones.post<{ chatId: number }>('groups', made);
  const { id } = await until('the group to be known', () =>
    at.db.selectFrom('group_chat').select('id').where('telegram_chat_id', '=', chatId).executeTakeFirst(),
  );
  return { chatId, id };
}

/** A group that is known from its other chat alone. */
async function otherChat(chatId: number): Promise<string> {
  const id = randomUUID();
  const row = {
    id,
    project_id: 'shop',
    telegram_chat_id: chatId,
    notice_version: '1',
    joined_at: new Date(),
  };
  await at.db.insertInto('group_chat').values(row).execute();
  return id;
}

function isWaiting() {
  return until('somebody to wait for the lock', async () => {
    const { rows } = await sql<{ waiting: boolean }>`
      select exists (select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock') as waiting`.execute(at.aside);
    return rows[0]?.waiting;
  });
}

function sessionsOf(groupId: string) {
  return at.db
    .selectFrom('session')
    .select(['id', 'phase'])
    .where('group_chat_id', '=', groupId)
    .orderBy('opened_at')
    .execute();
}

describe('while a group becomes a supergroup', () => {
  it('a message that comes in under the id it loses is kept under the one it has', async () => {
    const { chatId: to, id: madeId } = await newGroup('The supergroup');
    const from = -4711;
    const oldId = await otherChat(from);
    await at.aside.transaction().execute(async (tx) => {
      const move = await lockMove(tx, { projectId: 'shop', from, to });
      assert.deepEqual(move, { projectId: 'shop', from, to, oldId, madeId });
      await phones.send(at.people.anna, { chatId: to, text: 'in the middle of it' });
      await isWaiting();
      await moveGroup(tx, move);
    });
    await until('its session', async () => (await sessionsOf(oldId)).length === 1);
    await phones.inTopic('the message', ({ text }) => /in the middle of it/.test(text ?? ''));
    const aside = await at.db.selectFrom('inbox').select('outcome').where('kind', '=', 'set aside').execute();
    assert.deepEqual(aside, []);
  });

  it('a session that begins in the supergroup goes on, and the one before it ends', async () => {
    const { chatId: from, id: oldId } = await newGroup('The group');
    await phones.send(at.people.anna, { chatId: from, text: 'before it' });
    const [older] = await until('a session', async () => {
      const found = await sessionsOf(oldId);
      return found.length === 1 && found;
    });
    const to = -4712;
    const madeId = await otherChat(to);
    const newer = randomUUID();
    let moving: Promise<void> = Promise.resolve();
    await at.aside.transaction().execute(async (tx) => {
      const now = new Date();
      await tx
        .insertInto('session')
        .values({
          ...{ id: newer, project_id: 'shop', kind: 'group', subject_id: null, group_chat_id: madeId },
          ...{ previous_session_id: null, phase: 'open', opened_at: now, last_activity_at: now },
          attachment_kinds: [],
        })
        .execute();
      moving = at.acts.migrateGroup({ projectId: 'shop', from, to, now });
      await isWaiting();
    });
    await moving;
    assert.deepEqual(await sessionsOf(oldId), [
      { id: older?.id, phase: 'closed' },
      { id: newer, phase: 'open' },
    ]);
  });
});
