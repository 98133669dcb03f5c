import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ANSWERS,
  answerTo,
  EVENTS,
  STANDINGS,
  standingOf,
  type Answer,
  type SessionEvent,
  type Standing,
  type StandingFacts,
} from '../../src/domain/phases.ts';

/** A session that stands as named, by its columns. */
function session(standing: Standing): StandingFacts {
  const at = new Date();
  const none = { reopenUntil: null, archiveBeganAt: null, deletionBeganAt: null };
  if (standing === 'archiving') return { ...none, phase: 'closed', archiveBeganAt: at };
  if (standing === 'deleting') return { ...none, phase: 'review', archiveBeganAt: at, deletionBeganAt: at };
  return { ...none, phase: standing };
}

// The specification, written once more and by event, so that a slip in the table shows.
const EXPECTED: Record<SessionEvent, Record<Answer, readonly Standing[]>> = {
  message: {
    take: ['open'],
    reopen: ['closed'],
    'new-session': ['archiving', 'archived', 'review', 'deleting', 'deleted'],
    close: [],
    drop: [],
    refuse: [],
  },
  edit: {
    take: ['open', 'closed', 'archiving'],
    drop: ['archived', 'review', 'deleting', 'deleted'],
    reopen: [],
    'new-session': [],
    close: [],
    refuse: [],
  },
  remove: {
    take: ['open', 'closed', 'archiving', 'archived', 'review'],
    drop: ['deleting', 'deleted'],
    reopen: [],
    'new-session': [],
    close: [],
    refuse: [],
  },
  close: {
    take: ['open'],
    refuse: ['closed', 'archiving', 'archived', 'review', 'deleting', 'deleted'],
    reopen: [],
    'new-session': [],
    close: [],
    drop: [],
  },
  reopen: {
    take: ['closed'],
    refuse: ['open'],
    'new-session': ['archiving', 'archived', 'review', 'deleting', 'deleted'],
    reopen: [],
    close: [],
    drop: [],
  },
  tag: {
    take: ['open', 'closed', 'archiving', 'archived', 'review'],
    refuse: ['deleting', 'deleted'],
    reopen: [],
    'new-session': [],
    close: [],
    drop: [],
  },
  spam: {
    close: ['open'],
    take: ['closed', 'archiving', 'archived', 'review'],
    refuse: ['deleting', 'deleted'],
    reopen: [],
    'new-session': [],
    drop: [],
  },
  hold: {
    take: ['open', 'closed', 'archiving', 'archived', 'review'],
    refuse: ['deleting', 'deleted'],
    reopen: [],
    'new-session': [],
    close: [],
    drop: [],
  },
  release: {
    take: ['open', 'closed', 'archiving', 'archived', 'review', 'deleting'],
    drop: ['deleted'],
    reopen: [],
    'new-session': [],
    close: [],
    refuse: [],
  },
  decide: {
    take: ['review'],
    refuse: ['open', 'closed', 'archiving', 'archived', 'deleting', 'deleted'],
    reopen: [],
    'new-session': [],
    close: [],
    drop: [],
  },
  policy: {
    take: ['open', 'closed', 'archiving', 'archived', 'review'],
    drop: ['deleting', 'deleted'],
    reopen: [],
    'new-session': [],
    close: [],
    refuse: [],
  },
};

describe('every event has one answer wherever a session stands', () => {
  for (const standing of STANDINGS)
    for (const event of EVENTS)
      it(`${event} while ${standing}: ${ANSWERS[standing][event]}`, () => {
        const answer = answerTo(event, session(standing), new Date());
        assert.ok(EXPECTED[event][answer].includes(standing), `${event} while ${standing} is ${answer}`);
      });

  it('covers each standing exactly once for every event', () => {
    for (const event of EVENTS)
      assert.deepEqual(Object.values(EXPECTED[event]).flat().sort(), [...STANDINGS].sort());
  });

  it('a closed session whose window is over reopens no more', () => {
    const closed = { ...session('closed'), reopenUntil: new Date('2026-01-01T12:00:00Z') };
    assert.equal(answerTo('message', closed, new Date('2026-01-01T11:59:59Z')), 'reopen');
    assert.equal(answerTo('message', closed, new Date('2026-01-01T12:00:00Z')), 'new-session');
    assert.equal(answerTo('reopen', closed, new Date('2026-01-01T12:00:00Z')), 'new-session');
    assert.equal(answerTo('tag', closed, new Date('2026-01-01T12:00:00Z')), 'take');
  });

  it('knows the points of no return', () => {
    for (const standing of STANDINGS) assert.equal(standingOf(session(standing)), standing);
  });
});
