import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { noteStoreHealth } from '../../src/acts/alarms.ts';
import { raiseAlarm, endAlarm } from '../../src/acts/audit-check.ts';
import { notePollingStart } from '../../src/acts/updates-gap.ts';
import { watch } from '../../src/acts/watchdog.ts';
import { putDelivery } from '../../src/db/deliveries.ts';
import { AppError } from '../../src/domain/errors.ts';
import { probeStores } from '../../src/main/store-probe.ts';
import type { Services } from '../../src/main/services.ts';
import { customerMessage, testProject } from '../support/database.ts';
import { until } from '../support/until.ts';
import { createSupervisorsStage, type SupervisorsStage } from './supervisors-stage.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe('what calls compliance and operators', () => {
  let at: SupervisorsStage;
  before(async () => {
    at = await createSupervisorsStage();
  });
  after(() => at.stop());

  const inCharge = () => [at.compliance, at.operator];
  async function everybodyInChargeSees(text: RegExp, times = 1) {
    for (const person of inCharge())
      await until(`${person} to see ${text}`, () => at.count(person, text) === times);
    // The second supervisor is neither.
    assert.equal(at.count(at.second, text), 0);
  }

  it('an archive that is late, once, and the all-clear', async () => {
    const past = new Date(Date.now() - 3 * DAY_MS);
    const { sessionId = '' } = await at.acts.receiveMessage(customerMessage('Anna Canary', { now: past }));
    const actor = { kind: 'staff', id: 'agent' } as const;
    await at.acts.closeSession({ sessionId, reason: 'agent', actor, now: past });
    for (let looks = 0; looks < 2; looks++) await watch(at.db, { now: new Date(), withAnchor: false });
    await everybodyInChargeSees(/🚨 Test shop: 1 closed session should be archived by now/);
    await sql`update session set phase = 'deleted' where id = ${sessionId}`.execute(at.db);
    await sql`update outbox set delivered_at = now()`.execute(at.db);
    for (let looks = 0; looks < 2; looks++) await watch(at.db, { now: new Date(), withAnchor: false });
    await everybodyInChargeSees(/✅ Test shop: closed sessions are archived in time again/);
    for (const person of inCharge()) assert.ok(!at.chat(person).join().includes('Canary'));
  });

  it('a check of the audit log that failed', async () => {
    const now = new Date();
    await raiseAlarm(at.db, { what: 'damaged', reason: 'changed 1-2', now });
    await everybodyInChargeSees(/🚨 A check found that the audit log was tampered with/);
    await endAlarm(at.db, 'damaged', now);
    await everybodyInChargeSees(/✅ Test shop: the latest check of the audit log found it whole/);
  });

  it('an archive store that does not answer for a quarter of an hour', async () => {
    const store = { store: 'gs://archive', projectIds: ['shop'] };
    const began = Date.now() - 60 * MINUTE_MS;
    const look = (minutes: number, reached: boolean) =>
      noteStoreHealth(at.db, { ...store, reached, now: new Date(began + minutes * MINUTE_MS) });
    const seen = [
      ...[await look(0, false), await look(5, true), await look(10, false), await look(20, false)],
      ...[await look(25, false), await look(30, false), await look(35, true), await look(40, true)],
    ];
    assert.deepEqual(seen, [
      ...[undefined, undefined, undefined, undefined],
      ...['away', undefined, 'back', undefined],
    ]);
    await everybodyInChargeSees(/🚨 Test shop: the archive store has not answered for 15 minutes/);
    await everybodyInChargeSees(/✅ Test shop: the archive store answers again/);
  });

  it('finds that out by asking the stores', async () => {
    const logged: string[] = [];
    const log = { error: (_: unknown, text: string) => logged.push(text), info: () => undefined };
    let away = true;
    const store = {
      url: 'gs://probed',
      async *list() {
        await Promise.resolve();
        if (away) throw new AppError('store_unavailable', 'away');
        yield* [];
      },
    };
    const services = {
      db: at.db,
      log,
      stores: { of: () => Promise.resolve(store) },
      projects: [testProject()],
    } as unknown as Services;
    const began = Date.now() - 60 * MINUTE_MS;
    for (const minutes of [0, 10, 20, 30]) await probeStores(services, new Date(began + minutes * MINUTE_MS));
    assert.deepEqual(logged, ['an archive store is away']);
    away = false;
    await probeStores(services, new Date());
    await everybodyInChargeSees(/the archive store answers again/, 2);
  });

  it('updates that were lost while the bot was away for more than a day, supervisors too', async () => {
    const botId = 4711;
    const now = new Date();
    const mark = (when: Date) => notePollingStart(at.db, { projectId: 'shop', botId, now: when });
    assert.equal(await mark(new Date(now.getTime() - 3 * DAY_MS)), undefined);
    const gap = await mark(now);
    assert.ok(gap);
    const said = new RegExp(`from ${gap.from.toISOString().slice(0, 10)} .* never arrived`);
    for (const person of [...inCharge(), at.second, at.people.supervisor]) await at.sees(person, said);
    assert.equal(await mark(new Date(now.getTime() + 1000)), undefined, 'a gap is told once');
  });

  it('nobody in charge with a chat: the staff group sees it', async () => {
    const { play } = at.sandbox.world;
    const everybody = await at.db.selectFrom('staff').select('telegram_user_id').execute();
    for (const { telegram_user_id: id } of everybody)
      if (id !== null && id !== at.people.agent) play.block(id);
    await raiseAlarm(at.db, { what: 'unanchored', reason: 'anchor away', now: new Date() });
    await until('the alarm in the group', () =>
      at
        .messages(at.people.agent, at.staffChat)
        .some(({ text = '' }) => /could not be stored where nobody can rewrite it/.test(text)),
    );
  });
});

describe('an erasure that is late', () => {
  it('calls those who decide and those who run it, who are told once it is done', async () => {
    const at = await createSupervisorsStage();
    try {
      const now = new Date();
      await at.acts.receiveMessage(customerMessage('Hello', { telegramUserId: 9_100_000_001, now }));
      await at.acts.requestErasure({ projectId: 'shop', telegramUserId: 9_100_000_001, now });
      await sql`update erasure set state = 'confirmed', confirmed_at = now() - interval '13 hours', alarmed_hours = 12,
        target_at = now() + interval '11 hours', deadline_at = now() + interval '35 hours'`.execute(at.db);
      const { id, number } = await at.db
        .selectFrom('erasure')
        .select(['id', 'number'])
        .executeTakeFirstOrThrow();
      const content = { kind: 'erasure-alarm', erasureId: id, hours: 12 } as const;
      await putDelivery(at.db, { projectId: 'shop', target: 'supervisors', content, now });
      const late = new RegExp(`${number} is not done 12 hours after`);
      for (const person of [at.second, at.compliance, at.operator]) await at.sees(person, late);
      assert.equal(at.count(at.compliance, late), 1);
      await watch(at.db, { now, withAnchor: false });
      await sql`update erasure set state = 'done', completed_at = now()`.execute(at.db);
      await watch(at.db, { now, withAnchor: false });
      await watch(at.db, { now, withAnchor: false });
      await at.sees(at.operator, new RegExp(`✅ Test shop: erasure ${number}, which was late, is done`));
      assert.equal(at.count(at.operator, /which was late/), 1);
    } finally {
      await at.stop();
    }
  });
});
