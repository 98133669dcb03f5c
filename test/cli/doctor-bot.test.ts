import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Api } from 'grammy';
import type { Role } from '../../src/domain/roles.ts';
import { checkBot } from '../../src/main/doctor/telegram.ts';
import { levels, startAnswers } from './doctor-stage.ts';

describe('the doctor on a bot', () => {
  const project = {
    ...{ id: 'shop', staffChatId: -1001, supervisorsChatId: null, languages: ['en'], updates: ['message'] },
    webhookUrl: null as string | null,
    noticeUrl: 'https://example.org/privacy',
    staff: [{ id: 'staff-1', telegramUserId: 502, roles: ['agent', 'supervisor'] as Role[] }],
  };
  const good = {
    me: { id: 77, username: 'shop_bot', can_read_all_group_messages: false },
    webhook: { url: '', pending_update_count: 0 },
    chat: { id: -1001, type: 'supergroup', is_forum: true },
    member: {
      status: 'administrator',
      can_manage_topics: true,
      can_delete_messages: true,
      can_pin_messages: true,
    },
  };
  let says: typeof good = good;
  let telegram: Awaited<ReturnType<typeof startAnswers>>;
  before(async () => {
    const answer = (result: unknown) => ({ ok: true, result });
    telegram = await startAnswers(() => ({
      '/bot1:x/getMe': answer(says.me),
      '/bot1:x/getWebhookInfo': answer(says.webhook),
      '/bot1:x/getChat': answer(says.chat),
      '/bot1:x/getChatMember': answer(says.member),
      '/bot1:x/getMyCommands': answer([{ command: 'start', description: 'Begin' }]),
      '/bot1:x/sendChatAction': answer(true),
    }));
  });
  after(() => telegram.stop());

  const wrong = async (change: Partial<typeof good>, ofProject: Partial<typeof project> = {}) => {
    says = { ...good, ...change };
    const check = checkBot(new Api('1:x', { apiRoot: telegram.url }), { ...project, ...ofProject });
    return Object.entries(await levels(check)).filter(([, level]) => level !== 'ok');
  };

  it('finds each thing that keeps messages from arriving', async () => {
    assert.deepEqual(await wrong({}), []);
    const hook = { ...good.webhook, url: 'https://here/telegram/shop' };
    assert.deepEqual(await wrong({ webhook: hook }, { webhookUrl: hook.url }), []);
    assert.deepEqual(await wrong({}, { webhookUrl: hook.url }), [['shop: webhook', 'failure']]);
    assert.deepEqual(await wrong({ webhook: { ...good.webhook, url: 'https://elsewhere' } }), [
      ['shop: webhook', 'failure'],
    ]);
    assert.deepEqual(await wrong({ chat: { ...good.chat, is_forum: false } }), [
      ['shop: staff group', 'failure'],
      ['shop: privacy mode', 'warning'],
    ]);
    assert.deepEqual(await wrong({ member: { ...good.member, can_delete_messages: false } }), [
      ['shop: staff group', 'failure'],
    ]);
    assert.deepEqual(await wrong({ member: { ...good.member, status: 'member' } }), [
      ['shop: staff group', 'failure'],
      ['shop: privacy mode', 'warning'],
    ]);
    assert.deepEqual(await wrong({}, { noticeUrl: '' }), [['shop: privacy notice', 'warning']]);
  });
});
