import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ExportOrder } from '../acts/export-order.ts';
import { AppError } from '../domain/errors.ts';
import { EXPORT_FORMATS, EXPORT_KEEP_DAYS, MOST_KEEP_DAYS, type ExportFormat } from '../domain/exports.ts';
import type { ExportCommandDeps, ExportServices } from './export-deps.ts';
import { parseReadReason } from './inputs.ts';

/** What a command line says of an export. */
export interface OrderOptions {
  readonly project: string;
  readonly person?: string;
  readonly tag?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly saved?: string;
  readonly format: ExportFormat;
  readonly zip?: boolean;
  readonly deliver?: string;
  readonly hashIds?: boolean;
  readonly dropNames?: boolean;
  readonly replace?: readonly { pattern: string; with: string }[];
  readonly keep: number;
  readonly reason: string;
}

export function orderOptions(command: Command): Command {
  return command
    .option('--project <id>', 'the project whose sessions these are', 'support')
    .option('--person <id>', 'sessions of this person: a Telegram id, or the id of a subject')
    .addOption(new Option('--tag <tag>', 'sessions with this tag; may be repeated').argParser(gather))
    .option('--from <day>', 'sessions active on this day or after it')
    .option('--to <day>', 'sessions active on this day or before it')
    .option('--saved <name>', 'what a search finds that you saved')
    .addOption(
      new Option('--format <format>', 'how it is written').choices([...EXPORT_FORMATS]).default('jsonl'),
    )
    .option('--zip', 'as one compressed file')
    .option('--deliver <address>', 'put the files there as well: a place that RETENTION_EXPORT_TO names')
    .option('--hash-ids', 'ids as keyed hashes, the same throughout this export')
    .option('--drop-names', 'leave names out, black out mentions')
    .addOption(
      new Option(
        '--replace <pattern=text>',
        'put a text in place of what a pattern finds; may be repeated',
      ).argParser(parseReplacement),
    )
    .addOption(
      new Option('--keep <days>', 'remove the files after so many days')
        .default(EXPORT_KEEP_DAYS)
        .argParser(parseDays),
    )
    .addOption(
      new Option('--reason <word>', 'why: a word or a ticket number, which the audit keeps')
        .argParser(parseReadReason)
        .makeOptionMandatory(),
    );
}

function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function parseReplacement(text: string, before: readonly { pattern: string; with: string }[] = []) {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected PATTERN=TEXT, such as "[0-9]{13,19}=[card]".');
  return [...before, { pattern: text.slice(0, at), with: text.slice(at + 1) }];
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > MOST_KEEP_DAYS)
    throw new InvalidArgumentError(`Expected a number of days from 1 to ${MOST_KEEP_DAYS}.`);
  return days;
}

/** What is asked for, in the terms of the act: all that is named has to be met. */
export async function readOrder(
  deps: ExportCommandDeps,
  { acts }: ExportServices,
  query: string | undefined,
  options: OrderOptions,
): Promise<ExportOrder> {
  const { project, person, tag = [], from, to, saved } = options;
  const asked = [
    query,
    saved === undefined ? undefined : await acts.savedSearch({ owner: deps.actor.id, name: saved }),
  ];
  if (tag.some((one) => one.includes('"')))
    throw new AppError('input_invalid', 'A tag has no quotes. See: retention session list');
  const pieces = [
    ...asked.flatMap((one) => (one === undefined ? [] : [`(${one})`])),
    ...tag.map((one) => `tag:"${one}"`),
    ...(person === undefined ? [] : [`user:${person}`]),
    ...(from === undefined ? [] : [`from:${from}`]),
    ...(to === undefined ? [] : [`to:${to}`]),
  ];
  return {
    projectId: project,
    query: pieces.length > 0 ? pieces.join(' ') : `project:${project}`,
    format: options.format,
    zipped: options.zip === true,
    ...(options.deliver !== undefined && { destination: options.deliver }),
    scrub: {
      hashIds: options.hashIds === true,
      dropNames: options.dropNames === true,
      replace: (options.replace ?? []).map((one) => ({ ...one, ignoreCase: true })),
    },
    keepDays: options.keep,
    reader: { actor: deps.actor, roles: [] },
    reason: options.reason,
    now: deps.clock(),
  };
}
