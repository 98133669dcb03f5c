import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { testProject } from '../support/database.ts';
import { createStage, OPERATOR, type Stage } from './stage.ts';

interface Standing {
  readonly phase: string;
  readonly held: boolean;
  readonly next: { readonly step: string; readonly at: string };
}

describe('retention review and hold', () => {
  let stage: Stage;
  before(async () => {
    stage = await createStage();
  });
  after(() => stage.close());

  it('lists what waits for a decision until it is decided', async () => {
    const id = await stage.reviewSession();
    const waiting = async () =>
      (await stage.json<{ sessionId: string }[]>('review', 'list')).map((one) => one.sessionId);
    assert.ok((await waiting()).includes(id));
    assert.match((await stage.run('review', 'list')).stdout, /2026-03-08 12:00:00Z/);
    const { next } = await stage.json<Standing>('review', 'approve', id);
    assert.equal(next.step, 'delete');
    assert.ok(!(await waiting()).includes(id));
  });

  it('gives the second who decides exit code 4 and says who was first', async () => {
    const id = await stage.reviewSession();
    await stage.run('review', 'approve', id);
    const { code, stderr } = await stage.run('review', 'hold', id, '--reason', 'claim');
    assert.equal(code, 4);
    assert.match(stderr, /already decided: approve by cli:test/);
  });

  it('refuses a decision on another round than the one that runs', async () => {
    const id = await stage.reviewSession();
    assert.equal((await stage.run('review', 'approve', id, '--round', '2')).code, 4);
    assert.equal((await stage.run('review', 'approve', id, '--round', '1')).code, 0);
  });

  it('neither lists nor decides what an erasure left restricted', async () => {
    const id = await stage.reviewSession();
    const waiting = async () => (await stage.run('review', 'list')).stdout.includes(id.slice(0, 8));
    assert.ok(await waiting());
    const { db } = stage.database;
    await db.updateTable('session').set({ restricted_at: stage.now }).where('id', '=', id).execute();
    assert.ok(!(await waiting()));
    const { code, stderr } = await stage.run('review', 'approve', id);
    assert.equal(code, 4);
    assert.match(stderr, /kept against an erasure, which removes it once its ground has ended/);
  });

  it('extends until a date that begins in the time zone of the project', async () => {
    const id = await stage.reviewSession();
    await stage.database.db.updateTable('project').set({ time_zone: 'Asia/Tokyo' }).execute();
    const { phase, next } = await stage.json<Standing>('review', 'extend', id, '--until', '2030-01-31');
    await stage.database.db.updateTable('project').set({ time_zone: 'UTC' }).execute();
    assert.deepEqual([phase, next.step, next.at], ['archived', 'open-review', '2030-01-30T15:00:00.000Z']);
  });

  it('refuses dates that are none or have passed', async () => {
    const id = await stage.reviewSession();
    for (const until of ['2030-02-31', 'tomorrow', '2020-01-01', ''])
      assert.equal((await stage.run('review', 'extend', id, '--until', until)).code, 2, until);
  });

  it('relabels with a tag that keeps the session longer, and refuses one that does not', async () => {
    const id = await stage.reviewSession();
    assert.equal((await stage.run('review', 'relabel', id, '--tag', 'weather')).code, 2);
    const { phase, next } = await stage.json<Standing>('review', 'relabel', id, '--tag', 'transaction');
    assert.deepEqual([phase, next.step], ['archived', 'open-review']);
  });

  it('holds a session in review, and lets it go on when it is released', async () => {
    const id = await stage.reviewSession();
    assert.equal((await stage.json<Standing>('review', 'hold', id, '--reason', 'claim 4711')).held, true);
    const { approvalId } = await stage.json<{ approvalId: string }>('hold', 'release', id);
    assert.equal((await stage.run('hold', 'release', id)).code, 4);
    const second = { kind: 'operator', id: 'cli:second' } as const;
    const decision = { approvalId, outcome: 'approved', actor: second, now: stage.now } as const;
    await stage.database.acts.decideApproval(decision);
    assert.equal((await stage.json<Standing>('session', 'show', id)).held, false);
    assert.equal((await stage.run('hold', 'release', id)).code, 3);
  });

  it('places a hold that ends by itself', async () => {
    const id = await stage.archiveSession();
    const { next } = await stage.json<Standing>(
      ...['hold', 'place', id, '--reason', 'audit', '--until', '2026-06-01T00:00:00Z'],
    );
    assert.deepEqual([next.step, next.at], ['wait', '2026-06-01T00:00:00.000Z']);
    assert.equal((await stage.run('hold', 'place', id, '--reason', ' ')).code, 2);
  });
});

describe('retention review where a deletion needs two people', () => {
  let stage: Stage;
  before(async () => {
    stage = await createStage();
  });
  after(() => stage.close());

  it('says of the first of two approvals that a second person is needed, and lists whose it is', async () => {
    const { policy } = testProject();
    await stage.database.acts.applyPolicy({
      ...{ projectId: 'shop', reason: 'two people', actor: OPERATOR, now: stage.now },
      policy: { ...policy, review: { ...policy.review, secondPerson: true } },
    });
    const id = await stage.reviewSession();
    const { code, stdout, stderr } = await stage.run('review', 'approve', id);
    assert.equal(code, 0);
    assert.match(stderr, /A second person has to approve the deletion too/);
    assert.match(stdout, /In review/);
    const list = (await stage.run('review', 'list')).stdout.split('\n');
    assert.match(list.find((line) => line.startsWith(id.slice(0, 8))) ?? '', /cli:test$/);
  });
});
