import { closeSync, createReadStream, openSync, statSync, writeSync } from 'node:fs';
import { Presets, SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import type { ImportOrder, ImportSummary } from '../acts/import/import-export.ts';
import type { Refusal } from '../acts/import/refusals.ts';
import { AppError } from '../domain/errors.ts';
import type { CliDeps } from './deps.ts';
import { createOutput, facts, jsonOption } from './output.ts';

/** What an import works with; closed after it. */
export interface ImportServices {
  readonly importExport: (source: AsyncIterable<Buffer>, order: ImportOrder) => Promise<ImportSummary>;
  close(): Promise<void>;
}

export interface ImportCommandDeps extends Pick<CliDeps, 'stdout' | 'stderr' | 'clock' | 'actor'> {
  readonly open: () => Promise<ImportServices>;
}

interface ImportOptions {
  readonly project: string;
  readonly self?: number;
  readonly dryRun?: boolean;
  readonly report?: string;
  readonly json?: boolean;
}

/** The export is imported, but for what the report lists. */
const PARTLY_REFUSED = 6;

/** `retention import FILE` */
export function createImportCommand(deps: ImportCommandDeps): Command {
  return new Command('import')
    .description('take in a Telegram Desktop export, or one of ours as JSON Lines, by its true dates')
    .argument('<file>', 'the result.json of one chat or of a whole account, or sessions.jsonl')
    .option('--project <id>', 'the project whose customers these are', 'support')
    .option('--self <user-id>', 'the Telegram user id of the account that made the export', parseUserId)
    .option('--dry-run', 'read and count, write nothing')
    .option('--report <file>', 'where to list what is refused (default: FILE.refused.jsonl)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Run it again whenever it was interrupted, or with a longer export: what is there already is skipped.

Exit codes: 0 everything is imported, 2 the file cannot be used, 6 the report lists what was refused.

Examples:
  $ retention import ~/Downloads/ChatExport/result.json
  $ retention import result.json --project support --dry-run`,
    )
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const summary = await runImport(deps, file, options);
      const report = summary.refused > 0 ? reportPath(file, options) : null;
      createOutput(deps, command).data({ ...summary, report }, () => wordsOf(summary, report, options));
      if (summary.refused > 0) process.exitCode = PARTLY_REFUSED;
    });
}

function parseUserId(text: string): number {
  const id = Number(text);
  if (!/^[1-9]\d{0,15}$/.test(text) || !Number.isSafeInteger(id))
    throw new InvalidArgumentError('Expected a Telegram user id, such as 123456789.');
  return id;
}

async function runImport(
  deps: ImportCommandDeps,
  file: string,
  options: ImportOptions,
): Promise<ImportSummary> {
  const size = sizeOf(file);
  const report = createReport(reportPath(file, options));
  const bar = createBar(deps, size);
  const services = await deps.open();
  try {
    return await services.importExport(createReadStream(file) as AsyncIterable<Buffer>, {
      projectId: options.project,
      ...(options.self !== undefined && { self: options.self }),
      dryRun: options.dryRun === true,
      actor: deps.actor,
      now: deps.clock(),
      onRefused: report.add,
      onProgress: bar.update,
    });
  } finally {
    bar.stop();
    report.close();
    await services.close();
  }
}

/** @throws AppError `input_invalid` */
function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile())
    throw new AppError(
      'input_invalid',
      `${file} is not a file. Name the result.json of a Telegram Desktop export.`,
    );
  return found.size;
}

function reportPath(file: string, { report }: ImportOptions): string {
  return report ?? `${file}.refused.jsonl`;
}

/** Written only if anything is refused; for its owner alone, since chat ids name people to Telegram. */
function createReport(path: string): { add: (refusal: Refusal) => void; close: () => void } {
  let handle: number | undefined;
  return {
    add(refusal) {
      handle ??= openSync(path, 'w', 0o600);
      writeSync(handle, `${JSON.stringify(refusal)}\n`);
    },
    close() {
      if (handle !== undefined) closeSync(handle);
    },
  };
}

function createBar(
  { stderr }: Pick<CliDeps, 'stderr'>,
  size: number,
): { update: (bytes: number, messages: number) => void; stop: () => void } {
  if (!(stderr as NodeJS.WriteStream).isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      stream: stderr,
      format: '{bar} {percentage}% | {messages} messages | {eta_formatted}',
    },
    Presets.shades_classic,
  );
  bar.start(size, 0, { messages: 0 });
  return { update: (bytes, messages) => bar.update(bytes, { messages }), stop: () => bar.stop() };
}

function wordsOf(summary: ImportSummary, report: string | null, { dryRun }: ImportOptions): string {
  const { sessions, brokeOff } = summary;
  return facts([
    ['Trial run', dryRun ? 'nothing was written' : undefined],
    ['Chats', summary.chats],
    ['Messages', summary.messages],
    ['Already imported', summary.alreadyImported],
    ['Sessions, open', sessions.open],
    ['Sessions, closed', `${sessions.closed}, of which ${sessions.pastRetention} are past their retention`],
    ['Refused', summary.refused],
    ['Broke off', brokeOff ? `at byte ${brokeOff.atByte} (${brokeOff.reason}); export again` : undefined],
    ['Report', report ?? undefined],
  ]);
}
