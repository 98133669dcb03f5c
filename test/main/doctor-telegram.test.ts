import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { Api } from 'grammy';
import { createDoctorCommand } from '../../src/cli/doctor.ts';
import { telegramStaff } from '../../src/db/doctor.ts';
import type { Finding } from '../../src/domain/doctor.ts';
import { runChecks } from '../../src/main/doctor/run-checks.ts';
import { checkBot, type BotProject } from '../../src/main/doctor/telegram.ts';
import { ALLOWED_UPDATES } from '../../src/telegram/bot.ts';
import { createSupervisorsStage, type SupervisorsStage } from '../telegram/supervisors-stage.ts';
import { until } from '../support/until.ts';

describe('the doctor on a living bot', () => {
  let at: SupervisorsStage;
  let api: Api;
  before(async () => {
    at = await createSupervisorsStage();
    api = new Api(at.token, { apiRoot: at.sandbox.apiRoot });
    const known = async () =>
      (await api.getMyCommands({ scope: { type: 'chat', chat_id: at.staffChat } })).length;
    await until('the commands to be offered', known);
    await until('the first look for updates', async () => (await api.getWebhookInfo()).allowed_updates);
  });
  after(() => at.stop());

  const look = async (change: Partial<BotProject> = {}, with_ = api) => {
    const project = {
      id: 'shop',
      staffChatId: at.staffChat,
      supervisorsChatId: null,
      webhookUrl: null,
      noticeUrl: 'https://example.org/privacy',
      staff: await telegramStaff(at.db, 'shop'),
      languages: ['en', 'ru', 'zh', 'es'],
      updates: ALLOWED_UPDATES,
      ...change,
    };
    return runChecks([checkBot(with_, project)]);
  };
  const wrong = (findings: readonly Finding[]) =>
    findings
      .filter(({ level }) => level !== 'ok')
      .map(({ check, level, found }) => `${level} ${check}: ${found}`);

  it('finds nothing wrong where nothing is, and says what it saw', async () => {
    const findings = await look();
    assert.deepEqual(wrong(findings), []);
    const found = Object.fromEntries(findings.map((one) => [one.check, one.found]));
    assert.equal(found['shop: token'], '@shop_bot');
    assert.equal(found['shop: webhook'], 'none, updates are fetched');
    assert.match(
      found['shop: staff'] ?? '',
      /6, of whom 4 decide reviews and 4 are called by alarms; all are reached/,
    );
    assert.match(found['shop: commands'] ?? '', /^customers \d+, customers in en \d+.*staff \d+$/);
    assert.match(found['shop: kinds of updates'] ?? '', /^all \d+ that the service handles$/);
    assert.match(found['shop: privacy notice'] ?? '', /setprivacypolicy/);
  });

  it('finds staff whom the bot cannot write to, and who are not in the group', async () => {
    at.sandbox.world.play.block(at.second);
    at.sandbox.world.setMember(at.staffChat, at.people.agent, { status: 'left' });
    const [line = '', ...others] = wrong(await look());
    const id = async (person: number) => (await at.staffId(person)).slice(0, 8);
    assert.match(
      line,
      new RegExp(
        `cannot write to staff ${await id(at.second)}; staff ${await id(at.people.agent)} not in the`,
      ),
    );
    assert.deepEqual(others, []);
    at.sandbox.world.play.unblock(at.second);
    at.sandbox.world.setMember(at.staffChat, at.people.agent, { status: 'administrator' });
  });

  it('finds rights that are missing, each by its name', async () => {
    const take = (change: object) => at.sandbox.world.setMember(at.staffChat, at.botId, change);
    take({ canManageTopics: false, canPinMessages: false });
    assert.match(
      wrong(await look()).join(),
      /failure shop: staff group: the bot may not manage topics nor pin messages/,
    );
    take({ canManageTopics: true, canPinMessages: true });
    assert.deepEqual(wrong(await look()), []);
  });

  it('finds a group that the bot is not in, and one for supervisors that it cannot write to', async () => {
    const nowhere = -1_009_999_999_999;
    const lines = wrong(await look({ staffChatId: nowhere, supervisorsChatId: nowhere }));
    assert.ok(lines.some((line) => /staff group: -1009999999999 is no chat that the bot is in/.test(line)));
    assert.ok(lines.some((line) => /supervisors’ group: the bot is not in it/.test(line)));
    assert.deepEqual(wrong(await look({ supervisorsChatId: at.staffChat })), []);
  });

  it('finds that nobody decides, that commands are missing and that kinds of updates are', async () => {
    const lines = wrong(
      await look({ staff: [], languages: ['en', 'de'], updates: [...ALLOWED_UPDATES, 'chat_boost'] }),
    );
    assert.deepEqual(lines, [
      'warning shop: kinds of updates: chat_boost not among those asked for last',
      'failure shop: staff: 0, and nobody who may decide reviews',
      'warning shop: commands: none for customers in de',
    ]);
  });

  it('finds a webhook that takes the updates away, with what waits and its last error', async () => {
    const other = at.sandbox.world.ensureProject({
      ...{ id: 'hooked', title: 'Hooked', staffGroup: { title: 'Hooked' }, people: [] },
      bot: { token: '7777777:hooked', username: 'hooked_bot', name: 'Hooked' },
    });
    const hooked = new Api('7777777:hooked', { apiRoot: at.sandbox.apiRoot });
    // Nobody listens there.
    await hooked.setWebhook('http://127.0.0.1:9/');
    const customer = at.sandbox.world.addPerson('hooked', {
      role: 'customer',
      firstName: 'Eve',
      languageCode: 'en',
    });
    at.sandbox.world.play.start(customer);
    await until('an error', async () => (await hooked.getWebhookInfo()).last_error_message);
    const findings = await look({ id: 'hooked', staffChatId: other.staffChatId, staff: [] }, hooked);
    const found = Object.fromEntries(findings.map((one) => [one.check, one]));
    assert.equal(found['hooked: webhook']?.level, 'failure');
    assert.match(found['hooked: waiting updates']?.found ?? '', /^1; last error of the webhook at \d{4}-/);
  });

  it('finds a token that is none any more', async () => {
    const [finding, ...others] = await look({}, new Api('1:gone', { apiRoot: at.sandbox.apiRoot }));
    assert.deepEqual([finding?.check, finding?.level, others], ['shop: token', 'failure', []]);
  });

  it('is what retention doctor telegram runs alone', async () => {
    const asked: unknown[] = [];
    let text = '';
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += String(chunk);
        done();
      },
    });
    const open = () =>
      Promise.resolve({
        run: (area?: unknown) => {
          asked.push(area);
          return look();
        },
        close: () => Promise.resolve(),
      });
    const command = createDoctorCommand({ stdout, stderr: stdout, open });
    await command.parseAsync(['telegram'], { from: 'user' });
    assert.deepEqual(asked, ['telegram']);
    assert.match(text, /ok {6}shop: token: @shop_bot[\s\S]*10 ok, 0 warnings, 0 failures/);
  });
});
