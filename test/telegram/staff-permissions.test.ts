import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Api, InlineKeyboard } from 'grammy';
import { ROLES, type Role } from '../../src/domain/roles.ts';
import { CARD_BUTTONS } from '../../src/telegram/staff-cards.ts';
import { STAFF_COMMANDS } from '../../src/telegram/staff.ts';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';
import { createStaffStage, type StaffStage } from './staff-stage.ts';

/** Who may do what in a topic: written anew here, so that a slip in the tables of the code shows. */
const DESK = ['agent', 'supervisor'] as const;
const DECIDING = ['supervisor', 'compliance'] as const;
const ALL = ['agent', 'supervisor', 'compliance'] as const;
const MAY: Readonly<Record<string, readonly Role[]>> = {
  'an answer': DESK,
  '// a note': DESK,
  '/note a note': DESK,
  '/info': ALL,
  '/close': DESK,
  '/reopen': DESK,
  '/tag refund': ALL,
  '/untag refund': ALL,
  '/hold claim 4711': DECIDING,
  '/release': DECIDING,
  '/transfer me': DESK,
  '/silent': DESK,
  '/delete': DESK,
  '/ban': DESK,
  '/unban': DESK,
  '/jurisdiction EU': DECIDING,
};
const BUTTONS: Readonly<Record<string, readonly Role[]>> = {
  close: DESK,
  reopen: DESK,
  hold: DECIDING,
  release: DECIDING,
  tags: ALL,
  back: ALL,
  tag: ALL,
  history: ALL,
  to: DESK,
};

let at: DeskStage;
let staff: StaffStage;
let begun: { id: string; topicId: number };
const people = new Map<Role | 'nobody', number>();

before(async () => {
  at = await createDeskStage();
  staff = createStaffStage(at);
  begun = await staff.begin(at.people.anna, 'Where is my parcel?');
  for (const role of [...ROLES, 'nobody'] as const) {
    const id = at.sandbox.world.addPerson('shop', { role: 'agent', firstName: role, languageCode: 'en' });
    people.set(role, id);
    if (role !== 'nobody')
      await at.db
        .insertInto('staff')
        .values({
          ...{ id: randomUUID(), project_id: 'shop', telegram_user_id: id, roles: [role] },
          created_at: new Date(),
        })
        .execute();
  }
});
after(() => at.stop());

/** What the bot says to a message. */
async function replyTo(text: string, by: number): Promise<string | undefined> {
  const sent = staff.write(begun.topicId, text, { by });
  // Updates are taken one after the other: once this is answered, so is the one before it.
  const last = staff.write(begun.topicId, '/nonsense', { by });
  const answers = (id: number) =>
    staff
      .messages(begun.topicId)
      .find(({ reply_to_message: one, from }) => from?.is_bot && one?.message_id === id);
  await until('the last to be answered', () => answers(last.message_id));
  return answers(sent.message_id)?.text;
}

const NAMES: Readonly<Record<Role, string>> = {
  agent: 'agents',
  supervisor: 'supervisors',
  compliance: 'compliance',
  auditor: 'auditors',
  admin: 'administrators',
};

function named(roles: readonly Role[]): string {
  return new Intl.ListFormat('en').format(roles.map((role) => NAMES[role]));
}

const REFUSAL = /not on the list/;

describe('in a topic', () => {
  it('every command is asked for here', () => {
    const asked = Object.keys(MAY).flatMap((text) => /^\/([a-z]+)/.exec(text)?.[1] ?? []);
    assert.deepEqual(asked.sort(), [...Object.keys(STAFF_COMMANDS), 'note'].sort());
    assert.deepEqual(Object.keys(BUTTONS).sort(), Object.keys(CARD_BUTTONS).sort());
  });

  for (const [text, may] of Object.entries(MAY))
    for (const role of ROLES)
      it(`${role}: ${may.includes(role) ? '' : 'no '}${text}`, async () => {
        const said = (await replyTo(text, people.get(role) ?? 0)) ?? '';
        if (may.includes(role)) assert.doesNotMatch(said, REFUSAL);
        else assert.match(said, new RegExp(`It is for ${named(may)}; you are listed among ${NAMES[role]}`));
      });

  for (const text of Object.keys(MAY))
    it(`nobody of the staff: no ${text}`, async () => {
      assert.match((await replyTo(text, people.get('nobody') ?? 0)) ?? '', REFUSAL);
    });
});

describe('on the card', () => {
  for (const [name, may] of Object.entries(BUTTONS))
    for (const role of [...ROLES, 'nobody'] as const)
      it(`${role}: ${may.some((one) => one === role) ? '' : 'no '}${name}`, async () => {
        const answer = (await pressed(name, people.get(role) ?? 0)) ?? '';
        if (may.some((one) => one === role)) assert.doesNotMatch(answer, REFUSAL);
        else assert.match(answer, REFUSAL);
      });

  it('a button of another project leads nowhere', async () => {
    const answer = await pressed(
      'close',
      people.get('supervisor') ?? 0,
      '00000000-0000-4000-8000-000000000000',
    );
    assert.match(answer ?? '', /does not lead anywhere/);
  });
});

/** A button is pressed that the bot showed in the topic, whatever the card offers at the moment. */
async function pressed(name: string, by: number, sessionId = begun.id): Promise<string | undefined> {
  const choice = name === 'tag' || name === 'to' ? ':00000000' : '';
  const api = new Api(at.token, { apiRoot: at.sandbox.apiRoot });
  const shown = await api.sendMessage(at.staffChat, 'a card', {
    message_thread_id: begun.topicId,
    reply_markup: new InlineKeyboard().text('press', `c:${name}:${sessionId}${choice}`),
  });
  return staff.press(by, { ...shown, reactions: [] }, /press/);
}
