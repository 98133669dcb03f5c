import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT, explain } from '../../src/cli/exit-codes.ts';
import { AppError } from '../../src/domain/errors.ts';
import { isOutage } from '../../src/main/outage.ts';
import { createStage, type Outcome, type Stage } from './stage.ts';

const DAY_MS = 86_400_000;

interface Status {
  readonly projects: {
    readonly projectId: string;
    readonly phases: Readonly<Record<string, number>>;
    readonly held: number;
    readonly lateArchives: number;
    readonly reviewsWaiting: number;
    readonly nearestReviewDueAt: string | null;
  }[];
  readonly outbox: { readonly waiting: number };
  readonly updates: { readonly waiting: number };
  readonly temporal: { readonly reachable: boolean };
}

describe('retention', () => {
  let stage: Stage;
  before(async () => {
    stage = await createStage();
  });
  after(() => stage.close());

  /** The program as a process of its own, as an operator starts it. */
  function spawnProgram(args: string[], variables: Record<string, string>): Promise<Outcome> {
    const env = { PATH: process.env['PATH'], NO_COLOR: '1', ...variables };
    const program = join(import.meta.dirname, '../../src/main/cli.ts');
    return new Promise((done) => {
      const child = execFile(process.execPath, [program, ...args], { env }, (_error, stdout, stderr) =>
        done({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  const configuration = () => ({
    RETENTION_DATABASE_URL: stage.database.url,
    RETENTION_KEYS_DATABASE_URL: stage.database.keysUrl,
    RETENTION_SECRETS: stage.database.secretsDir,
    RETENTION_ARCHIVE: `file://${stage.archiveDir}`,
    // Nothing listens on the port of "discard".
    RETENTION_TEMPORAL_ADDRESS: '127.0.0.1:9',
  });

  it('counts what stands where, what is held, late or in review', async () => {
    await stage.openSession();
    await stage.archiveSession();
    const held = await stage.openSession();
    const review = await stage.reviewSession();
    const [late, spam] = [await stage.openSession(), await stage.openSession()];
    await stage.run('session', 'close', late);
    await stage.run('session', 'tag', spam, 'spam');
    await stage.run('hold', 'place', held, '--reason', 'claim', '--until', '2026-03-02T18:00:00Z');

    stage.now = new Date(stage.now.getTime() + DAY_MS);
    const status = await stage.json<Status>('status');
    const { projectId, phases, ...counts } = status.projects[0] ?? assert.fail('no project');
    assert.equal(projectId, 'shop');
    assert.deepEqual(phases, { open: 2, closed: 2, archived: 1, review: 1, deleted: 0 });
    assert.deepEqual(counts, {
      held: 1,
      lateArchives: 1,
      reviewsWaiting: 1,
      nearestReviewDueAt: '2026-03-08T12:00:00.000Z',
    });
    assert.ok(status.outbox.waiting > 0);

    stage.now = new Date(stage.now.getTime() + DAY_MS);
    await stage.run('review', 'approve', review);
    const later = (await stage.json<Status>('status')).projects[0];
    assert.deepEqual([later?.held, later?.reviewsWaiting, later?.nearestReviewDueAt], [0, 0, null]);
  });

  it('tells that Temporal is away without failing', async () => {
    stage.temporalReachable = false;
    const { code, stdout } = await stage.run('status');
    stage.temporalReachable = true;
    assert.equal(code, 0);
    assert.match(stdout, /NOT REACHABLE at 127\.0\.0\.1:7233/);
  });

  it('tells how many updates wait for their turn, and since when', async () => {
    const { db } = stage.database;
    assert.match((await stage.run('status')).stdout, /Updates +nothing waits/);
    const row = { bot_id: 1, update_id: 1, batch_id: randomUUID(), sealed: Buffer.from('sealed') };
    await db
      .insertInto('waiting_update')
      .values({ ...row, put_by_at: stage.now })
      .execute();
    const { stdout } = await stage.run('status');
    assert.match(stdout, /Updates +1 updates from Telegram wait, the oldest since 2026-/);
    assert.equal((await stage.json<Status>('status')).updates.waiting, 1);
    await db.deleteFrom('waiting_update').execute();
  });

  it('lists the projects with the policy in force', async () => {
    const projects = await stage.json<{ id: string; policyVersion: number }[]>('projects', 'list');
    assert.deepEqual(
      projects.map(({ id, policyVersion }) => ({ id, policyVersion })),
      [{ id: 'shop', policyVersion: 1 }],
    );
    assert.match((await stage.run('projects', 'list')).stdout, /Test shop {2}UTC +P730D +P7D/);
  });

  it('narrows the audit by group of actions and date', async () => {
    const id = await stage.archiveSession();
    await stage.run('hold', 'place', id, '--reason', 'claim');
    const { approvalId } = await stage.json<{ approvalId: string }>('hold', 'release', id);
    const second = { kind: 'operator', id: 'cli:second' } as const;
    const decision = { approvalId, outcome: 'approved', actor: second, now: stage.now } as const;
    await stage.database.acts.decideApproval(decision);
    const list = ['audit', 'list', '--session', id, '--action', 'hold'];
    const entries = await stage.json<{ action: string }[]>(...list);
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['hold.released', 'hold.placed'],
    );
    assert.deepEqual(await stage.json(...list, '--since', '2030-01-01'), []);
    assert.equal((await stage.run(...list, '--since', 'monday')).code, 2);
  });

  it('keeps the texts of people from driving the terminal', async () => {
    const id = await stage.archiveSession();
    await stage.run('hold', 'place', id, '--reason', 'claim \u001b[2Jcleared \u202egnp');
    const { stdout } = await stage.run('session', 'show', id);
    assert.match(stdout, /claim {2}\[2Jcleared {2}gnp/);
    for (const character of ['\u001b', '\u202e']) assert.ok(!stdout.includes(character));
  });

  it('answers wrong usage with exit code 2 and one line, and help with 0', async () => {
    for (const args of [
      ['sesion'],
      ['session', 'list', '--phase', 'gone'],
      ['session', 'list', '--limit', '0'],
      ['session', 'show'],
      ['hold', 'place', 'aaaaaaaa'],
    ]) {
      const { code, stdout, stderr } = await stage.run(...args);
      assert.deepEqual([code, stdout, stderr.split('\n').length], [2, '', 2], stderr);
      assert.match(stderr, /^[A-Z].* See: retention.* --help\n$/);
    }
    assert.equal((await stage.run('session')).code, 2);
    for (const args of [
      ['--help'],
      ['session', '--help'],
      ['help', 'review'],
      ['archive', 'cat', '--help'],
    ]) {
      const { code, stdout, stderr } = await stage.run(...args);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /Usage: retention/);
    }
  });

  it('says that the database cannot be reached with exit code 5, that something broke with 1', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    assert.equal(explain(refused, isOutage).exitCode, EXIT.unreachable);
    assert.match(
      explain(Object.assign(new Error(), { code: '42P01' }), isOutage).message,
      /retention migrate/,
    );
    const broken = explain(new TypeError('text of a customer'), isOutage);
    assert.equal(broken.exitCode, EXIT.unexpected);
    assert.match(broken.message, /TypeError/);
    assert.doesNotMatch(broken.message, /customer/);
    const wrong = explain(new AppError('config_invalid', 'a.yaml: id: bad\nb.yaml: id: bad'), isOutage);
    assert.deepEqual(wrong, { exitCode: EXIT.usage, message: 'a.yaml: id: bad; b.yaml: id: bad' });
  });

  it('runs as a process: data alone on stdout, the operating system’s user as the actor', async () => {
    const id = await stage.archiveSession('Where is my parcel?');
    const status = await spawnProgram(['status', '--json'], configuration());
    assert.deepEqual([status.code, status.stderr], [0, '']);
    assert.equal((JSON.parse(status.stdout) as Status).temporal.reachable, false);
    const cat = await spawnProgram(['archive', 'cat', id, '--reason', 'test'], configuration());
    assert.deepEqual([cat.code, cat.stderr], [0, '']);
    assert.match(cat.stdout, /Where is my parcel\?/);
    const [reading] = await stage.json<{ actor: { kind: string; id: string } }[]>(
      ...['audit', 'list', '--session', id, '--action', 'archive.read'],
    );
    assert.equal(reading?.actor.kind, 'operator');
    assert.match(reading?.actor.id ?? '', /^cli:./);
  });

  it('ends with exit code 5 where no database listens, and 2 where the configuration is wrong', async () => {
    const away = { ...configuration(), RETENTION_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' };
    const unreachable = await spawnProgram(['projects', 'list'], away);
    assert.deepEqual([unreachable.code, unreachable.stdout], [5, '']);
    assert.match(unreachable.stderr, /^The database cannot be reached \(ECONNREFUSED\)\..*\n$/);
    const wrong = await spawnProgram(['migrate'], configuration());
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /RETENTION_DATABASE_OWNER_URL/);
  });
});
