import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextStep, type LifeFacts } from '../../src/domain/next-step.ts';
import { describe as inWords } from '../../src/domain/next-step-words.ts';
import { policySchema } from '../../src/domain/policy.ts';

const policy = policySchema.parse({
  idle: 'P7D',
  reopen: 'PT12H',
  keep: 'P12M',
  review: { window: 'P7D' },
  spam: { deleteAfter: 'P7D' },
});
const at = new Date('2026-01-01T00:00:00Z');
const later = new Date('2026-06-01T00:00:00Z');

function next(change: Partial<LifeFacts>) {
  const facts: LifeFacts = {
    phase: 'open',
    lastActivityAt: at,
    closedAt: null,
    reopenUntil: null,
    keepUntil: null,
    deletionBeganAt: null,
    restrictedAt: null,
    erased: false,
    deletionsPausedAt: null,
    spam: false,
    holdEnds: [],
    round: 0,
    review: null,
    ...change,
  };
  const { step, at: when } = nextStep(facts, policy, 'UTC');
  return [step, when];
}

const review = (ended: NonNullable<LifeFacts['review']>['ended']) =>
  ({ phase: 'review', round: 1, review: { dueAt: later, onSilence: 'delete', ended } }) as const;

describe('what happens next to a session', () => {
  it('open: it closes when it was idle long enough', () => {
    assert.deepEqual(next({}), ['close-if-idle', Date.parse('2026-01-08T00:00:00Z')]);
  });
  it('closed: it is archived when its reopen window ends, held or not', () => {
    const closed = { phase: 'closed', closedAt: at, reopenUntil: later } as const;
    assert.deepEqual(next(closed), ['archive', later.getTime()]);
    assert.deepEqual(next({ ...closed, holdEnds: [null] }), ['archive', later.getTime()]);
  });
  it('closed as spam: it is deleted after its own period, but not while it is held', () => {
    const spam = { phase: 'closed', closedAt: at, reopenUntil: later, spam: true } as const;
    assert.deepEqual(next(spam), ['delete', Date.parse('2026-01-08T00:00:00Z')]);
    assert.deepEqual(next({ ...spam, holdEnds: [null] }), ['wait', null]);
  });
  it('archived: a review opens when its time is over', () => {
    assert.deepEqual(next({ phase: 'archived', keepUntil: later }), ['open-review', later.getTime()]);
  });
  it('archived and held: it waits for the last hold to end', () => {
    const archived = { phase: 'archived', keepUntil: at } as const;
    assert.deepEqual(next({ ...archived, holdEnds: [at, later] }), ['wait', later.getTime()]);
    assert.deepEqual(next({ ...archived, holdEnds: [at, null] }), ['wait', null]);
  });
  it('in review: the window runs', () => {
    assert.deepEqual(next(review(null)), ['end-review', later.getTime()]);
  });
  it('in review, approved or silent: it is deleted now, unless held', () => {
    for (const ended of ['approve', 'silence-delete'] as const) {
      assert.deepEqual(next(review(ended)), ['delete', 0]);
      assert.deepEqual(next({ ...review(ended), holdEnds: [null] }), ['wait', null]);
    }
  });
  it('in review, to be deleted while the project’s deletions are paused: it waits, and says so', () => {
    const paused = { deletionsPausedAt: at } as const;
    for (const ended of ['approve', 'silence-delete'] as const) {
      assert.deepEqual(next({ ...review(ended), ...paused }), ['wait', null]);
      assert.deepEqual(next({ ...review(ended), ...paused, holdEnds: [later] }), ['wait', later.getTime()]);
    }
    assert.deepEqual(next({ ...review(null), ...paused }), ['end-review', later.getTime()]);
    assert.deepEqual(next({ ...review('approve'), ...paused, deletionBeganAt: at }), ['delete', 0]);
    const waits = { phase: 'review', step: 'wait', at: null, held: false, round: 1, paused: true } as const;
    assert.match(inWords(waits), /paused until compliance resumes/);
    assert.match(inWords({ ...waits, held: true }), /On hold/);
  });
  it('closed as spam: paused deletions do not stop it', () => {
    const spam = { phase: 'closed', closedAt: at, reopenUntil: later, spam: true } as const;
    assert.deepEqual(next({ ...spam, deletionsPausedAt: at })[0], 'delete');
  });
  it('in review, cut short by a hold that is over: a new window opens', () => {
    for (const ended of ['hold', 'silence-hold', 'interrupted'] as const)
      assert.deepEqual(next(review(ended)), ['open-review', 0]);
  });
  it('once deletion began there is no way back, not even by a hold', () => {
    assert.deepEqual(next({ ...review('approve'), deletionBeganAt: at, holdEnds: [null] }), ['delete', 0]);
  });
  it('deleted: nothing', () => {
    assert.deepEqual(next({ phase: 'deleted', deletionBeganAt: at }), ['end', null]);
  });
  it('is told in one sentence for every step', () => {
    const steps = ['close-if-idle', 'archive', 'open-review', 'end-review', 'delete', 'wait', 'end'] as const;
    for (const step of steps)
      for (const when of [null, at.getTime()])
        assert.match(inWords({ phase: 'open', step, at: when, held: false, round: 1 }), /^[A-Z].*\.$/);
  });
});
