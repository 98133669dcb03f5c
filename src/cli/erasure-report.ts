import { Command } from 'commander';
import { erasureMonths, openErasures, type ErasureMonth } from '../db/erasure-report.ts';
import type { Erasure } from '../db/erasures.ts';
import { withServices, type CliDeps } from './deps.ts';
import { createOutput, jsonOption, table, type Style } from './output.ts';

const HOUR_MS = 3_600_000;

/** `retention erasure report` */
export function createErasureReportCommand(deps: CliDeps): Command {
  return new Command('report')
    .description('requests per month, how long they took, and the clocks of those that are open')
    .option('--project <id>', 'only those of this project')
    .addOption(jsonOption())
    .action(async ({ project }: { project?: string }, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async ({ db }) => {
        const months = await erasureMonths(db, project);
        const open = (await openErasures(db, project)).map((erasure) => clocksOf(erasure, deps.clock()));
        output.data({ months, open }, (style) =>
          [
            months.length > 0 ? monthTable(style, months) : '',
            open.length > 0 ? `${style.heading('Open')}\n${openTable(style, open)}` : '',
          ]
            .filter(Boolean)
            .join('\n\n'),
        );
        if (months.length === 0) output.note('No erasure was asked for.');
      });
    });
}

/** An open request with what is left on its clocks; negative once a deadline has passed. */
interface Clocks {
  readonly number: string;
  readonly projectId: string;
  readonly state: Erasure['state'];
  readonly regulation: string;
  readonly hoursToTarget: number | null;
  readonly hoursToDeadline: number | null;
  readonly daysToLegalDeadline: number;
}

function clocksOf(erasure: Erasure, now: Date): Clocks {
  const hoursTo = (date: Date) => round((date.getTime() - now.getTime()) / HOUR_MS);
  return {
    number: erasure.number,
    projectId: erasure.project_id,
    state: erasure.state,
    regulation: erasure.regulation,
    hoursToTarget: erasure.target_at && hoursTo(erasure.target_at),
    hoursToDeadline: erasure.deadline_at && hoursTo(erasure.deadline_at),
    daysToLegalDeadline: round(hoursTo(erasure.legal_deadline_at) / 24),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function monthTable(style: Style, months: readonly ErasureMonth[]): string {
  const hours = (value: number | null) => (value === null ? null : value.toFixed(1));
  const share = (value: number | null) => (value === null ? null : `${(value * 100).toFixed(1)} %`);
  return table(
    style,
    [
      ...['MONTH', 'RECEIVED', 'GRANTED', 'REFUSED', 'EXPIRED', 'WITHDRAWN', 'COMPLETED'],
      ...['MEDIAN H', 'P95 H', 'LONGEST H', 'IN 24 H', 'IN 48 H'],
    ],
    months.map((month) => [
      month.month,
      month.received,
      month.granted,
      month.refused,
      month.expired,
      month.withdrawn,
      month.completed,
      hours(month.medianHours),
      hours(month.p95Hours),
      hours(month.longestHours),
      share(month.within24Hours),
      share(month.within48Hours),
    ]),
  );
}

function openTable(style: Style, open: readonly Clocks[]): string {
  return table(
    style,
    ['NUMBER', 'PROJECT', 'STATE', 'H TO 24 H AIM', 'H TO 48 H', 'DAYS TO LEGAL', 'REGULATION'],
    open.map((one) => [
      one.number,
      one.projectId,
      one.state,
      one.hoursToTarget,
      one.hoursToDeadline,
      one.daysToLegalDeadline,
      one.regulation,
    ]),
  );
}
