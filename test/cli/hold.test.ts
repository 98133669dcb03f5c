import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setPaused } from '../../src/db/breaker.ts';
import { createStage, type Stage } from './stage.ts';

interface Hold {
  readonly id: string;
  readonly scope: string;
  readonly tag: string | null;
  readonly openedBefore: string | null;
}
interface Placed {
  readonly holdId: string;
  readonly sessions: number;
  readonly tooLate: number;
}

let stage: Stage;
before(async () => {
  stage = await createStage();
});
after(() => stage.close());

describe('retention hold', () => {
  it('places a hold on what a query finds, and lists it for a session it is on', async () => {
    const id = await stage.archiveSession('one', ['complaint']);
    const other = await stage.archiveSession('two');
    const query = ['--project', 'shop', '--tag', 'complaint', '--opened-from', '2026-03-01'];
    const placed = await stage.json<Placed>('hold', 'place', ...query, '--reason', 'audit 7');
    assert.deepEqual([placed.sessions, placed.tooLate], [1, 0]);
    const [hold, ...more] = await stage.json<Hold[]>('hold', 'list', '--session', id);
    assert.deepEqual(
      [hold?.id, hold?.scope, hold?.tag, more.length],
      [placed.holdId, 'query', 'complaint', 0],
    );
    assert.deepEqual(await stage.json('hold', 'list', '--session', other), []);
    const { stdout } = await stage.run('hold', 'list');
    assert.match(stdout, /every session tagged complaint opened from 2026-03-01 00:00 UTC +audit 7/);
  });

  it('takes days in the time zone of the project, the last one included', async () => {
    await stage.database.db.updateTable('project').set({ time_zone: 'Asia/Tokyo' }).execute();
    const query = ['--project', 'shop', '--opened-to', '2020-01-31', '--reason', 'audit'];
    const { holdId } = await stage.json<Placed>('hold', 'place', ...query);
    await stage.database.db.updateTable('project').set({ time_zone: 'UTC' }).execute();
    const holds = await stage.json<Hold[]>('hold', 'list', '--scope', 'query');
    assert.equal(holds.find(({ id }) => id === holdId)?.openedBefore, '2020-01-31T15:00:00.000Z');
  });

  it('places a hold on all sessions of a subject', async () => {
    const id = await stage.openSession();
    const { subjectId } = await stage.json<{ subjectId: string }>('session', 'show', id);
    const { stdout } = await stage.run('hold', 'place', '--subject', subjectId, '--reason', 'claim');
    assert.match(stdout, /keeps 1 sessions now, and later ones as they come\./);
    assert.equal((await stage.json<{ held: boolean }>('session', 'show', id)).held, true);
  });

  it('releases one hold by its id, once a second person approves', async () => {
    const id = await stage.archiveSession('three', ['lawsuit']);
    const query = ['--project', 'shop', '--tag', 'lawsuit', '--reason', 'claim'];
    const { holdId } = await stage.json<Placed>('hold', 'place', ...query);
    const own = await stage.run('hold', 'release', id);
    assert.deepEqual([own.code, own.stderr.includes(holdId)], [3, true]);
    const { stdout } = await stage.run('hold', 'release', '--hold', holdId, '--reason', 'settled');
    const approvalId = /request ([0-9a-f-]{36})/.exec(stdout)?.[1] ?? '';
    await stage.database.acts.decideApproval({
      approvalId,
      outcome: 'approved',
      actor: { kind: 'operator', id: 'cli:second' },
      now: stage.now,
    });
    assert.deepEqual(await stage.json('hold', 'list', '--session', id), []);
  });

  it('asks for one thing to hold or to release, and for ids that are some', async () => {
    const id = await stage.openSession();
    for (const args of [
      ['place', '--reason', 'x'],
      ['place', id, '--project', 'shop', '--reason', 'x'],
      ['place', '--project', 'shop', '--reason', 'x'],
      ['place', '--subject', 'anna', '--reason', 'x'],
      ['release'],
      ['release', id, '--hold', id],
      ['release', '--hold', '12345678'],
    ])
      assert.equal((await stage.run('hold', ...args)).code, 2, args.join(' '));
    assert.equal(
      (await stage.run('hold', 'place', '--project', 'nowhere', '--tag', 'x', '--reason', 'x')).code,
      3,
    );
    assert.equal((await stage.run('hold', 'place', '--subject', id, '--reason', 'x')).code, 3);
    assert.equal((await stage.run('hold', 'release', '--hold', id)).code, 3);
  });
});

describe('retention breaker', () => {
  it('shows how a project stands, and lets paused deletions go on', async () => {
    assert.match((await stage.run('breaker', 'status', 'shop')).stdout, /Deletions +go on/);
    await stage.database.db.transaction().execute((tx) => setPaused(tx, 'shop', stage.now));
    assert.match((await stage.run('breaker', 'status', 'shop')).stdout, /paused since 2026-03-01/);
    assert.equal((await stage.run('breaker', 'resume', 'shop')).code, 2);
    assert.equal((await stage.run('breaker', 'resume', 'shop', '--reason', 'two words')).code, 2);
    assert.deepEqual(await stage.json('breaker', 'resume', 'shop', '--reason', 'T-1'), {
      projectId: 'shop',
      sessions: 0,
    });
    assert.equal((await stage.run('breaker', 'resume', 'shop', '--reason', 'T-1')).code, 4);
    assert.equal((await stage.run('breaker', 'status', 'nowhere')).code, 3);
  });
});
