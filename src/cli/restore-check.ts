import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import type { RestoreReport } from '../acts/restore-check.ts';
import type { Actor } from '../domain/events.ts';
import type { CliDeps } from './deps.ts';
import { EXIT } from './exit-codes.ts';
import { createOutput, facts, jsonOption, type Output } from './output.ts';
import { startProgress } from './progress.ts';

/** What a check of a restored database works with; closed after it. */
export interface RestoreServices {
  readonly check: (order: { dryRun: boolean; actor: Actor; now: Date }) => Promise<RestoreReport>;
  /** How many of these erasures are not over yet. */
  readonly countRunning: (erasureIds: readonly string[]) => Promise<number>;
  /** How many of these sessions are not deleted yet. */
  readonly countStanding: (sessionIds: readonly string[]) => Promise<number>;
  close(): Promise<void>;
}

interface RestoreCheckDeps extends Pick<CliDeps, 'stdout' | 'stderr' | 'clock' | 'actor'> {
  readonly open: () => Promise<RestoreServices>;
}

interface Options {
  readonly dryRun?: boolean;
  readonly wait: boolean;
}

const ASK_AGAIN_MS = 500;

/** `retention restore-check` */
export function createRestoreCheckCommand(deps: RestoreCheckDeps): Command {
  return new Command('restore-check')
    .description('after a restore: erase and delete again what the back-up brought back')
    .option('--dry-run', 'look and tell, change nothing')
    .option(
      '--no-wait',
      'end once everything is hidden and its keys are destroyed, while it is still removed',
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Reads the erasure ledger, which lies outside the databases (RETENTION_LEDGER). Run it after every restore of
either database, with worker and relay running and before the bot starts. On a database that was not
restored it finds nothing. Sessions that were deleted by their rules are known by their destroyed keys, where
the keys database was not restored; they are completed as deleted.

Exit codes: 0 nothing that was erased or deleted is here any more; 4 with --dry-run, something is.

Examples:
  $ retention restore-check --dry-run
  $ retention restore-check`,
    )
    .action(async (options: Options, command: Command) => {
      const services = await deps.open();
      try {
        await run(deps, services, options, command);
      } finally {
        await services.close();
      }
    });
}

async function run(
  deps: RestoreCheckDeps,
  services: RestoreServices,
  options: Options,
  command: Command,
): Promise<void> {
  const dryRun = options.dryRun ?? false;
  const output = createOutput(deps, command);
  const report = await services.check({ dryRun, actor: deps.actor, now: deps.clock() });
  if (!dryRun && options.wait) await waitFor(deps, services, report, output);
  output.data(report, () => wordsOf(report, dryRun));
  if (dryRun && report.repeated.length + report.deletedBefore.length + report.waiting > 0)
    process.exitCode = EXIT.refused;
}

async function waitFor(
  deps: RestoreCheckDeps,
  { countRunning, countStanding }: RestoreServices,
  report: RestoreReport,
  output: Output,
): Promise<void> {
  const ids = [...new Set(report.repeated.map(({ erasureId }) => erasureId))];
  const count = async () => (await countRunning(ids)) + (await countStanding(report.deletedBefore));
  let left = await count();
  if (left === 0) return;
  output.note('Everything is hidden and its keys are destroyed. Worker and relay now remove it.');
  const progress = startProgress(deps.stderr, { total: left, what: 'erasures and deletions' });
  try {
    while (left > 0) {
      await pause(ASK_AGAIN_MS);
      const now = await count();
      progress.advance(left - now);
      left = now;
    }
  } finally {
    progress.stop();
  }
}

function wordsOf({ entries, repeated, deletedBefore, waiting }: RestoreReport, dryRun: boolean): string {
  const sum = (count: (one: RestoreReport['repeated'][number]) => number) =>
    repeated.reduce((all, one) => all + count(one), 0);
  return facts([
    ['Erasures in the ledger', String(entries)],
    [dryRun ? 'To be done again' : 'Done again', repeated.map(({ number }) => number).join(', ') || 'none'],
    ['People', String(sum(({ subject }) => Number(subject)))],
    ['Sessions', String(sum(({ sessions, shares }) => sessions + shares))],
    ['Keys', String(sum(({ keys }) => keys))],
    [dryRun ? 'Deleted before' : 'Deleted again', String(deletedBefore.length)],
    ['Keys of waiting updates', String(waiting)],
  ]);
}
