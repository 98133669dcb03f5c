import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, it } from 'node:test';
import { Command } from 'commander';
import type { RestoreReport } from '../../src/acts/restore-check.ts';
import { createRestoreCheckCommand } from '../../src/cli/restore-check.ts';

const FOUND: RestoreReport = {
  entries: 7,
  repeated: [{ number: 'E-ABCD-2345', erasureId: 'one', sessions: 2, shares: 1, subject: true, keys: 3 }],
  deletedBefore: [],
  waiting: 0,
};
const NOTHING: RestoreReport = { entries: 7, repeated: [], deletedBefore: [], waiting: 0 };

describe('retention restore-check', () => {
  afterEach(() => {
    process.exitCode = 0;
  });

  it('ends with 0 where nothing came back', async () => {
    const { exitCode, stdout } = await run(NOTHING, []);
    assert.equal(exitCode, 0);
    assert.match(stdout, /Erasures in the ledger\s+7\n/);
    assert.match(stdout, /Done again\s+none\n/);
  });

  it('waits until what came back is removed', async () => {
    const { exitCode, stdout, asked } = await run(FOUND, [], [1, 1, 0]);
    assert.deepEqual([exitCode, asked], [0, 3]);
    assert.match(stdout, /Done again\s+E-ABCD-2345\n/);
    assert.match(stdout, /Sessions\s+3\n/);
  });

  it('tells of sessions that came back although they were deleted', async () => {
    const report = { ...NOTHING, deletedBefore: ['one', 'two'] };
    const { exitCode, stdout } = await run(report, []);
    assert.equal(exitCode, 0);
    assert.match(stdout, /Deleted again\s+2\n/);
    assert.equal((await run(report, ['--dry-run'])).exitCode, 4);
  });

  it('tells of updates that waited from before an erasure', async () => {
    const report = { ...NOTHING, waiting: 2 };
    assert.match((await run(report, [])).stdout, /Keys of waiting updates\s+2\n/);
    assert.equal((await run(report, ['--dry-run'])).exitCode, 4);
  });

  it('does not wait when it is told not to', async () => {
    assert.equal((await run(FOUND, ['--no-wait'], [1])).asked, 0);
  });

  it('ends with 4 after a dry run that found something, and with 0 after one that did not', async () => {
    const found = await run(FOUND, ['--dry-run', '--json']);
    assert.deepEqual([found.exitCode, found.asked, found.dryRun], [4, 0, true]);
    assert.deepEqual(JSON.parse(found.stdout), FOUND);
    assert.equal((await run(NOTHING, ['--dry-run'])).exitCode, 0);
  });
});

/** @param running what each question for unfinished erasures is answered with */
async function run(report: RestoreReport, args: string[], running: number[] = []) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let asked = 0;
  let dryRun: boolean | undefined;
  process.exitCode = 0;
  const command = createRestoreCheckCommand({
    stdout,
    stderr,
    clock: () => new Date(),
    actor: { kind: 'operator', id: 'cli:test' },
    open: () =>
      Promise.resolve({
        check: (order) => {
          ({ dryRun } = order);
          return Promise.resolve(report);
        },
        countRunning: () => Promise.resolve(running[asked++] ?? 0),
        countStanding: () => Promise.resolve(0),
        close: () => Promise.resolve(),
      }),
  });
  await new Command('retention').addCommand(command).parseAsync(['restore-check', ...args], { from: 'user' });
  stdout.end();
  return { exitCode: process.exitCode, stdout: await text(stdout), asked, dryRun };
}
