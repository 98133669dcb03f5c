import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { archivedSubject, PROJECT } from '../../../bench/erasure/subject.ts';
import { ERASURE_BATCH } from '../../../src/db/erasures.ts';
import { erasureWorkflowId } from '../../../src/temporal/ids.ts';
import { addProject, testProject } from '../../support/database.ts';
import { createLifeStage, type LifeStage } from '../../support/life.ts';
import { reaches } from '../../workflows/erasure-stage.ts';

const SESSIONS = 1050;
/** As many as share the archive store at a time. */
const CHILDREN = 4;

describe('an erasure of somebody with a thousand sessions', () => {
  let stage: LifeStage;
  before(async () => {
    stage = await createLifeStage();
    await addProject(stage.db, { ...testProject(), id: PROJECT });
  });
  after(() => stage.stop());

  it('fault 32: goes in batches of a hundred, four at a time, with a short history', async () => {
    const telegramUserId = 9_300_000_001;
    await archivedSubject(stage, stage.store.url, { telegramUserId, sessions: SESSIONS });
    const now = await stage.now();
    const act = { projectId: PROJECT, telegramUserId, now };
    const { nonce } = await stage.acts.requestErasure(act);
    const { erasureId } = await stage.acts.confirmErasure({ ...act, nonce: nonce ?? '' });
    const { rows: batches } = await sql<{ sessions: number }>`
      select count(*)::int as sessions from participant where erasure_id = ${erasureId}
      group by erasure_batch`.execute(stage.aside);
    assert.equal(batches.length, Math.ceil(SESSIONS / ERASURE_BATCH));
    assert.ok(batches.every(({ sessions }) => sessions <= ERASURE_BATCH));
    await stage.relay();

    const { confirmed_at: confirmedAt, removed_at: removedAt } = await reaches(
      stage,
      erasureId,
      ({ state }) => state === 'done',
    );
    assert.ok(
      (removedAt?.getTime() ?? Infinity) - (confirmedAt?.getTime() ?? 0) < 86_400_000,
      'within a day',
    );
    const { rows: left } = await sql`select from session where phase <> 'deleted'`.execute(stage.aside);
    assert.equal(left.length, 0);
    const names = [];
    for await (const { name } of stage.store.list(`${PROJECT}/`)) names.push(name);
    assert.deepEqual(names, []);
    assert.equal(
      (await sql`select from audit_entry where action = 'session.erased'`.execute(stage.aside)).rows.length,
      SESSIONS,
    );

    const { events } = await stage.env.client.workflow.getHandle(erasureWorkflowId(erasureId)).fetchHistory();
    let [atOnce, most] = [0, 0];
    for (const event of events ?? []) {
      if (event.childWorkflowExecutionStartedEventAttributes) most = Math.max(most, (atOnce += 1));
      if (event.childWorkflowExecutionCompletedEventAttributes) atOnce -= 1;
    }
    assert.equal(most, CHILDREN);
    assert.ok((events?.length ?? 0) < 500, `${events?.length} events`);
  });
});
