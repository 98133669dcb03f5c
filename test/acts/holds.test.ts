import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { endReview, openReview } from '../../src/acts/reviews.ts';
import { listAuditEntries } from '../../src/db/audit.ts';
import { holdsInForce } from '../../src/db/holds.ts';
import { nextStepOf } from '../../src/db/life.ts';
import { customerMessage } from '../support/database.ts';
import { addProjectWith, ann, bob, createHoldsStage, type HoldsStage } from './holds-stage.ts';

const DAY_MS = 86_400_000;
const WORKFLOW = { kind: 'workflow', id: 'session' } as const;
const claim = () => ({ reason: 'claim', actor: ann, now: new Date() });
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);

let at: HoldsStage;
before(async () => {
  at = await createHoldsStage();
  await addProjectWith(at, 'shop', {});
  await addProjectWith(at, 'tokyo', {}, { timeZone: 'Asia/Tokyo' });
  await addProjectWith(at, 'demo', { demo: true });
});
after(() => at.drop());

const isHeld = async (sessionId: string, now?: Date) => (await at.life(sessionId, now)).holdEnds.length > 0;
const stepOf = async (sessionId: string, now?: Date) => nextStepOf(await at.life(sessionId, now)).step;
const tag = (sessionId: string, name: string, change: 'add' | 'remove') =>
  at.acts.changeTag({ sessionId, tag: name, change, actor: ann, now: new Date() });

let lastUser = 7000;
async function open(projectId: string, telegramUserId = ++lastUser) {
  const { sessionId = '' } = await at.acts.receiveMessage(
    customerMessage('hello', { projectId, telegramUserId }),
  );
  return sessionId;
}

/** Releases a hold as two people do. */
async function release(holdId: string) {
  const asked = await at.acts.releaseHold({ holdId, actor: ann, now: new Date() });
  assert.ok(asked.outcome === 'requested');
  await at.acts.decideApproval({
    approvalId: asked.approvalId,
    outcome: 'approved',
    actor: bob,
    now: new Date(),
  });
}

describe('a hold on a subject', () => {
  it('keeps all its sessions, past and future, and nobody else’s', async () => {
    const first = await open('shop');
    const { subjectId } = await at.life(first);
    const placed = await at.acts.holdSubject({ ...claim(), subjectId: subjectId ?? '' });
    assert.deepEqual([placed.sessions, placed.tooLate], [1, 0]);
    assert.ok(await isHeld(first));
    const now = new Date();
    await at.db
      .updateTable('session')
      .set({ phase: 'archived', closed_at: now, archive_began_at: now, keep_until: now })
      .where('id', '=', first)
      .execute();
    const later = await open('shop', lastUser);
    assert.notEqual(later, first);
    assert.ok(await isHeld(later));
    assert.ok(!(await isHeld(await open('shop'))));
  });
});

describe('a hold on what a query finds', () => {
  it('catches sessions that come later, in its project alone', async () => {
    const placed = await at.acts.holdQuery({ ...claim(), projectId: 'shop', tag: 'inquest' });
    assert.equal(placed.sessions, 0);
    const [here, elsewhere, untagged] = [await open('shop'), await open('tokyo'), await open('shop')];
    for (const id of [here, elsewhere]) await tag(id, 'inquest', 'add');
    assert.deepEqual(
      [await isHeld(here), await isHeld(elsewhere), await isHeld(untagged)],
      [true, false, false],
    );
  });

  it('keeps a session when the tag is taken off, until a second person lets it go', async () => {
    const placed = await at.acts.holdQuery({ ...claim(), projectId: 'shop', tag: 'dispute' });
    const id = await at.session({ phase: 'archived', tag: 'dispute' });
    assert.equal(await stepOf(id), 'wait');
    await tag(id, 'dispute', 'remove');
    assert.equal(await stepOf(id), 'wait');
    await release(placed.holdId);
    assert.equal(await stepOf(id), 'wait');
    const [own] = await holdsInForce(at.db, { sessionId: id, now: new Date(), limit: 10 });
    assert.equal(own?.reason, 'claim');
    await release(own.id);
    assert.equal(await stepOf(id), 'open-review');
  });

  it('cuts a review short when a tag puts the session under it', async () => {
    await at.acts.holdQuery({ ...claim(), projectId: 'shop', tag: 'lawsuit' });
    const id = await at.session({ ended: null });
    await tag(id, 'lawsuit', 'add');
    assert.equal((await at.life(id)).review?.ended, 'interrupted');
    await assert.rejects(
      at.acts.decideReview({ sessionId: id, decision: 'approve', actor: bob, now: new Date() }),
      { code: 'held' },
    );
  });

  it('counts days by the time zone of the project, the last day included', async () => {
    // In Tokyo, 31 January begins at 15:00 UTC on the 30th and ends at 15:00 UTC on the 31st.
    const openedAt = [
      '2026-01-30T14:59:59Z',
      '2026-01-30T15:00:00Z',
      '2026-01-31T14:59:59Z',
      '2026-01-31T15:00:00Z',
    ];
    const ids = await Promise.all(
      openedAt.map((opened) => at.session({ projectId: 'tokyo', openedAt: new Date(opened) })),
    );
    const days = { projectId: 'tokyo', firstDay: '2026-01-31', lastDay: '2026-01-31' };
    assert.equal((await at.acts.holdQuery({ ...claim(), ...days })).sessions, 2);
    assert.deepEqual(await Promise.all(ids.map((id) => isHeld(id))), [false, true, true, false]);
  });

  it('says for how many it came too late, and holds none of them', async () => {
    const [begun = '', waiting = ''] = await at.sessions(2, { tag: 'late' });
    assert.equal(await at.begin(begun), 'begun');
    const placed = await at.acts.holdQuery({ ...claim(), projectId: 'shop', tag: 'late' });
    assert.deepEqual([placed.sessions, placed.tooLate], [1, 1]);
    assert.deepEqual([await stepOf(begun), await stepOf(waiting)], ['delete', 'wait']);
  });

  it('tells the workflows of sessions that are due or in review, and leaves the others asleep', async () => {
    const due = await at.session({ phase: 'archived', tag: 'tell' });
    const running = await at.session({ ended: null, tag: 'tell' });
    const sleeping = await at.session({ phase: 'archived', keepUntil: inDays(400), tag: 'tell' });
    await at.told();
    const { holdId } = await at.acts.holdQuery({ ...claim(), projectId: 'shop', tag: 'tell' });
    const heldOnes = await at.told();
    assert.deepEqual([heldOnes.get(due), heldOnes.get(running)], ['held', 'held']);
    assert.ok(!heldOnes.has(sleeping));
    await release(holdId);
    // The sleeping one too: had it read its rows meanwhile, it would sleep without a date.
    const freed = await at.told();
    for (const id of [due, running, sleeping]) assert.equal(freed.get(id), 'released');
  });

  it('is in the audit with its counts, and without its reason', async () => {
    const { holdId } = await at.acts.holdQuery({ ...claim(), projectId: 'shop', tag: 'quiet' });
    const entry = await at.db
      .selectFrom('audit_entry')
      .select(['action', 'object_kind', 'counts', 'reason'])
      .where('object_id', '=', holdId)
      .executeTakeFirst();
    assert.deepEqual(entry, {
      action: 'hold.placed',
      object_kind: 'hold',
      counts: { sessions: 0, tooLate: 0 },
      reason: null,
    });
  });

  it('needs a reason, an end that lies ahead, and something to find', async () => {
    const query = { ...claim(), projectId: 'shop', tag: 'x' };
    for (const [wrong, message] of [
      [{ ...query, reason: ' ' }, /needs a reason/],
      [{ ...query, endsAt: inDays(-1) }, /has passed/],
      [{ ...claim(), projectId: 'shop' }, /needs a tag or days/],
      [{ ...query, firstDay: '2026-02-30' }, /is not a day/],
      [{ ...query, firstDay: '2026-02-02', lastDay: '2026-02-01' }, /lies before the first/],
      [{ ...query, tag: 'Two Words' }, /is not a tag/],
    ] as const)
      await assert.rejects(at.acts.holdQuery(wrong), { code: 'input_invalid', message });
    await assert.rejects(at.acts.holdQuery({ ...query, projectId: 'nowhere' }), { code: 'not_found' });
  });
});

describe('several holds on one session', () => {
  it('keep it until the last of them ends, by release or by itself', async () => {
    const id = await at.session({ phase: 'archived', tag: 'several' });
    await at.acts.placeHold({ ...claim(), sessionId: id, endsAt: inDays(10) });
    await at.acts.placeHold({ ...claim(), sessionId: id, endsAt: inDays(20) });
    const { holdId } = await at.acts.holdQuery({ ...claim(), projectId: 'shop', tag: 'several' });
    assert.equal(nextStepOf(await at.life(id)).at, null);
    await at.told();
    await release(holdId);
    assert.ok(!(await at.told()).has(id), 'it is held still, so nothing is to be told');
    const { step, at: when } = nextStepOf(await at.life(id, inDays(15)));
    assert.equal(step, 'wait');
    assert.ok(when !== null && Math.abs(when - inDays(20).getTime()) < 60_000);
    assert.equal(await stepOf(id, inDays(21)), 'open-review');
  });
});

describe('the release of a hold', () => {
  it('of the last one lets the same clock go on, and in review opens a new full window', async () => {
    const id = await at.session({ ended: null });
    const { dueAt } = (await at.life(id)).review ?? {};
    await at.acts.placeHold({ ...claim(), sessionId: id });
    const asked = await at.acts.releaseHolds({ sessionId: id, actor: ann, now: inDays(30) });
    assert.ok(asked.outcome === 'requested');
    const { approvalId } = asked;
    await at.acts.decideApproval({ approvalId, outcome: 'approved', actor: bob, now: inDays(30) });
    assert.equal(await stepOf(id, inDays(30)), 'open-review');
    await openReview(at, { sessionId: id, actor: WORKFLOW, now: inDays(30) });
    const { review, round } = await at.life(id, inDays(30));
    assert.equal(round, 2);
    assert.ok(review && dueAt && review.dueAt > dueAt);
    assert.ok(review.dueAt.getTime() - inDays(30).getTime() > 6.9 * DAY_MS);
  });

  it('waits for a second person, who is never the one who asked', async () => {
    const id = await at.session({ phase: 'archived' });
    await at.acts.placeHold({ ...claim(), sessionId: id });
    const asked = await at.acts.releaseHolds({ sessionId: id, actor: ann, now: new Date() });
    assert.ok(asked.outcome === 'requested');
    const { approvalId } = asked;
    assert.ok(await isHeld(id));
    await assert.rejects(at.acts.releaseHolds({ sessionId: id, actor: bob, now: new Date() }), {
      code: 'already_decided',
    });
    const decision = { approvalId, outcome: 'approved', now: new Date() } as const;
    await assert.rejects(at.acts.decideApproval({ ...decision, actor: ann }), { code: 'not_allowed' });
    assert.ok(await isHeld(id));
    await at.acts.decideApproval({ ...decision, actor: bob });
    assert.ok(!(await isHeld(id)));
    assert.deepEqual(await at.actions(id), ['hold.placed', 'hold.released']);
    assert.deepEqual(await at.actions(approvalId), ['hold-release.requested', 'hold-release.approved']);
    const together = await listAuditEntries(at.db, { requestId: approvalId, limit: 10 });
    assert.deepEqual(
      together.map(({ action }) => action),
      ['hold-release.approved', 'hold.released', 'hold-release.requested'],
    );
  });

  it('that is refused leaves the hold, and can be asked for again', async () => {
    const id = await at.session({ phase: 'archived' });
    await at.acts.placeHold({ ...claim(), sessionId: id });
    const ask = () => at.acts.releaseHolds({ sessionId: id, actor: ann, now: new Date() });
    const asked = await ask();
    assert.ok(asked.outcome === 'requested');
    const { approvalId } = asked;
    await at.acts.decideApproval({ approvalId, outcome: 'refused', actor: bob, now: new Date() });
    assert.ok(await isHeld(id));
    assert.equal((await ask()).outcome, 'requested');
  });

  it('does not take in a hold that is placed while it waits', async () => {
    const id = await at.session({ phase: 'archived' });
    await at.acts.placeHold({ ...claim(), sessionId: id });
    const asked = await at.acts.releaseHolds({ sessionId: id, actor: ann, now: new Date() });
    assert.ok(asked.outcome === 'requested');
    const { approvalId } = asked;
    await at.acts.placeHold({ ...claim(), sessionId: id });
    await at.acts.decideApproval({ approvalId, outcome: 'approved', actor: bob, now: new Date() });
    assert.equal((await at.life(id)).holdEnds.length, 1);
  });

  it('is done at once in a demo project', async () => {
    const id = await at.session({ phase: 'archived', projectId: 'demo' });
    for (const _ of [1, 2]) await at.acts.placeHold({ ...claim(), sessionId: id });
    assert.deepEqual(await at.acts.releaseHolds({ sessionId: id, actor: ann, now: new Date() }), {
      outcome: 'released',
      holds: 2,
    });
    assert.ok(!(await isHeld(id)));
  });

  it('of a wider hold goes by its own id, and the session says so', async () => {
    const id = await at.session({ phase: 'archived', projectId: 'demo', tag: 'wide' });
    const { holdId } = await at.acts.holdQuery({ ...claim(), projectId: 'demo', tag: 'wide' });
    await assert.rejects(at.acts.releaseHolds({ sessionId: id, actor: ann, now: new Date() }), {
      code: 'not_found',
      message: new RegExp(holdId),
    });
    const act = { holdId, actor: ann, now: new Date() };
    assert.equal((await at.acts.releaseHold(act)).outcome, 'released');
    await assert.rejects(at.acts.releaseHold(act), { code: 'not_found' });
    assert.deepEqual(await at.actions(holdId), ['hold.placed', 'hold.released']);
  });
});

describe('a hold that is placed in the moment in which a round opens', () => {
  /** A round that runs although the session was held for some of its time. */
  async function missed() {
    const id = await at.session({ ended: null });
    const { projectId } = await at.life(id);
    await at.db
      .insertInto('hold')
      .values({
        id: crypto.randomUUID(),
        project_id: projectId,
        scope: 'session',
        session_id: id,
        reason: 'claim',
        author: 'ann',
        placed_at: inDays(0),
        ends_at: inDays(3),
      })
      .execute();
    return id;
  }

  it('lets nobody decide that round while it lasts', async () => {
    const decision = { decision: 'approve', actor: bob, now: inDays(1) } as const;
    await assert.rejects(at.acts.decideReview({ ...decision, sessionId: await missed() }), { code: 'held' });
  });

  it('keeps silence from deleting: a new full window opens', async () => {
    const id = await missed();
    const next = await endReview(at, { sessionId: id, actor: WORKFLOW, now: inDays(8) });
    assert.deepEqual([next.step, next.at], ['open-review', 0]);
    assert.equal((await at.life(id, inDays(8))).review?.ended, 'interrupted');
  });
});
