import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Api, InlineKeyboard } from 'grammy';
import { sql } from 'kysely';
import { queueDigest } from '../../src/acts/digests.ts';
import { queueReminders } from '../../src/acts/review-reminders.ts';
import { placeHold } from '../../src/acts/holds.ts';
import { planBulk } from '../../src/acts/review-bulk.ts';
import { putDelivery } from '../../src/db/deliveries.ts';
import { readDigest, waitingRules } from '../../src/db/digests.ts';
import { nextReview } from '../../src/db/reviews.ts';
import type { ProjectFile } from '../../src/domain/project.ts';
import { testProject } from '../support/database.ts';
import { until } from '../support/until.ts';
import { createSupervisorsStage, type SupervisorsStage } from './supervisors-stage.ts';

const DAY_MS = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY_MS);

/** Queues the digest as if its hour had come. */
const digest = (at: SupervisorsStage, day = new Date()) =>
  queueDigest(at.db, {
    ...{ projectId: 'shop', now: day },
    times: { digestAt: '00:00', quiet: 'off', timeZone: 'UTC' },
  });

describe('the digest of supervisors', () => {
  let at: SupervisorsStage;
  let imported: string[] = [];
  before(async () => {
    at = await createSupervisorsStage();
    await at.inReview(2, { openedAt: ago(6.5) });
    await at.inReview(1, { openedAt: ago(5) });
    imported = await at.inReview(3, { withTopic: false, tag: 'transaction' });
  });
  after(() => at.stop());

  it('counts what waits, what ends soon, what silence will do and what has no card', async () => {
    await until('the cards', () => at.count(at.second, /Review of session/) === 3);
    assert.ok(await digest(at));
    const text = await at.sees(at.second, /☀️/);
    assert.match(text, /6 reviews wait for a decision/);
    assert.match(text, /Ending within 1 day: 2, 3 days: 3, 7 days: 6\./);
    assert.match(text, /The first ends at \d{4}-.*: 12 hours left/);
    assert.match(text, /If nobody decides, 6 will be deleted\./);
    assert.match(text, /3 of them came without a card/);
    await at.sees(at.people.supervisor, /☀️/);
    assert.equal(at.count(at.operator, /☀️/), 0);
  });

  it('comes once a day, however many processes look, and not where nothing waits', async () => {
    const queued = await Promise.all([digest(at), digest(at)]);
    assert.deepEqual(queued, [false, false]);
    const yesterday = await Promise.all([digest(at, ago(1)), digest(at, ago(1))]);
    assert.deepEqual(yesterday.sort(), [false, true]);
    await until('the second', () => at.count(at.second, /☀️/) === 2);
  });

  it('leads from one review to the next, also to those that have no card', async () => {
    const cards = () => at.messages(at.second).filter(({ text = '' }) => /^⏳ Review/.test(text));
    const newest = () => cards().at(-1);
    const shown = new Set<string>();
    await at.press(at.second, 'Next ›', { says: /☀️/ });
    for (let seen = 0; seen < 6; seen++) {
      const card = await until('the next card', () => {
        const id = /session ([0-9a-f]{8})/.exec(newest()?.text ?? '')?.[1];
        return id !== undefined && !shown.has(id) && { id, text: newest()?.text ?? '' };
      });
      shown.add(card.id);
      if (seen < 5) await at.press(at.second, 'Next ›', { says: new RegExp(card.id) });
    }
    for (const sessionId of imported) assert.ok(shown.has(sessionId.slice(0, 8)));
    assert.equal(cards().length, 6, 'a chat has one card of a review: the older one gave way');
  });

  it('reminds of many in one message, and of those without a card', async () => {
    const ids = await at.inReview(4, { openedAt: ago(6.6), withTopic: false });
    assert.equal(ids.length, 4);
    await queueReminders(at.db, new Date());
    const text = await at.sees(at.people.supervisor, /^⏰ Test shop/);
    assert.match(text, /Ending within 1 day: 6/);
    await until('the single ones', () => at.count(at.people.supervisor, /^⏰ Session/) === 3);
    await queueReminders(at.db, new Date());
    const queued = await at.db
      .selectFrom('delivery')
      .select('id')
      .where('kind', '=', 'reviews-ending')
      .execute();
    assert.equal(queued.length, 1);
  });
});

describe('what an erasure left restricted', () => {
  let at: SupervisorsStage;
  let kept = '';
  before(async () => {
    at = await createSupervisorsStage();
    [kept = ''] = await at.inReview(1, { openedAt: ago(6.5), tag: 'transaction' });
  });
  after(() => at.stop());

  const card = () => at.messages(at.second).findLast(({ text = '' }) => text.includes(kept.slice(0, 8)));

  it('loses the buttons of its card, and what the card said', async () => {
    await at.sees(at.second, /⏳ Review of session/);
    await until('its buttons', () => card()?.reply_markup !== undefined);
    const { subject_id: subjectId } = await at.db
      .selectFrom('session')
      .select('subject_id')
      .where('id', '=', kept)
      .executeTakeFirstOrThrow();
    const { id: telegramUserId } = await at.db
      .selectFrom('subject')
      .select('telegram_user_id as id')
      .where('id', '=', subjectId ?? '')
      .executeTakeFirstOrThrow();
    const person = { projectId: 'shop', telegramUserId: Number(telegramUserId) };
    const actor = { kind: 'staff', id: await at.staffId(at.compliance) } as const;
    await placeHold(at, { sessionId: kept, reason: 'claim', actor, now: new Date() });
    const { nonce } = await at.acts.requestErasure({ ...person, now: new Date() });
    await at.acts.confirmErasure({ ...person, nonce: nonce ?? '', now: new Date() });
    const closed = await until('the card to close', () => /Restricted/.test(card()?.text ?? '') && card());
    assert.equal(closed.reply_markup, undefined);
    assert.doesNotMatch(closed.text ?? '', /transaction|Opened/);
  });

  it('is in no digest, no reminder and no approval of many, and not what comes next', async () => {
    assert.equal(await digest(at), false);
    assert.equal(await queueReminders(at.db, new Date()), 0);
    assert.equal(await nextReview(at.db, 'shop'), undefined);
    assert.deepEqual(await waitingRules(at.db, 'shop'), []);
    const { waiting, held } = await readDigest(at.db, 'shop', new Date());
    assert.deepEqual([waiting, held], [0, 0]);
    const actor = { kind: 'staff', id: await at.staffId(at.second) } as const;
    const plan = await planBulk(at, { projectId: 'shop', rule: 'transactions', actor, now: new Date() });
    assert.deepEqual(plan, { id: null, take: [], more: 0, leftOut: { restricted: 1 } });
  });

  it('refuses the button of a card that was not renewed yet, and gets no card or reminder that waited', async () => {
    const [sessionId = ''] = await at.inReview(1, { openedAt: ago(6.6) });
    const says = new RegExp(`⏳ Review of session ${sessionId.slice(0, 8)}`);
    await at.sees(at.second, says);
    await sql`update session set restricted_at = now() where id = ${sessionId}`.execute(at.db);
    const { text } = await at.press(at.second, 'Approve deletion', { says });
    assert.match(text ?? '', /kept by law against an erasure request/);
    await at.db.deleteFrom('review_card').where('session_id', '=', sessionId).execute();
    const before = at.messages(at.second).length;
    for (const content of [
      { kind: 'review-card', round: 1 },
      { kind: 'review-reminder', round: 1, hours: 24 },
    ] as const)
      await putDelivery(at.db, {
        ...{ projectId: 'shop', sessionId, target: 'supervisors', content, now: new Date() },
      });
    const gone = () => at.db.selectFrom('delivery').select('kind').where('outcome', '=', 'gone').execute();
    const kinds = await until('both to end', async () => {
      const rows = await gone();
      return rows.length === 2 && rows.map(({ kind }) => kind);
    });
    assert.deepEqual(kinds.sort(), ['review-card', 'review-reminder']);
    assert.equal(at.messages(at.second).length, before);
  });
});

describe('the approval of many at once', () => {
  let at: SupervisorsStage;
  before(async () => {
    at = await createSupervisorsStage();
  });
  after(() => at.stop());

  it('says what it would do and what it leaves out, asks once more, and counts what really happened', async () => {
    const ids = await at.inReview(5, { tag: 'transaction' });
    const others = await at.inReview(1);
    const actor = { kind: 'staff', id: await at.staffId(at.compliance) } as const;
    await placeHold(at, { sessionId: ids[0] ?? '', reason: 'T-1', actor, now: new Date() });
    await digest(at);
    await at.sees(at.second, /☀️ .*: 5 reviews wait[\s\S]*1 more is under hold/);
    await at.press(at.second, 'Approve all of a rule…');
    await at.press(at.second, 'transactions (4)');
    const summary = await at.sees(at.second, /Delete for good all that wait by rule transactions/);
    assert.match(summary, /4 sessions, the oldest begun \d{4}-\d\d-\d\d, the newest \d{4}-\d\d-\d\d\./);
    assert.match(summary, /Left out:\n– 1 under hold/);
    assert.equal(await approvedCount(at), 0, 'nothing happens before it is asked once more');

    // Meanwhile: another decides one, a hold comes on one, and a new one comes into review.
    await at.acts.decideReview({
      ...{ sessionId: ids[1] ?? '', decision: 'extend', until: ago(-40), actor, now: new Date() },
    });
    await placeHold(at, { sessionId: ids[2] ?? '', reason: 'T-2', actor, now: new Date() });
    await at.inReview(1, { tag: 'transaction', openedAt: new Date(Date.now() + 1000) });
    await at.press(at.second, /^Yes, delete 4 sessions$/);
    const result = await at.sees(at.second, /the deletion of 2 sessions is approved/);
    assert.match(result, /1 refused: a hold came/);
    assert.match(result, new RegExp(`1 already extended by staff ${actor.id.slice(0, 8)}`));
    assert.equal(await approvedCount(at), 2);
    const untouched = await at.db
      .selectFrom('review')
      .select('ended')
      .where('session_id', '=', others[0] ?? '')
      .executeTakeFirstOrThrow();
    assert.equal(untouched.ended, null);
    const { counts } = await at.db
      .selectFrom('audit_entry')
      .select('counts')
      .where('action', '=', 'review.approved-many')
      .executeTakeFirstOrThrow();
    assert.deepEqual(counts, { approved: 2, once: 0, decided: 1, refused: 1 });
  });

  it('says so where its summary is gone, since the button has had its answer by then', async () => {
    const data = 'd:do:00000000-0000-4000-8000-000000000000';
    const api = new Api(at.token, { apiRoot: at.sandbox.apiRoot });
    const { message_id: messageId } = await api.sendMessage(at.second, 'an old summary', {
      reply_markup: new InlineKeyboard().text('press', data),
    });
    await at.pressData(at.second, { messageId, data });
    await at.sees(at.second, /This summary is too old, and nothing was approved/);
  });

  it('is nothing for an agent', async () => {
    await at.db
      .updateTable('staff')
      .set({ roles: ['agent'] })
      .where('telegram_user_id', '=', at.second)
      .execute();
    const answer = await at.press(at.second, '‹ Back');
    assert.match(answer.text ?? '', /It is for supervisors and compliance/);
  });
});

const approvedCount = async (at: SupervisorsStage) =>
  (await at.db.selectFrom('review').select('ended').where('ended', '=', 'approve').execute()).length;

describe('quiet hours', () => {
  let at: SupervisorsStage;
  let end = '';
  const clock = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  before(async () => {
    // From an hour ago until two hours from now, whenever this runs.
    end = clock(2);
    const reviews: ProjectFile['reviews'] = { digestAt: '00:00', quiet: [clock(-1), end] };
    at = await createSupervisorsStage({ reviews });
  });
  after(() => at.stop());

  const waiting = (sessionId: string) =>
    at.db
      .selectFrom('delivery')
      .select(['next_attempt_at as at', 'attempts'])
      .where('session_id', '=', sessionId)
      .where('kind', '=', 'review-card')
      .where('done_at', 'is', null)
      .executeTakeFirst();

  it('keep a card back until they end', async () => {
    const [sessionId = ''] = await at.inReview(1);
    const kept = await until('the card to be kept back', async () => {
      const row = await waiting(sessionId);
      return row && row.at.getTime() > Date.now() + 3_600_000 && row;
    });
    assert.equal(kept.at.toISOString().slice(11, 16), end);
    assert.equal(at.count(at.second, /Review of session/), 0);
  });

  it('give way four hours before the end of the window', async () => {
    const [sessionId = ''] = await at.inReview(1, { openedAt: ago(6.9) });
    await at.sees(at.second, new RegExp(`Review of session ${sessionId.slice(0, 8)}`));
  });

  it('let a card be renewed, which makes no sound', async () => {
    const [sessionId = ''] = await at.inReview(1, { openedAt: ago(6.9) });
    await at.sees(at.second, new RegExp(`⏳ Review of session ${sessionId.slice(0, 8)}`));
    await sql`update review set due_at = now() + interval '5 days' where session_id = ${sessionId}`.execute(
      at.db,
    );
    await at.press(at.second, 'Hold', { says: new RegExp(sessionId.slice(0, 8)) });
    await at.sees(at.people.supervisor, new RegExp(`✔️ Review of session ${sessionId.slice(0, 8)}`));
  });
});

/** The staff group of a new sandbox. */
const FIRST_GROUP = -1_002_100_000_001;

describe('a project that names a group for its supervisors', () => {
  it('shows reviews, reminders and the digest there and in nobody’s own chat', async () => {
    // The staff group serves as one, since its general topic belongs to no session.
    const file = testProject({
      telegram: { staffChat: FIRST_GROUP, supervisorsChat: FIRST_GROUP, staff: [] },
    });
    const quiet = { digestAt: '09:00', quiet: 'off' } as const;
    const at = await createSupervisorsStage({}, () => ({ projects: [{ ...file, reviews: quiet }] }));
    try {
      assert.equal(at.staffChat, FIRST_GROUP);
      const [sessionId = ''] = await at.inReview(1, { openedAt: ago(6.5) });
      const group = () => at.messages(at.people.supervisor, at.staffChat).map(({ text = '' }) => text);
      const name = sessionId.slice(0, 8);
      await until('the card', () => group().some((text) => text.startsWith(`⏳ Review of session ${name}`)));
      await queueReminders(at.db, new Date());
      await until('the reminder', () => group().some((text) => text.startsWith(`⏰ Session ${name}`)));
      await digest(at);
      await until('the digest', () => group().some((text) => text.startsWith('☀️')));
      const pressed = await at.press(at.second, 'Approve deletion', { chatId: at.staffChat });
      assert.equal(pressed.text, 'Recorded.');
      assert.equal(at.chat(at.second).filter((text) => /Review|⏰|☀️/.test(text)).length, 0);
    } finally {
      await at.stop();
    }
  });
});
