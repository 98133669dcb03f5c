import { Argument, Command } from 'commander';
import { schedulesByIdPrefix } from '../db/export-schedules.ts';
import { AppError } from '../domain/errors.ts';
import { readerOf, withExports, type ExportCommandDeps } from './export-deps.ts';
import { orderOptions, readOrder, type OrderOptions } from './export-order.ts';
import { createOutput, jsonOption, shortId, table } from './output.ts';

/** `retention export schedule …` */
export function createScheduleCommand(deps: ExportCommandDeps): Command {
  return new Command('schedule')
    .description('exports that are written again and again, each of what was active since the one before')
    .addCommand(createAddCommand(deps))
    .addCommand(createListCommand(deps))
    .addCommand(createRemoveCommand(deps));
}

function createAddCommand(deps: ExportCommandDeps): Command {
  return orderOptions(
    new Command('add')
      .description('have exports written daily, weekly, or as cron says, in the time zone of the project')
      .addArgument(new Argument('<when>', 'daily, weekly, or five fields such as "30 6 * * 1-5"'))
      .addArgument(new Argument('[query]', 'as for a search; see docs/search.md')),
  ).action(async (cron: string, query: string | undefined, options: OrderOptions, command: Command) => {
    await withExports(deps, async (services) => {
      const order = await readOrder(deps, services, query, options);
      const id = await services.acts.addExportSchedule({ ...order, cron });
      createOutput(deps, command).note(
        `Schedule ${shortId(id)} is made. Its first export covers what is active from now on.`,
      );
    });
  });
}

function createListCommand(deps: ExportCommandDeps): Command {
  return new Command('list')
    .description('the schedules there are')
    .addOption(jsonOption())
    .action(async (_options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      await withExports(deps, async ({ acts }) => {
        const rows = await acts.listExportSchedules({ reader: readerOf(deps) });
        const told = rows.map(({ criteria_sealed: _sealed, told_at: _told, ...row }) => row);
        output.data(told, (style) =>
          table(
            style,
            ['Schedule', 'Project', 'Format', 'When', 'Time zone', 'Reason', 'Covered until'],
            rows.map((row) => [
              ...[shortId(row.id), row.project_id, row.format, row.cron, row.time_zone, row.reason],
              row.covered_until,
            ]),
          ),
        );
      });
    });
}

function createRemoveCommand(deps: ExportCommandDeps): Command {
  return new Command('remove')
    .description('end a schedule; exports that it wrote stay until they expire')
    .addArgument(new Argument('<id>', 'the id of a schedule, or its first 6 characters or more'))
    .action(async (text: string, _options: unknown, command: Command) => {
      await withExports(deps, async ({ db, acts }) => {
        const digits = text.trim().toLowerCase().replaceAll('-', '');
        const found = /^[0-9a-f]{6,32}$/.test(digits) ? await schedulesByIdPrefix(db, digits, 2) : [];
        const [scheduleId] = found;
        if (scheduleId === undefined || found.length > 1)
          throw new AppError(
            'not_found',
            `${text} names no schedule, or several. See them with: retention export schedule list`,
          );
        await acts.removeExportSchedule({ scheduleId, reader: readerOf(deps), now: deps.clock() });
        createOutput(deps, command).note('The schedule is removed.');
      });
    });
}
