import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import fc from 'fast-check';
import { createActivities, type Activities } from '../../../activities/index.ts';
import { openDirectoryStore } from '../../../src/archive/directory.ts';
import { createErasureLedger } from '../../../src/archive/ledger.ts';
import { readLife } from '../../../src/db/life.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { answerTo, type Answer, type SessionEvent } from '../../../src/domain/phases.ts';
import { createLog } from '../../../src/log.ts';
import {
  addProject,
  createTestDatabase,
  customerMessage,
  testProject,
  type TestDatabase,
} from '../../support/database.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const actor = { kind: 'operator', id: 'cli:test' } as const;

/** What people do, and how much time passes; the steps that have come due are then carried out. */
const ACTS = ['message', 'edit', 'close', 'reopen', 'tag', 'hold', 'decide'] as const;
const acts = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ACTS) },
  { weight: 2, arbitrary: fc.constantFrom(HOUR_MS, DAY_MS, 8 * DAY_MS, 800 * DAY_MS) },
);

let database: TestDatabase;
let activities: Activities;
let archiveDir: string;

before(async () => {
  database = await createTestDatabase();
  await addProject(database.db, testProject());
  archiveDir = await mkdtemp(join(tmpdir(), 'retention-orders-'));
  const store = await openDirectoryStore(archiveDir);
  activities = createActivities({
    ...database,
    stores: { of: () => Promise.resolve(store), at: () => Promise.resolve(store) },
    ledger: createErasureLedger(() => Promise.resolve(store)),
    fetchAttachment: () => Promise.resolve({ refused: 'no_bot' }),
    log: createLog('silent'),
    reached: () => undefined,
  });
});

after(async () => {
  await database.drop();
  await rm(archiveDir, { recursive: true, force: true });
});

describe('events in any order', () => {
  it('fault 27: each gets the one answer of its phase, and no message is lost or twice', async () => {
    let telegramUserId = 7_000_000_000;
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { minLength: 4, maxLength: 14 }), async (order) => {
        const person = await somebody((telegramUserId += 1));
        for (const one of order) await (typeof one === 'number' ? person.waits(one) : person.does(one));
        await person.keepsEveryMessage();
      }),
      { numRuns: 60 },
    );
  });
});

/** A customer with a first message, and the sessions that follow from it. */
async function somebody(telegramUserId: number) {
  let now = new Date('2026-03-01T12:00:00Z');
  const sessions: string[] = [];
  let lastMessageId = 0;
  let subject = '';
  let written = 0;

  async function writes() {
    const message = customerMessage('a word', { telegramUserId, now });
    lastMessageId = message.telegramMessageId;
    const { sessionId = '' } = await database.acts.receiveMessage(message);
    written += 1;
    if (!sessions.includes(sessionId)) sessions.push(sessionId);
    return sessionId;
  }

  const current = () => sessions.at(-1) ?? '';
  const life = () => readLife(database.db, current(), now);

  async function answered(event: SessionEvent): Promise<Answer> {
    return answerTo(event, await life(), now);
  }

  const performed = {
    async message() {
      const [before, expected] = [current(), await answered('message')];
      const wasDeleted = (await row(before)).phase === 'deleted';
      const landed = await writes();
      assert.equal(landed !== before, expected === 'new-session', `message: ${expected}`);
      const { phase, previous_session_id: previous } = await row(landed);
      assert.equal(phase, 'open');
      // Of a session that is deleted nothing is left to link to.
      if (expected === 'new-session' && !wasDeleted)
        assert.equal(previous, before, 'it is linked to the one before');
    },
    async edit() {
      const expected = await answered('edit');
      const updateId = customerMessage('').updateId;
      subject = (await row(current())).subject_id ?? subject;
      const outcome = await database.acts.editCustomerMessage({
        ...{ projectId: 'shop', botId: 77, updateId, content: { text: 'another word' }, editedAt: now, now },
        ...{ subjectId: subject, telegramMessageId: lastMessageId },
      });
      assert.equal(outcome, expected === 'take' ? 'stored' : 'dropped', `edit: ${expected}`);
    },
    close: () => takenOrRefused('close', (act) => database.acts.closeSession({ ...act, reason: 'api' })),
    reopen: () => takenOrRefused('reopen', (act) => database.acts.reopenSession(act)),
    tag: () =>
      takenOrRefused('tag', (act) => database.acts.changeTag({ ...act, tag: 'refund', change: 'add' })),
    hold: () =>
      takenOrRefused('hold', (act) =>
        database.acts.placeHold({ ...act, reason: 'a claim', endsAt: new Date(now.getTime() + DAY_MS) }),
      ),
    async decide() {
      const { review } = await life();
      // A round that was decided once is decided: the second answer is about the round, not the phase.
      if (review?.ended) return;
      await takenOrRefused('decide', (act) => database.acts.decideReview({ ...act, decision: 'approve' }));
    },
  };

  async function takenOrRefused(
    event: SessionEvent,
    act: (on: { sessionId: string; actor: typeof actor; now: Date }) => Promise<unknown>,
  ) {
    const expected = await answered(event);
    const happened = await act({ sessionId: current(), actor, now }).then(
      () => 'take',
      (error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        return error.code;
      },
    );
    const refusals = ['phase_conflict', 'deletion_began'];
    if (expected === 'take') assert.equal(happened, 'take', `${event}: ${expected}`);
    else assert.ok(refusals.includes(happened), `${event}: ${expected}, but ${happened}`);
  }

  subject = (await row(await writes())).subject_id ?? '';
  return {
    does: (act: (typeof ACTS)[number]) => performed[act](),
    /** Every session takes the steps that have come due. */
    async waits(ms: number) {
      now = new Date(now.getTime() + ms);
      for (const sessionId of sessions) await carryOut(sessionId, now);
    },
    async keepsEveryMessage() {
      let kept = 0;
      for (const sessionId of sessions) kept += await messagesOf(sessionId);
      assert.equal(kept, written);
    },
  };
}

async function carryOut(sessionId: string, now: Date): Promise<void> {
  const step = { sessionId, now: now.getTime() };
  for (;;) {
    const next = await activities.readNextStep(step);
    if (next.at === null || next.at > step.now) return;
    if (next.step === 'close-if-idle') await run(() => activities.closeIfIdle(step));
    else if (next.step === 'archive') await run(() => activities.archiveSession(step));
    else if (next.step === 'open-review') await run(() => activities.openReview(step));
    else if (next.step === 'end-review') await run(() => activities.endReview(step));
    else if (next.step === 'delete') await run(() => activities.deleteSession(step));
    else return;
  }
}

function run<T>(work: () => Promise<T>): Promise<T> {
  return new MockActivityEnvironment().run(work);
}

function row(sessionId: string) {
  return database.db
    .selectFrom('session')
    .select(['phase', 'previous_session_id', 'subject_id'])
    .where('id', '=', sessionId)
    .executeTakeFirstOrThrow();
}

/** Where they are now: in rows, in objects, or counted as deleted. */
async function messagesOf(sessionId: string): Promise<number> {
  const { phase } = await row(sessionId);
  if (phase === 'deleted') {
    const entry = await database.db
      .selectFrom('audit_entry')
      .select('counts')
      .where('object_id', '=', sessionId)
      .where('action', '=', 'session.deleted')
      .executeTakeFirstOrThrow();
    return entry.counts['messages'] ?? 0;
  }
  const live = await database.db
    .selectFrom('message')
    .select('id')
    .where('session_id', '=', sessionId)
    .execute();
  const objects = await database.db
    .selectFrom('archive')
    .select('messages')
    .where('session_id', '=', sessionId)
    .where('attachment_id', 'is', null)
    .execute();
  return live.length + objects.reduce((sum, object) => sum + (object.messages ?? 0), 0);
}
