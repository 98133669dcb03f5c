import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Updateable } from 'kysely';
import { readLife } from '../../src/db/life.ts';
import type { SessionTable } from '../../src/db/tables.ts';
import { decide } from '../../src/domain/decision.ts';
import { addDuration } from '../../src/domain/durations.ts';
import { policySchema } from '../../src/domain/policy.ts';
import {
  addProject,
  createTestDatabase,
  customerMessage,
  testProject,
  type TestDatabase,
} from '../support/database.ts';

const compliance = { kind: 'staff', id: 'compliance-1', role: 'compliance' } as const;
const BEGAN = new Date('2026-01-05T10:00:00Z');
const NOW = new Date('2026-03-01T12:00:00Z');

let at: TestDatabase;
before(async () => {
  at = await createTestDatabase();
  const policy = policySchema.parse({
    ...testProject().policy,
    keep: 'P12M',
    rules: [
      { id: 'eu', when: { jurisdiction: 'EU' }, keepAtMost: 'P6M', because: 'storage limitation' },
      { id: 'agreed', when: { authorized: true }, keepAtLeast: 'P5Y', because: 'the customer wants it' },
      {
        id: 'records',
        when: { tag: 'healthcare' },
        from: 'majority',
        keepAtLeast: 'P10Y',
        because: 'medical records',
      },
      {
        id: 'contracts',
        when: { tag: 'contract' },
        from: { event: 'contract-end', atLatest: 'P10Y' },
        keepAtLeast: 'P1Y',
        because: 'claims',
      },
    ],
  });
  await addProject(at.db, testProject({ policy, jurisdiction: 'US' }));
});
after(() => at.drop());

let lastUser = 100;

/** A customer of whom one session is archived since January, as it would have been decided then. */
async function archived(language?: string) {
  const telegramUserId = ++lastUser;
  const sessionId = await session(telegramUserId, language);
  await archive(sessionId);
  return { telegramUserId, sessionId, subjectId: (await life(sessionId)).subjectId ?? '' };
}

async function session(telegramUserId: number, language?: string): Promise<string> {
  const message = customerMessage('hello', { telegramUserId, now: BEGAN });
  const from = { ...message.from, ...(language && { language }) };
  return (await at.acts.receiveMessage({ ...message, from })).sessionId ?? '';
}

async function archive(sessionId: string) {
  const set = (columns: Updateable<SessionTable>) =>
    at.db.updateTable('session').set(columns).where('id', '=', sessionId).execute();
  const then = { closed_at: BEGAN, archived_at: BEGAN, archive_began_at: BEGAN, keep_until: BEGAN };
  await set({ phase: 'archived', ...then });
  const { policy, ...facts } = await life(sessionId);
  await set({ keep_until: decide(policy, { ...facts, closedAt: BEGAN }).keepUntil });
}

const life = (id: string) => readLife(at.db, id, NOW);
/** The day a session goes, without the hours that its id adds to it. */
async function keptUntil(sessionId: string) {
  const at = await life(sessionId);
  const { spreadMs } = decide(at.policy, { ...at, closedAt: at.closedAt ?? NOW });
  return new Date((at.keepUntil?.getTime() ?? 0) - spreadMs).toISOString().slice(0, 10);
}
const near = async (sessionId: string, period: string) => {
  const { keepUntil } = await life(sessionId);
  const asked = addDuration(BEGAN, period, 'UTC').getTime();
  const late = (keepUntil?.getTime() ?? 0) - asked;
  assert.ok(late >= 0 && late <= 86_400_000, `${keepUntil?.toISOString() ?? ''} is not ${period} on`);
};

function subject(id: string) {
  return at.db.selectFrom('subject').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

function entriesOf(id: string) {
  return at.db
    .selectFrom('audit_entry')
    .select(['action', 'actor_kind', 'actor_id', 'reason', 'counts'])
    .where('object_id', '=', id)
    .orderBy('seq')
    .execute();
}

function told(sessionId: string) {
  return at.db.selectFrom('throttled_event').select('event').where('session_id', '=', sessionId).execute();
}

describe('the jurisdiction of a customer', () => {
  it('is guessed at first contact from a language that tells it', async () => {
    const { subjectId } = await archived('de');
    const { jurisdiction, jurisdiction_origin: origin } = await subject(subjectId);
    assert.deepEqual([jurisdiction, origin], ['EU', 'language']);
  });

  it('is left to the project where the language tells nothing', async () => {
    const { subjectId, sessionId } = await archived('en');
    const { jurisdiction, jurisdiction_origin: origin } = await subject(subjectId);
    assert.deepEqual([jurisdiction, origin], [null, null]);
    assert.deepEqual((await life(sessionId)).jurisdictions, ['US']);
  });

  it('that the customer chooses decides every archived session anew and tells the workflows that go earlier', async () => {
    const { telegramUserId, sessionId, subjectId } = await archived('en');
    await near(sessionId, 'P12M');
    const outcome = await at.acts.chooseJurisdiction({
      projectId: 'shop',
      telegramUserId,
      jurisdiction: 'EU',
      now: NOW,
    });
    assert.deepEqual(outcome, { changed: true, sessions: 1, earlier: 1 });
    await near(sessionId, 'P6M');
    assert.deepEqual(await told(sessionId), [{ event: 'redated' }]);
    assert.deepEqual(await entriesOf(subjectId), [
      {
        action: 'subject.jurisdiction',
        actor_kind: 'customer',
        actor_id: subjectId,
        reason: 'US (default of the project) -> EU (customer)',
        counts: { sessions: 1, earlier: 1 },
      },
    ]);
  });

  it('that comes later tells no workflow: it reads the new date when it wakes', async () => {
    const { telegramUserId, sessionId } = await archived('de');
    await near(sessionId, 'P6M');
    await at.acts.chooseJurisdiction({ projectId: 'shop', telegramUserId, jurisdiction: 'US', now: NOW });
    await near(sessionId, 'P12M');
    assert.deepEqual(await told(sessionId), []);
  });

  it('that staff correct replaces the choice, and the choice made after that replaces theirs', async () => {
    const { telegramUserId, subjectId } = await archived('de');
    const choose = (jurisdiction: 'BR' | 'CH') =>
      at.acts.chooseJurisdiction({ projectId: 'shop', telegramUserId, jurisdiction, now: NOW });
    await choose('BR');
    await at.acts.correctJurisdiction({
      subjectId,
      jurisdiction: 'uk',
      reason: 'TICKET-4711',
      actor: compliance,
      now: NOW,
    });
    const corrected = await subject(subjectId);
    assert.deepEqual([corrected.jurisdiction, corrected.jurisdiction_origin], ['UK', 'staff']);
    assert.equal((await entriesOf(subjectId)).at(-1)?.reason, 'BR (customer) -> UK (staff); TICKET-4711');
    await choose('CH');
    const chosen = await subject(subjectId);
    assert.deepEqual([chosen.jurisdiction, chosen.jurisdiction_origin], ['CH', 'customer']);
  });

  it('that a person said is not overwritten by a guess, whatever language comes', async () => {
    const { telegramUserId, subjectId } = await archived('en');
    await at.acts.chooseJurisdiction({ projectId: 'shop', telegramUserId, jurisdiction: 'BR', now: NOW });
    await session(telegramUserId, 'de');
    assert.equal((await subject(subjectId)).jurisdiction, 'BR');
  });

  it('of a customer whom only an import knows is guessed at the first message, and old sessions follow', async () => {
    const { telegramUserId, sessionId, subjectId } = await archived();
    assert.equal((await subject(subjectId)).language, null);
    await session(telegramUserId, 'de');
    const { language, jurisdiction, jurisdiction_origin: origin } = await subject(subjectId);
    assert.deepEqual([language, jurisdiction, origin], ['de', 'EU', 'language']);
    await near(sessionId, 'P6M');
  });

  it('is corrected only to one that there is, and with a reason that is no free text', async () => {
    const { subjectId } = await archived('en');
    const correct = (change: { jurisdiction?: string; reason?: string }) =>
      at.acts.correctJurisdiction({ subjectId, jurisdiction: 'EU', actor: compliance, now: NOW, ...change });
    await assert.rejects(correct({ jurisdiction: 'Mars' }), {
      code: 'input_invalid',
      message: /one of: EU, UK/,
    });
    await assert.rejects(correct({ reason: 'Anna told me so' }), { code: 'input_invalid' });
    assert.deepEqual(await entriesOf(subjectId), []);
  });

  it('that is said again changes nothing and leaves no entry', async () => {
    const { telegramUserId, subjectId } = await archived('en');
    const again = () =>
      at.acts.chooseJurisdiction({ projectId: 'shop', telegramUserId, jurisdiction: 'JP', now: NOW });
    assert.equal((await again()).changed, true);
    assert.equal((await again()).changed, false);
    assert.equal((await entriesOf(subjectId)).length, 1);
  });

  it('brings a session in review back to the archive when its date lies ahead again, and renews its card', async () => {
    const { telegramUserId, sessionId } = await archived('de');
    await at.db
      .updateTable('session')
      .set({ phase: 'review', review_round: 1, keep_until: BEGAN })
      .where('id', '=', sessionId)
      .execute();
    await at.db
      .insertInto('review')
      .values({ session_id: sessionId, round: 1, opened_at: BEGAN, due_at: NOW, on_silence: 'delete' })
      .execute();
    await at.acts.chooseJurisdiction({ projectId: 'shop', telegramUserId, jurisdiction: 'US', now: NOW });
    const { phase, review } = await life(sessionId);
    assert.deepEqual([phase, review?.ended], ['archived', 'relabel']);
    const cards = await at.db
      .selectFrom('delivery')
      .select('kind')
      .where('session_id', '=', sessionId)
      .where('target', '=', 'supervisors')
      .execute();
    assert.deepEqual(cards, [{ kind: 'review-card' }]);
  });

  it('leaves a session alone whose deletion has begun', async () => {
    const { telegramUserId, sessionId } = await archived('de');
    await at.db
      .updateTable('session')
      .set({ phase: 'review', deletion_began_at: NOW })
      .where('id', '=', sessionId)
      .execute();
    const before = (await life(sessionId)).keepUntil;
    await at.acts.chooseJurisdiction({ projectId: 'shop', telegramUserId, jurisdiction: 'US', now: NOW });
    assert.deepEqual((await life(sessionId)).keepUntil, before);
  });

  it('that is chosen twenty times at once, while messages come, ends with one of the choices', async () => {
    const { telegramUserId, sessionId } = await archived('en');
    const places = ['EU', 'US'] as const;
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const jurisdiction = places[n % 2] ?? 'EU';
        await at.acts.chooseJurisdiction({ projectId: 'shop', telegramUserId, jurisdiction, now: NOW });
        await at.acts.receiveMessage(customerMessage('and', { telegramUserId, now: NOW }));
      }),
    );
    const [jurisdiction] = (await life(sessionId)).jurisdictions;
    await near(sessionId, jurisdiction === 'EU' ? 'P6M' : 'P12M');
  });
});

describe('the authorization of a customer', () => {
  it('keeps their sessions longer where a rule asks for it, until they take it back', async () => {
    const { telegramUserId, sessionId, subjectId } = await archived('en');
    const authorize = (granted: boolean) =>
      at.acts.authorizeLonger({ projectId: 'shop', telegramUserId, granted, now: NOW });
    assert.deepEqual(await authorize(true), { changed: true, sessions: 1, earlier: 0 });
    await near(sessionId, 'P5Y');
    assert.deepEqual((await subject(subjectId)).authorized_at, NOW);
    assert.deepEqual(await authorize(false), { changed: true, sessions: 1, earlier: 1 });
    await near(sessionId, 'P12M');
    assert.deepEqual(
      (await entriesOf(subjectId)).map(({ action }) => action),
      ['subject.authorized', 'subject.authorization-withdrawn'],
    );
  });

  it('taken back leaves a tag of staff in force that says the same', async () => {
    const { telegramUserId, sessionId } = await archived('en');
    const tag = { sessionId, tag: 'authorized', actor: compliance, now: NOW };
    await at.acts.changeTag({ ...tag, change: 'add' });
    for (const granted of [true, false])
      await at.acts.authorizeLonger({ projectId: 'shop', telegramUserId, granted, now: NOW });
    await near(sessionId, 'P5Y');
    const { after } = await at.acts.previewTag({ ...tag, change: 'remove' });
    assert.equal(after?.decidedBy, 'base');
  });
});

describe('the majority of a customer', () => {
  it('moves what rules count from it, and its date is nowhere in the audit', async () => {
    const { sessionId, subjectId } = await archived('en');
    await at.acts.changeTag({ sessionId, tag: 'healthcare', change: 'add', actor: compliance, now: NOW });
    await near(sessionId, 'P10Y');
    const on = new Date('2031-05-01T00:00:00Z');
    await at.acts.setMajority({ subjectId, on, actor: compliance, now: NOW });
    assert.equal(await keptUntil(sessionId), '2041-05-01');
    await at.acts.setMajority({ subjectId, on: null, actor: compliance, now: NOW });
    await near(sessionId, 'P10Y');
    const entries = await entriesOf(subjectId);
    assert.deepEqual(
      entries.map(({ action, reason }) => [action, reason]),
      [
        ['subject.majority', 'known'],
        ['subject.majority', 'unknown'],
      ],
    );
  });
});

describe('a dated event', () => {
  it('counts at its latest until it is told, and again once that is taken back', async () => {
    const { sessionId } = await archived('en');
    const date = (on: Date | null) =>
      at.acts.dateEvent({ sessionId, event: 'contract-end', at: on, actor: compliance, now: NOW });
    await at.acts.changeTag({ sessionId, tag: 'contract', change: 'add', actor: compliance, now: NOW });
    await near(sessionId, 'P11Y');
    await date(new Date('2027-03-01T00:00:00Z'));
    assert.equal(await keptUntil(sessionId), '2028-03-01');
    await date(null);
    await near(sessionId, 'P11Y');
    const entries = (await entriesOf(sessionId)).filter(({ action }) => action === 'event.dated');
    assert.deepEqual(
      entries.map(({ reason }) => reason),
      ['contract-end 2027-03-01T00:00:00.000Z', 'contract-end unknown'],
    );
    const events = await at.db
      .selectFrom('outbox')
      .select('event')
      .where('session_id', '=', sessionId)
      .where('event', '=', 'redated')
      .execute();
    assert.equal(events.length, 2);
  });

  it('is kept on an open session, and refused once its deletion has begun', async () => {
    const sessionId = await session(++lastUser);
    const act = { sessionId, event: 'contract-end', at: NOW, actor: compliance, now: NOW };
    assert.equal(await at.acts.dateEvent(act), null);
    assert.deepEqual((await life(sessionId)).events, { 'contract-end': NOW });
    await assert.rejects(at.acts.dateEvent({ ...act, event: 'Two words' }), { code: 'input_invalid' });
    await archive(sessionId);
    await at.db.updateTable('session').set({ deletion_began_at: NOW }).where('id', '=', sessionId).execute();
    await assert.rejects(at.acts.dateEvent(act), { code: 'deletion_began' });
  });
});
