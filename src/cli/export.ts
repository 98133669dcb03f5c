import { Argument, Command, Option } from 'commander';
import {
  fetchTo,
  findExport,
  readerOf,
  seen,
  show,
  stateText,
  withExports,
  type ExportCommandDeps,
} from './export-deps.ts';
import { createRunCommand } from './export-run.ts';
import { createScheduleCommand } from './export-schedule.ts';
import { parseCount, parseReadReason } from './inputs.ts';
import { createOutput, jsonOption, shortId, table } from './output.ts';

const ID_HELP = 'the id of an export, or its first 6 characters or more';

/** `retention export …` */
export function createExportCommand(deps: ExportCommandDeps): Command {
  return new Command('export')
    .description('hand out sessions as files, which expire by themselves')
    .addCommand(createRunCommand(deps))
    .addCommand(createListCommand(deps))
    .addCommand(createShowCommand(deps))
    .addCommand(createGetCommand(deps))
    .addCommand(
      createEndCommand(deps, 'cancel', 'end an export that is under way, and remove what there is of it'),
    )
    .addCommand(createEndCommand(deps, 'remove', 'remove the files of an export before their time'))
    .addCommand(createScheduleCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention export run 'tag:refund from:2026-01-01' --reason TICKET-4711 --output ./refunds
  $ retention export run --person 123456789 --format telegram --zip --reason access-request
  $ retention export run --saved late-parcels --format csv --hash-ids --drop-names --reason study
  $ retention export get 1f0c2d3e --output ./refunds --reason TICKET-4711
  $ retention export schedule add weekly 'phase:archived' --format jsonl --reason backup`,
    );
}

function createListCommand(deps: ExportCommandDeps): Command {
  return new Command('list')
    .description('exports, the newest first; of those that are gone the counts')
    .addOption(new Option('--project <id>', 'of this project alone'))
    .addOption(new Option('--limit <number>', 'so many at most').default(20).argParser(parseCount))
    .addOption(jsonOption())
    .action(async (options: { project?: string; limit: number }, command: Command) => {
      const output = createOutput(deps, command);
      await withExports(deps, async ({ acts }) => {
        const rows = await acts.listExports({
          reader: { actor: deps.actor, roles: [] },
          limit: options.limit,
          ...(options.project !== undefined && { projectIds: [options.project] }),
        });
        output.data(rows.map(seen), (style) =>
          table(
            style,
            ['Export', 'Project', 'Format', 'State', 'Sessions', 'Messages', 'Asked for', 'Expires'],
            rows.map((row) => [
              ...[shortId(row.id), row.project_id, row.format, stateText(row)],
              ...[row.done_sessions, row.messages, row.requested_at, row.removed_at ? null : row.expires_at],
            ]),
          ),
        );
      });
    });
}

function createShowCommand(deps: ExportCommandDeps): Command {
  return new Command('show')
    .description('one export: who asked for it and why, how far it is, when it expires')
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(jsonOption())
    .action(async (text: string, _options: unknown, command: Command) => {
      await withExports(deps, async ({ db, acts }) => {
        const exportId = await findExport(db, text);
        show(createOutput(deps, command), await acts.showExport({ exportId, reader: readerOf(deps) }));
      });
    });
}

function createGetCommand(deps: ExportCommandDeps): Command {
  return new Command('get')
    .description('write the files of an export here; from then on they are yours to keep safe and to remove')
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(new Option('--output <directory>', 'where to').makeOptionMandatory())
    .addOption(
      new Option('--reason <word>', 'why: a word or a ticket number, which the audit keeps')
        .argParser(parseReadReason)
        .makeOptionMandatory(),
    )
    .action(async (text: string, options: { output: string; reason: string }, command: Command) => {
      await withExports(deps, async (services) => {
        const exportId = await findExport(services.db, text);
        await fetchTo(deps, services, createOutput(deps, command), { exportId, ...options });
      });
    });
}

function createEndCommand(deps: ExportCommandDeps, name: 'cancel' | 'remove', description: string): Command {
  return new Command(name)
    .description(description)
    .addArgument(new Argument('<id>', ID_HELP))
    .action(async (text: string, _options: unknown, command: Command) => {
      await withExports(deps, async ({ db, acts }) => {
        const exportId = await findExport(db, text);
        await acts.removeExport({ exportId, reader: readerOf(deps), now: deps.clock() });
        createOutput(deps, command).note(
          `Its files are being removed. See: retention export show ${shortId(exportId)}`,
        );
      });
    });
}
