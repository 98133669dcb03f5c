import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Api } from 'grammy';
import { createChatGate } from '../../src/telegram/chat-gate.ts';
import { claimDeliveries, putDelivery } from '../../src/db/deliveries.ts';
import { whileClaimed } from '../../src/telegram/claim.ts';
import { until } from '../support/until.ts';
import { createStaffStage, type StaffStage } from './staff-stage.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

type Transform = ReturnType<typeof createChatGate>;
type Method = keyof Api['raw'];

describe('a chat that Telegram slows down', () => {
  let at: DeskStage;
  let staff: StaffStage;
  before(async () => {
    at = await createDeskStage();
    staff = createStaffStage(at);
  });
  after(() => at.stop());

  it('is left alone by every conversation for as long as Telegram says, and no other chat waits', async () => {
    const { anna, boris } = at.people;
    const { faults, play } = at.sandbox.world;
    const first = await staff.begin(anna, 'one');
    const second = await staff.begin(boris, 'two');
    const outcome = { errorCode: 429, retryAfter: 4 };
    faults.add({ method: 'copyMessage', chatId: at.staffChat, times: 1, outcome });
    const since = Date.now();
    play.send(anna, { text: 'refused' });
    await until('the refusal', () =>
      at.db.selectFrom('delivery').select('id').where('done_at', 'is', null).executeTakeFirst(),
    );
    // The scripted refusal is used up: whoever asked Telegram now would be let in.
    play.send(boris, { text: 'of another conversation' });
    staff.write(first.topicId, 'to her own chat');
    await at.sees(anna, /^to her own chat$/);
    assert.ok(Date.now() - since < 3500, 'her chat did not wait');
    assert.ok(!staff.messages(second.topicId).some(({ text }) => text === 'of another conversation'));
    await staff.says(second.topicId, /^of another conversation$/);
    await staff.says(first.topicId, /^refused$/);
    assert.ok(Date.now() - since >= 3500, 'the group was asked before its time');
  });
});

describe('the gate of a bot', () => {
  it('lets thirty calls a second through over all chats, in the order in which they came', async () => {
    const begun: { chat: unknown; at: number }[] = [];
    const call = gate((payload) => begun.push({ chat: payload.chat_id, at: performance.now() }));
    await Promise.all(
      Array.from({ length: 75 }, (_, chat) => call('sendMessage', { chat_id: chat, text: 'x' })),
    );
    assert.deepEqual(
      begun.map(({ chat }) => chat),
      Array.from({ length: 75 }, (_, chat) => chat),
    );
    for (const [index, { at: time }] of begun.entries()) {
      const before = begun[index - 30];
      if (before)
        assert.ok(
          time - before.at >= 999,
          `call ${index} came ${time - before.at} ms after the 30th before it`,
        );
    }
  });

  it('lets what takes back a message through a closed chat, and nothing else', async () => {
    let refused = true;
    const call = gate(
      () => undefined,
      () => refused,
    );
    assert.equal((await call('sendMessage', { chat_id: 1, text: 'x' })).ok, false);
    refused = false;
    const again = await call('sendMessage', { chat_id: 1, text: 'x' });
    assert.ok(!again.ok && again.error_code === 429 && (again.parameters?.retry_after ?? 0) > 8);
    assert.equal((await call('deleteMessage', { chat_id: 1, message_id: 2 })).ok, true);
    assert.equal((await call('sendMessage', { chat_id: 2, text: 'x' })).ok, true);
  });
});

/** A gate before a Telegram that takes everything, or refuses it for nine seconds. */
function gate(taken: (payload: { chat_id?: unknown }) => void, isRefused = () => false) {
  const transform = createChatGate(() => new Date());
  const telegram = ((_method: Method, payload: { chat_id?: unknown }) => {
    if (isRefused())
      return Promise.resolve({
        ok: false,
        error_code: 429,
        description: 'slow',
        parameters: { retry_after: 9 },
      });
    taken(payload);
    return Promise.resolve({ ok: true, result: true });
  }) as unknown as Parameters<Transform>[0];
  return (method: Method, payload: { chat_id: number; [name: string]: unknown }) =>
    transform(telegram, method, payload as never, undefined);
}

describe('a delivery that takes long', () => {
  let at: DeskStage;
  before(async () => {
    at = await createDeskStage();
  });
  after(() => at.stop());

  it('is claimed by nobody else until it is through, and by somebody where its process is gone', async () => {
    // In a year in which the bot of the stage sends nothing.
    let now = new Date('2099-01-01');
    const content = { kind: 'delete-copies', chatId: at.staffChat, messageIds: [1] } as const;
    await putDelivery(at.db, { projectId: 'shop', target: 'staff', content, now });
    const [claimed] = await claimDeliveries(at.db, 'shop', now, 1);
    assert.ok(claimed);
    const later = (seconds: number) => (now = new Date(now.getTime() + seconds * 1000));
    await whileClaimed(
      { db: at.db, clock: () => now },
      claimed,
      async () => {
        for (let call = 0; call < 3; call++) {
          const lapses = later(45).getTime() + 60_000;
          await until('the renewal', async () => (await dueAt(at, claimed.id)) === lapses);
          assert.deepEqual(await claimDeliveries(at.db, 'shop', later(5), 1), []);
        }
      },
      20,
    );
    const [other] = await claimDeliveries(at.db, 'shop', later(61), 1);
    assert.equal(other?.id, claimed.id);
    const lapses = await dueAt(at, claimed.id);
    let renewals = 0;
    const clock = () => {
      renewals += 1;
      return later(1000);
    };
    await whileClaimed({ db: at.db, clock }, claimed, () => until('renewals', () => renewals > 1), 20);
    assert.equal(await dueAt(at, claimed.id), lapses, 'whoever lost it renews it no more');
  });
});

async function dueAt(at: DeskStage, id: number): Promise<number> {
  const row = await at.db
    .selectFrom('delivery')
    .select('next_attempt_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row.next_attempt_at.getTime();
}
