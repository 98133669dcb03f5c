import { Command, Option } from 'commander';
import { readLateness, type Lateness } from '../db/lateness.ts';
import { withServices, type CliDeps } from './deps.ts';
import { parseCount } from './inputs.ts';
import { createOutput, jsonOption, table, type Style } from './output.ts';

const DAY_MS = 86_400_000;

/** `retention lateness` */
export function createLatenessCommand(deps: CliDeps): Command {
  return new Command('lateness')
    .description('how late archives, reviews, deletions and erasures were, against when they were due')
    .addOption(new Option('--days <number>', 'of the last days').argParser(parseCount).default(30))
    .addOption(jsonOption())
    .action(async ({ days }: { days: number }, command: Command) => {
      await withServices(deps, async ({ db }) => {
        const since = new Date(deps.clock().getTime() - days * DAY_MS);
        const lateness = await readLateness(db, since);
        createOutput(deps, command).data({ since, seconds: lateness }, (style) => inWords(style, lateness));
      });
    });
}

function inWords(style: Style, lateness: readonly Lateness[]): string {
  if (lateness.length === 0) return 'Nothing was done in these days.';
  return table(
    style,
    ['WHAT', 'DONE', 'LATE BY AN HOUR', 'MEDIAN', '99 OF 100', 'WORST'],
    lateness.map(({ kind, done, late, median, p99, worst }) => [
      ...[kind, done, late],
      ...[spoken(median), spoken(p99), spoken(worst)],
    ]),
  );
}

function spoken(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
