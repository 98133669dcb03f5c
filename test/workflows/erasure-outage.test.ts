import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { archiveContext } from '../../src/archive/names.ts';
import { revisionContext } from '../../src/db/messages.ts';
import { openStream } from '../../src/vault/sealed-stream.ts';
import { createVault } from '../../src/vault/vault.ts';
import { testProject } from '../support/database.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { breakDown } from '../support/store-outage.ts';
import { until } from '../support/until.ts';
import { archivedSession, erase, erasureRow, reaches } from './erasure-stage.ts';
import { closed, objects, released, supervisor } from './session-stage.ts';

const HOUR = 3_600_000;

let stage: LifeStage;
let customers = 80_000;

before(async () => {
  const project = testProject();
  const records = {
    id: 'records',
    when: { tag: ['healthcare'] },
    keepAtLeast: 'P30D',
    from: 'closure' as const,
  };
  stage = await createLifeStage({
    project: {
      ...project,
      policy: {
        ...project.policy,
        rules: [{ ...records, because: 'medical records', exemptFromErasure: true }],
      },
    },
  });
});

after(() => stage.stop());

describe('an archive store that is away for 72 hours after an erasure was confirmed', () => {
  it('keeps no key alive, calls people three times, and delays nothing but the removal', async () => {
    const user = (customers += 1);
    const archived = await archivedSession(stage, user);
    const live = await stage.begin('Anna lives at 7 Mill Lane', user);
    const revision = await revisionOf(live);
    const subject = await subjectOf(user);
    const [name = ''] = await objects(stage, archived);
    const object = await gather(stage.store.get(name));
    const mend = breakDown(stage.store);

    const { erasureId } = await erase(stage, user);
    const keyless = await reaches(stage, erasureId, (row) => row.keys_destroyed_at !== null);
    const confirmedAt = keyless.confirmed_at?.getTime() ?? 0;
    assert.ok((keyless.keys_destroyed_at?.getTime() ?? 0) - confirmedAt < 5 * 60_000, 'within minutes');
    const vault = createVault({ db: stage.keys, kek: stage.kek });
    const place = { project: 'shop', session: archived, subject };
    await assert.rejects(vault.open(revision.sealed, revisionContext(revision.message_id, 1)), {
      code: 'key_destroyed',
    });
    await assert.rejects(gather(openStream(vault, archiveContext(place))(Readable.from([object]))), {
      code: 'key_destroyed',
    });

    await stage.pass('72 hours');
    const late = await erasureRow(stage, erasureId);
    assert.deepEqual([late.state, late.removed_at, late.alarmed_hours], ['confirmed', null, 36]);
    const alarms = await entriesOf(erasureId, 'erasure.late');
    assert.deepEqual(
      alarms.map(({ counts }) => counts),
      [{ hours: 12 }, { hours: 24 }, { hours: 36 }],
    );
    const called = alarms.map(({ at }) => Math.round((at.getTime() - confirmedAt) / HOUR));
    assert.deepEqual(called, [12, 24, 36]);
    assert.deepEqual(await alarmsSent(erasureId), [12, 24, 36]);

    mend();
    const done = await ends(erasureId, 'done');
    assert.equal(done.confirmed_at?.getTime(), confirmedAt, 'the clock is the same');
    assert.ok((done.removed_at?.getTime() ?? 0) - confirmedAt >= 72 * HOUR);
    assert.deepEqual(done.counts, { keys: 3, 'sessions-read-back': 2, 'soft-deleted-objects': 0 });
    assert.deepEqual(await objects(stage, archived), []);
    assert.deepEqual(await alarmsSent(erasureId), [12, 24, 36], 'no alarm came twice');
    for (const sessionId of [archived, live]) assert.equal((await stage.life(sessionId)).phase, 'deleted');
    const [erased] = await entriesOf(archived, 'session.erased');
    assert.deepEqual([erased?.counts['messages'], erased?.counts['objects']], [1, 1]);
  });
});

describe('requests of one person', () => {
  it('at the same moment are one, which all of them join', async () => {
    const user = (customers += 1);
    await stage.begin('a question', user);
    const act = { projectId: 'shop', telegramUserId: user, now: await stage.now() };
    // Nobody can write until all of them have looked and found no request under way.
    const asking = await stage.db.transaction().execute(async (tx) => {
      await sql`lock table erasure in exclusive mode`.execute(tx);
      const asked = Array.from({ length: 4 }, () => stage.acts.requestErasure(act));
      await until('all of them wait', async () => {
        const { rows } = await sql`
          select from pg_locks where not granted and relation = 'erasure'::regclass`.execute(stage.aside);
        return rows.length === 4;
      });
      return { asked };
    });
    const outcomes = await Promise.all(asking.asked);
    assert.equal(new Set(outcomes.map(({ erasureId }) => erasureId)).size, 1);
    assert.equal(outcomes.filter(({ joined }) => !joined).length, 1);
  });
});

describe('a request that nobody confirms', () => {
  it('expires after a week, with nothing deleted', async () => {
    const user = (customers += 1);
    const sessionId = await stage.begin('a question', user);
    const { erasureId } = await stage.acts.requestErasure({
      projectId: 'shop',
      telegramUserId: user,
      now: await stage.now(),
    });
    await stage.relay();
    const before = await revisionOf(sessionId);
    await stage.pass('8 days');
    const { completed_at: endedAt } = await ends(erasureId, 'expired');
    assert.ok(endedAt);
    await stage.vault.open(before.sealed, revisionContext(before.message_id, 1));
    assert.equal((await stage.life(sessionId)).erased, false);
  });
});

describe('what a ground keeps against an erasure', () => {
  it('stays under a hold, and is erased by itself within a day of its end', async () => {
    const user = (customers += 1);
    const held = await archivedSession(stage, user);
    const endsAt = new Date((await stage.now()).getTime() + 20 * 24 * HOUR);
    await stage.acts.placeHold({
      sessionId: held,
      reason: 'a court case',
      endsAt,
      actor: supervisor,
      now: await stage.now(),
    });
    await staysAndGoes(user, held, endsAt);
  });

  it('stays by law where the policy says so, and is erased by itself within a day of its date', async () => {
    const user = (customers += 1);
    const sessionId = await stage.begin('a diagnosis', user);
    await stage.acts.changeTag({
      sessionId,
      tag: 'healthcare',
      change: 'add',
      actor: supervisor,
      now: await stage.now(),
    });
    await stage.relay();
    await closed(stage, sessionId);
    const { closedAt } = await stage.life(sessionId);
    await stage.pass('13 hours');
    await stage.stands(sessionId, 'archived');
    await staysAndGoes(user, sessionId, new Date((closedAt?.getTime() ?? 0) + 30 * 24 * HOUR));
  });

  it('is erased as soon as its hold is released', async () => {
    const user = (customers += 1);
    const kept = await underHold(user);
    const { erasureId } = await erase(stage, user);
    await ends(erasureId, 'restricted');
    await released(stage, kept);
    await stage.relay();
    await ends(erasureId, 'done');
    assert.equal((await stage.life(kept)).phase, 'deleted');
  });

  it('is erased as soon as the rest is, where its hold is released meanwhile', async () => {
    const user = (customers += 1);
    const kept = await underHold(user);
    const other = await archivedSession(stage, user);
    const mend = breakDown(stage.store);
    const { erasureId } = await erase(stage, user);
    await reaches(stage, erasureId, (row) => row.keys_destroyed_at !== null);
    await released(stage, kept);
    await stage.relay();
    mend();
    await ends(erasureId, 'done');
    for (const sessionId of [kept, other]) assert.equal((await stage.life(sessionId)).phase, 'deleted');
  });

  async function underHold(user: number): Promise<string> {
    const sessionId = await archivedSession(stage, user);
    const hold = { sessionId, reason: 'a court case', actor: supervisor, now: await stage.now() };
    await stage.acts.placeHold(hold);
    return sessionId;
  }

  async function staysAndGoes(user: number, kept: string, groundEnds: Date) {
    const other = await stage.begin('something else', user);
    const { erasureId } = await erase(stage, user);
    await ends(erasureId, 'restricted');
    assert.equal((await stage.life(other)).phase, 'deleted');
    const life = await stage.life(kept);
    assert.deepEqual([life.phase, life.restrictedAt !== null], ['archived', true]);
    assert.equal((await objects(stage, kept)).length, 1);
    assert.equal(await stage.vault.stillThere(kept), 1);

    await stage.pass(groundEnds.getTime() - (await stage.now()).getTime() - HOUR);
    assert.equal((await stage.life(kept)).phase, 'archived', 'not before its ground ends');
    await stage.pass('26 hours');
    await ends(erasureId, 'done');
    assert.equal((await stage.life(kept)).phase, 'deleted');
    assert.deepEqual(await objects(stage, kept), []);
    assert.equal(await stage.vault.stillThere(kept), 0);
    await assert.rejects(subjectOf(user));
  }
});

const ends = (erasureId: string, state: string) => reaches(stage, erasureId, (row) => row.state === state);

function entriesOf(objectId: string, action: string) {
  return stage.db
    .selectFrom('audit_entry')
    .select(['at', 'counts'])
    .where('object_id', '=', objectId)
    .where('action', '=', action)
    .orderBy('seq')
    .execute();
}

async function alarmsSent(erasureId: string): Promise<unknown[]> {
  const rows = await stage.db
    .selectFrom('delivery')
    .select('payload')
    .where('kind', '=', 'erasure-alarm')
    .where('target', '=', 'supervisors')
    .orderBy('id')
    .execute();
  return rows
    .filter(({ payload }) => payload['erasureId'] === erasureId)
    .map(({ payload }) => payload['hours']);
}

function revisionOf(sessionId: string) {
  return stage.db
    .selectFrom('revision')
    .selectAll('revision')
    .innerJoin('message', 'message.id', 'revision.message_id')
    .where('message.session_id', '=', sessionId)
    .executeTakeFirstOrThrow();
}

async function subjectOf(user: number): Promise<string> {
  const { id } = await stage.db
    .selectFrom('subject')
    .select('id')
    .where('telegram_user_id', '=', user)
    .executeTakeFirstOrThrow();
  return id;
}

async function gather(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of source) all.push(chunk);
  return Buffer.concat(all);
}
