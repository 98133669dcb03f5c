import { setTimeout as pause } from 'node:timers/promises';
import { Argument, Command } from 'commander';
import type { ExportRow } from '../db/exports-tables.ts';
import { AppError } from '../domain/errors.ts';
import {
  fetchTo,
  readerOf,
  show,
  withExports,
  type ExportCommandDeps,
  type ExportServices,
} from './export-deps.ts';
import { orderOptions, readOrder, type OrderOptions } from './export-order.ts';
import { createOutput, jsonOption, shortId } from './output.ts';
import { startProgress, type Progress } from './progress.ts';

interface RunOptions extends OrderOptions {
  readonly output?: string;
  readonly detach?: boolean;
}

const POLL_MS = 500;

/** `retention export run` */
export function createRunCommand(deps: ExportCommandDeps): Command {
  return orderOptions(
    new Command('run')
      .description('export sessions: those a query finds, of a person, with a tag, of a span of time')
      .addArgument(new Argument('[query]', 'as for a search; see docs/search.md')),
  )
    .option('--output <directory>', 'write the files there when they are done')
    .option('--detach', 'do not wait for it')
    .addOption(jsonOption())
    .action(async (query: string | undefined, options: RunOptions, command: Command) => {
      await withExports(deps, (services) => run(deps, services, { query, options, command }));
    });
}

async function run(
  deps: ExportCommandDeps,
  services: ExportServices,
  { query, options, command }: { query: string | undefined; options: RunOptions; command: Command },
): Promise<void> {
  const output = createOutput(deps, command);
  const exportId = await services.acts.requestExport(await readOrder(deps, services, query, options));
  output.note(`Export ${shortId(exportId)} is under way. It goes on if this command ends.`);
  if (options.detach) {
    show(output, await services.acts.showExport({ exportId, reader: readerOf(deps) }));
    return;
  }
  const row = await untilWritten(deps, services, exportId);
  if (row.state !== 'done')
    throw new AppError(
      'phase_conflict',
      `Export ${exportId} ended without files (${row.failure ?? row.ending ?? 'expired'}).`,
    );
  if (row.held_back > 0) output.note(`${row.held_back} sessions are held back: they are for other readers.`);
  show(output, row);
  if (options.output !== undefined)
    await fetchTo(deps, services, output, { exportId, output: options.output, reason: options.reason });
}

/** Follows an export until its files are there, or will not be. */
async function untilWritten(
  deps: ExportCommandDeps,
  { acts }: ExportServices,
  exportId: string,
): Promise<ExportRow> {
  let progress: Progress | undefined;
  let shown = 0;
  try {
    for (;;) {
      const row = await acts.showExport({ exportId, reader: readerOf(deps) });
      if (row.state !== 'requested')
        progress ??= startProgress(deps.stderr, { total: row.sessions, what: 'sessions' });
      progress?.advance(row.done_sessions - shown);
      if (progress) shown = row.done_sessions;
      if (!['requested', 'planned', 'written'].includes(row.state)) return row;
      await pause(POLL_MS);
    }
  } finally {
    progress?.stop();
  }
}
