import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decidedDeletions, readBreaker } from '../../src/db/breaker.ts';
import { nextStepOf } from '../../src/db/life.ts';
import { addProjectWith, ann, createHoldsStage, type HoldsStage } from './holds-stage.ts';

const noon = new Date('2026-03-10T12:00:00Z');
const nextDay = new Date('2026-03-11T00:00:01Z');

let at: HoldsStage;
before(async () => {
  at = await createHoldsStage();
});
after(() => at.drop());

/** Begins deletions side by side. @returns how many did */
async function begin(ids: readonly string[], now = noon): Promise<number> {
  const results = await Promise.all(ids.map((id) => at.begin(id, now)));
  return results.filter((one) => one === 'begun').length;
}

const resume = (projectId: string, now = noon) =>
  at.acts.resumeDeletions({ projectId, reason: 'TICKET-1', actor: ann, now });

async function paused(projectId: string): Promise<Date | null | undefined> {
  return (await readBreaker(at.db, projectId, noon))?.pausedAt;
}

/** What supervisors and compliance are told. */
async function tellings(projectId: string): Promise<unknown[]> {
  const rows = await at.db
    .selectFrom('delivery')
    .select('payload')
    .where('project_id', '=', projectId)
    .where('target', '=', 'supervisors')
    .where('kind', '=', 'text')
    .orderBy('id')
    .execute();
  return rows.map((row) => row.payload['key']);
}

describe('the breaker', () => {
  it('pauses deletions once when twenty come at once and five may, and tells it once', async () => {
    const projectId = await addProjectWith(at, 'few', { breaker: { sharePerDay: 0.1, orFewerThan: 5 } });
    const ids = await at.sessions(20, { projectId });
    assert.equal(await begin(ids), 5);
    assert.deepEqual(await paused(projectId), noon);
    assert.deepEqual(await at.actions(projectId), ['project.created', 'deletions.paused']);
    assert.deepEqual(await tellings(projectId), ['deletions-paused']);
    assert.equal(await begin(ids), 5, 'those that had begun go on, and no others begin');
    assert.deepEqual(await at.actions(projectId), ['project.created', 'deletions.paused']);
  });

  it('lets the sessions that wait go on when it is resumed, with the allowance of the day anew', async () => {
    const projectId = await addProjectWith(at, 'again', { breaker: { sharePerDay: 0.1, orFewerThan: 5 } });
    const ids = await at.sessions(12, { projectId });
    await begin(ids);
    await at.told();
    assert.deepEqual(await resume(projectId), { sessions: 7 });
    const told = await at.told();
    assert.deepEqual(new Set(told.values()), new Set(['redated']));
    assert.equal(told.size, 7);
    assert.equal(await begin([...told.keys()]), 5);
    assert.notEqual(await paused(projectId), null);
    await resume(projectId);
    assert.equal(await begin(ids), 12);
    assert.equal(await paused(projectId), null);
    assert.deepEqual(await at.actions(projectId), [
      'project.created',
      'deletions.paused',
      'deletions.resumed',
      'deletions.paused',
      'deletions.resumed',
    ]);
  });

  it('takes the share of the archive that the day began with', async () => {
    const projectId = await addProjectWith(at, 'share', { breaker: { sharePerDay: 0.2, orFewerThan: 1 } });
    const ids = await at.sessions(30, { projectId });
    await at.sessions(20, { projectId, phase: 'archived' });
    // Sessions in other phases are not in the archive.
    await at.sessions(50, { projectId, phase: 'closed' });
    assert.equal(await begin(ids), 10);
    const status = await readBreaker(at.db, projectId, noon);
    assert.deepEqual([status?.archived, status?.began, status?.allowed, status?.waiting], [50, 10, 10, 20]);
  });

  it('begins to count anew with each day of the project’s time zone', async () => {
    const policy = { breaker: { sharePerDay: 0.01, orFewerThan: 3 } };
    const utc = await addProjectWith(at, 'utc', policy);
    const tokyo = await addProjectWith(at, 'tokyo', policy, { timeZone: 'Asia/Tokyo' });
    for (const [projectId, later] of [
      [utc, 3],
      [tokyo, 0],
    ] as const) {
      const ids = await at.sessions(6, { projectId });
      assert.equal(await begin(ids.slice(0, 3), new Date('2026-03-10T23:59:00Z')), 3);
      // Midnight in UTC is nine in the morning in Tokyo.
      assert.equal(await begin(ids.slice(3), nextDay), later);
    }
    assert.equal(await paused(utc), null);
  });

  it('stays paused over the end of the day', async () => {
    const projectId = await addProjectWith(at, 'over', { breaker: { sharePerDay: 0.01, orFewerThan: 1 } });
    const ids = await at.sessions(3, { projectId });
    await begin(ids);
    assert.equal(await begin(ids, nextDay), 1);
    const [waiting = ''] = await decidedDeletions(at.db, projectId);
    const { step, at: when } = nextStepOf(await at.life(waiting, nextDay));
    assert.deepEqual([step, when], ['wait', null]);
  });

  it('neither counts spam nor stops it', async () => {
    const projectId = await addProjectWith(at, 'spam', { breaker: { sharePerDay: 0.01, orFewerThan: 1 } });
    const spam = await at.sessions(4, { projectId, phase: 'closed', tag: 'spam' });
    assert.equal(await begin(spam.slice(0, 2)), 2);
    assert.equal(await begin(await at.sessions(2, { projectId })), 1);
    assert.notEqual(await paused(projectId), null);
    assert.equal(await begin(spam.slice(2)), 2);
  });

  it('is resumed only where it paused, and with a word for the audit', async () => {
    const projectId = await addProjectWith(at, 'calm', {});
    await assert.rejects(resume(projectId), { code: 'phase_conflict' });
    await assert.rejects(resume('nowhere'), { code: 'not_found' });
    await assert.rejects(
      at.acts.resumeDeletions({ projectId, reason: 'looked at it', actor: ann, now: noon }),
      { code: 'input_invalid' },
    );
  });

  it('loses no session when deletions and their resuming meet', async () => {
    const projectId = await addProjectWith(at, 'meet', { breaker: { sharePerDay: 0.01, orFewerThan: 4 } });
    const ids = await at.sessions(40, { projectId });
    await begin(ids);
    let waiting = await decidedDeletions(at.db, projectId);
    while (waiting.length > 0) {
      await Promise.all([resume(projectId), begin(ids)]);
      const told = await at.told();
      waiting = await decidedDeletions(at.db, projectId);
      assert.ok(waiting.every((id) => told.has(id)));
      while (waiting.length > 0 && (await paused(projectId)) === null) {
        await begin(ids);
        waiting = await decidedDeletions(at.db, projectId);
      }
    }
    assert.equal(await begin(ids), 40);
  });
});
