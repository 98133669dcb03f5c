import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { randomUUID } from 'node:crypto';
import { Api, InlineKeyboard } from 'grammy';
import type { ErrorCode, Refusal, RefusedAct } from '../../src/domain/errors.ts';
import { JURISDICTION_IDS } from '../../src/domain/jurisdictions.ts';
import { STANDINGS } from '../../src/domain/phases.ts';
import { ROLES, type Role } from '../../src/domain/roles.ts';
import { refusalText } from '../../src/telegram/refusals.ts';
import { BUNDLED, createTexts } from '../../src/telegram/texts.ts';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';
import { createStaffStage, type StaffStage } from './staff-stage.ts';

/** Every code: one that is new does not compile until it stands here. */
const CODES: Record<ErrorCode, true> = {
  ...{ config_invalid: true, already_running: true, not_running: true, tool_missing: true, not_found: true },
  ...{ not_allowed: true, phase_conflict: true, already_decided: true, wrong_round: true, held: true },
  ...{ deletion_began: true, input_invalid: true, key_destroyed: true, key_unknown: true },
  ...{ sealed_text_damaged: true, object_exists: true, object_missing: true, object_changed: true },
  ...{ object_locked: true, archive_damaged: true, audit_damaged: true, store_unavailable: true },
  ...{ translation_unavailable: true, clock_skewed: true, rows_changed: true },
};

type Plain = Extract<Refusal, string>;
const PLAIN: Record<Plain, true> = {
  ...{ anonymous: true, 'not-on-staff': true, 'session-unknown': true, 'button-unknown': true },
  ...{ 'several-people': true, 'note-empty': true, 'note-about-whom': true, 'not-an-answer': true },
  ...{ 'not-a-tag': true, 'tag-keeps-no-longer': true, 'no-tag-keeps-longer': true },
  ...{ 'hold-without-reason': true, 'nothing-held': true, 'waits-already': true, 'audit-word': true },
  ...{ 'banned-already': true, 'not-banned': true, 'no-own-customer': true, 'not-answering': true },
  ...{ 'nobody-answers': true, 'colleague-unknown': true, 'request-unknown': true, 'asked-yourself': true },
  ...{ 'approved-yourself': true, 'policy-outdated': true, 'nothing-waits': true, 'not-paused': true },
  ...{ 'nothing-else-waits': true, 'nothing-by-rule': true, 'summary-unknown': true },
};
const ACTS: Record<RefusedAct, true> = {
  ...{ close: true, reopen: true, tag: true, hold: true, decide: true, answer: true, transfer: true },
  ...{ silence: true, note: true, 'take-back': true, change: true },
};

const keysOf = <Key extends string>(of: Record<Key, true>) => Object.keys(of) as Key[];

type Filled = Exclude<Refusal, string>;
const FILLED: { [Why in Filled['why']]: Extract<Filled, { why: Why }>[] } = {
  standing: keysOf(ACTS).flatMap((act) =>
    ([...STANDINGS, 'restricted'] as const).map((standing) => ({
      ...{ why: 'standing' as const, act, standing },
      deletionBeganAt: standing === 'deleting' ? new Date('2026-09-30T12:00:00Z') : null,
    })),
  ),
  'needs-role': [{ why: 'needs-role', roles: ['agent', 'supervisor', 'compliance'], have: ['admin'] }],
  'unknown-command': [{ why: 'unknown-command', known: ['/close', '/tag'] }],
  'not-a-jurisdiction': [{ why: 'not-a-jurisdiction', known: JURISDICTION_IDS }],
  'wider-hold': [{ why: 'wider-hold', holdId: randomUUID() }],
  'request-decided': (['approved', 'refused'] as const).map((outcome) => ({
    ...{ why: 'request-decided' as const, outcome, by: randomUUID() },
  })),
};

const EVERY: readonly { readonly code: ErrorCode; readonly refusal: Refusal | undefined }[] = [
  ...keysOf(CODES).map((code) => ({ code, refusal: undefined })),
  ...[...keysOf(PLAIN), ...Object.values(FILLED).flat()].map((refusal) => ({
    ...{ code: 'not_allowed' as const, refusal },
  })),
];

describe('a refusal', () => {
  for (const language of BUNDLED)
    it(`has words in ${language}, whatever its code and reason, that a button has room for`, () => {
      const speech = createTexts().speech([language], 'Europe/Berlin');
      const english = createTexts().speech(['en'], 'Europe/Berlin');
      for (const error of EVERY) {
        const text = refusalText(speech, error);
        const what = `${language} ${JSON.stringify(error)}: ${text}`;
        assert.ok(text.length <= 200, what);
        assert.match(text, /[.。)]$|\/\w+$|\/[a-z]+ [\p{L}\d ]+$/u, what);
        // No ids of texts, no codes, and no commands of a command line.
        assert.doesNotMatch(text, /refused-|\b[a-z]+_[a-z]+\b|retention |--\w/, what);
        if (language !== 'en') assert.notEqual(text, refusalText(english, error), what);
      }
    });

  it('is each found by somebody, so that none is worded for nobody', async () => {
    const root = join(import.meta.dirname, '../../src');
    const files = (await readdir(root, { recursive: true })).filter((file) =>
      /^(acts|db|domain|telegram)\/.*\.ts$/.test(file),
    );
    const found = files.filter((file) => !/domain\/errors|texts\/list/.test(file));
    const source = (await Promise.all(found.map((file) => readFile(join(root, file), 'utf8')))).join('\n');
    const all = [...keysOf(PLAIN), ...Object.keys(FILLED), ...keysOf(ACTS)];
    assert.deepEqual(
      all.filter((reason) => !source.includes(`'${reason}'`)),
      [],
    );
  });
});

describe('a member of staff whose Telegram is Russian, in a project whose language is English', () => {
  let at: DeskStage;
  let staff: StaffStage;
  let begun: { id: string; topicId: number };
  let agent = 0;
  let lead = 0;
  before(async () => {
    at = await createDeskStage();
    staff = createStaffStage(at);
    begun = await staff.begin(at.people.anna, 'Where is my parcel?');
    agent = await addStaff('Agata', 'agent');
    lead = await addStaff('Lena', 'supervisor');
  });
  after(() => at.stop());

  async function addStaff(firstName: string, role: Role): Promise<number> {
    assert.ok(ROLES.includes(role));
    const id = at.sandbox.world.addPerson('shop', { role: 'agent', firstName, languageCode: 'ru' });
    at.sandbox.world.play.start(id);
    await at.db
      .insertInto('staff')
      .values({
        ...{ id: randomUUID(), project_id: 'shop', telegram_user_id: id, roles: [role] },
        created_at: new Date(),
      })
      .execute();
    return id;
  }

  /** What the bot replies to a message in the topic. */
  async function replyTo(text: string, by = agent): Promise<string> {
    const { message_id: id } = staff.write(begun.topicId, text, { by });
    const reply = await until(`an answer to ${text}`, () =>
      staff
        .messages(begun.topicId)
        .find(({ reply_to_message: one, from }) => from?.is_bot && one?.message_id === id),
    );
    return reply.text ?? '';
  }

  /** What a button answers that the bot showed, whatever stands on cards at the moment. */
  async function pressed(data: string, by: number) {
    const { message_id: messageId } = await new Api(at.token, {
      apiRoot: at.sandbox.apiRoot,
    }).sendMessage(at.staffChat, 'a card', {
      message_thread_id: begun.topicId,
      reply_markup: new InlineKeyboard().text('press', data),
    });
    const id = at.sandbox.world.play.press(by, { chatId: at.staffChat, messageId, data });
    return until('the button to be answered', () => at.sandbox.world.play.callbackAnswer(id));
  }

  it('reads who may do it', async () => {
    const said = await replyTo('/hold claim 4711');
    assert.match(said, /У вас нет на это прав\. Это могут: руководители и ответственные/);
    assert.match(said, /вы в списке как: сотрудники поддержки/);
  });

  it('reads what a command lacks, with an example', async () => {
    assert.match(await replyTo('/hold', lead), /нужна причина\. Пример: \/hold /);
    assert.match(await replyTo('/tag two words'), /Это не метка.*Пример: \/tag refund/);
    assert.match(await replyTo('/release', lead), /снимать нечего/);
    assert.match(await replyTo('/jurisdiction Mars', lead), /Выберите из: EU, UK.*\/jurisdiction EU/);
    assert.match(await replyTo('/ban he was rude'), /журнал аудита.*TICKET-4711/);
    assert.match(await replyTo('/nonsense'), /Такой команды нет.*\/close/);
  });

  it('reads that a session is not there', async () => {
    const answer = await pressed('r:approve:00000000-0000-4000-8000-000000000000:1', lead);
    assert.match(answer.text ?? '', /Такой беседы здесь нет/);
    assert.ok(answer.showAlert);
    const card = await pressed('c:close:00000000-0000-4000-8000-000000000000', agent);
    assert.match(card.text ?? '', /Эта кнопка больше никуда не ведёт/);
  });

  it('reads that a request is decided already, and by whom', async () => {
    staff.write(begun.topicId, '/hold claim 4711', { by: lead });
    await until('the hold', () => at.db.selectFrom('hold').select('id').executeTakeFirst());
    staff.write(begun.topicId, '/release settled', { by: lead });
    const { id } = await until('the request', () =>
      at.db.selectFrom('approval').select('id').executeTakeFirst(),
    );
    const own = await pressed(`a:approved:${id}`, lead);
    assert.match(own.text ?? '', /одобрить должен второй человек/);
    assert.match(await replyTo('/release', lead), /уже ждёт второго человека/);
    assert.equal((await pressed(`a:approved:${id}`, at.people.supervisor)).text, 'Recorded.');
    const late = await pressed(`a:approved:${id}`, lead);
    assert.match(late.text ?? '', /По этому запросу уже решено\. Одобрил сотрудник [0-9a-f]{8}/);
    assert.ok(late.showAlert);
  });

  it('reads that a session is closed already, and what that leaves', async () => {
    staff.write(begun.topicId, '/close', { by: agent });
    await until('closed', async () => (await staff.session(begun.id)).phase === 'closed');
    assert.match(await replyTo('/close'), /Эта беседа закрыта\. Закрыть можно только открытую/);
  });

  it('reads that an archived session takes no answers and no notes, and where they go instead', async () => {
    const now = new Date();
    await at.db
      .updateTable('session')
      .set({ phase: 'archived', archive_began_at: now, archived_at: now, keep_until: now, keep_rule: 'base' })
      .where('id', '=', begun.id)
      .execute();
    const answered = await replyTo('And another thing');
    assert.match(answered, /Эта беседа в архиве\. Ваш ответ не отправлен\..*начнёт новую/);
    assert.match(await replyTo('/note calls back'), /Заметка не сохранена/);
    assert.match(await replyTo('/reopen'), /Снова открыть можно лишь закрытую/);
  });
});
