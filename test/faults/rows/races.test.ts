import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities, type Activities } from '../../../activities/index.ts';
import { openReview } from '../../../src/acts/reviews.ts';
import { watch } from '../../../src/acts/watchdog.ts';
import { createErasureLedger } from '../../../src/archive/ledger.ts';
import { openDirectoryStore } from '../../../src/archive/directory.ts';
import { createLog } from '../../../src/log.ts';
import {
  addProject,
  createTestDatabase,
  customerMessage,
  type TestDatabase,
} from '../../support/database.ts';
import { type Scene } from '../invariant.ts';
import { assertInvariants } from '../invariants.ts';

const agent = { kind: 'staff', id: 'agent-1' } as const;
const supervisor = { kind: 'staff', id: 'supervisor-1' } as const;
const workflow = { kind: 'workflow', id: 'session' } as const;
const DAY = 86_400_000;
const ROUNDS = 25;

describe('what meets in one moment', () => {
  let at: TestDatabase;
  let directory: string;
  let activities: Activities;
  let stores: Scene['stores'];
  let reached: (step: string) => void = () => undefined;
  let lastUser = 9_200_000_000;

  before(async () => {
    at = await createTestDatabase();
    await addProject(at.db);
    directory = await mkdtemp(join(tmpdir(), 'retention-races-'));
    const store = await openDirectoryStore(directory);
    stores = { of: () => Promise.resolve(store), at: () => Promise.resolve(store) };
    activities = createActivities({
      ...at,
      stores,
      ledger: createErasureLedger(() => Promise.resolve(store)),
      fetchAttachment: () => Promise.resolve({ refused: 'no_bot' }),
      log: createLog('silent'),
      reached: (step) => reached(step),
    });
  });
  after(async () => {
    await at.drop();
    await rm(directory, { recursive: true, force: true });
  });

  const run = <T>(work: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(work);
  /** Nothing relays here, so the watchdog has to say that the events wait. */
  async function assertHolds(): Promise<void> {
    await watch(at.db, { now: new Date(), withAnchor: false });
    await assertInvariants({ db: at.db, vault: at.vault, stores });
  }

  async function begin(now: Date): Promise<{ sessionId: string; telegramUserId: number }> {
    const telegramUserId = ++lastUser;
    const { sessionId = '' } = await at.acts.receiveMessage(
      customerMessage('Hello', { telegramUserId, now }),
    );
    return { sessionId, telegramUserId };
  }

  async function archived(): Promise<string> {
    const now = new Date(Date.now() - 800 * DAY);
    const { sessionId } = await begin(now);
    await at.acts.closeSession({ sessionId, reason: 'agent', actor: agent, now });
    await run(() => activities.archiveSession({ sessionId, now: now.getTime() + DAY }));
    return sessionId;
  }

  it('fault 22: a decision in the moment in which the window ends is one decision, and never two', async () => {
    const ends = new Set<string | null>();
    for (let round = 0; round < ROUNDS; round++) {
      const sessionId = await archived();
      await openReview(at, { sessionId, actor: workflow, now: new Date(Date.now() - 8 * DAY) });
      const now = new Date();
      const decision = { decision: 'extend', until: new Date(now.getTime() + 30 * DAY) } as const;
      await Promise.allSettled([
        at.acts.decideReview({ sessionId, ...decision, actor: supervisor, now }),
        run(() => activities.endReview({ sessionId, now: now.getTime() })),
      ]);
      const { ended } = await at.db
        .selectFrom('review')
        .select('ended')
        .where('session_id', '=', sessionId)
        .executeTakeFirstOrThrow();
      ends.add(ended);
      const entries = await at.db
        .selectFrom('audit_entry')
        .select('action')
        .where('object_id', '=', sessionId)
        .where('action', 'in', ['review.extend', 'review.lapsed'])
        .execute();
      assert.deepEqual(
        entries.map(({ action }) => action),
        [ended === 'extend' ? 'review.extend' : 'review.lapsed'],
      );
      const next = await run(() => activities.readNextStep({ sessionId, now: now.getTime() }));
      assert.equal(next.phase, ended === 'extend' ? 'archived' : 'review', 'the workflow obeys the row');
    }
    assert.ok(!ends.has(null));
    await assertHolds();
  });

  for (const step of ['archive.starting', 'archive.begun', 'archive.verified', 'archive.recorded'])
    it(`fault 26: a message that comes at ${step} is in the archive or in a conversation, never lost or twice`, async () => {
      const closedAt = new Date(Date.now() - DAY);
      const { sessionId, telegramUserId } = await begin(closedAt);
      await at.acts.closeSession({ sessionId, reason: 'agent', actor: agent, now: closedAt });
      let arriving: Promise<{ sessionId?: string }> | undefined;
      reached = (now) => {
        if (now === step)
          arriving ??= at.acts.receiveMessage(customerMessage('One more thing', { telegramUserId }));
      };
      const now = Date.now();
      // An attempt that a message has overtaken is refused, and the workflow comes again.
      await run(() => activities.archiveSession({ sessionId, now })).catch(() => undefined);
      reached = () => undefined;
      const { sessionId: taken } = (await arriving) ?? {};
      await run(() => activities.archiveSession({ sessionId, now })).catch(() => undefined);
      assert.ok(taken, 'the message was taken');
      const { db } = at;
      const live = await db.selectFrom('message').select('id').where('session_id', '=', taken).execute();
      const [manifest] = await db
        .selectFrom('archive')
        .select('messages')
        .where('session_id', '=', taken)
        .where('attachment_id', 'is', null)
        .execute();
      assert.equal(live.length + (manifest?.messages ?? 0), taken === sessionId ? 2 : 1);
      await assertHolds();
    });
});
