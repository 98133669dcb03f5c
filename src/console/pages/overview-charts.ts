import type { Overview } from '../../domain/overview.ts';
import { bytes } from '../views/amounts.ts';

const WEEK_MS = 7 * 86_400_000;

/** Deletions due, a bar a week, stacked by rule. */
export function deletionsChart(due: Overview['deletionsDue']) {
  const weeks = everyWeek(due.map(({ week }) => Date.parse(week)));
  const rules = [...new Set(due.map(({ rule }) => rule))].sort();
  const countOf = new Map(due.map(({ week, rule, count }) => [`${week} ${rule}`, count]));
  return {
    legend: { data: rules, type: 'scroll', top: 0 },
    grid: { left: 8, right: 8, top: 40, bottom: 8, outerBoundsMode: 'same' },
    xAxis: { type: 'category', data: weeks },
    yAxis: { type: 'value', minInterval: 1 },
    series: rules.map((rule) => ({
      name: rule,
      type: 'bar',
      stack: 'due',
      data: weeks.map((week) => countOf.get(`${week} ${rule}`) ?? 0),
    })),
  };
}

/** A week without a deletion has its place as well, or the distance between two bars would say nothing. */
function everyWeek(starts: readonly number[]): string[] {
  const weeks: string[] = [];
  for (let at = Math.min(...starts); at <= Math.max(...starts); at += WEEK_MS)
    weeks.push(new Date(at).toISOString().slice(0, 10));
  return weeks;
}

/** More bars than these are read in the table. */
const MOST_BARS = 12;

/** Bytes by tag, the largest on top. */
export function storageChart(lines: Overview['storage']) {
  const shown = lines.slice(0, MOST_BARS).toReversed();
  const most = Math.max(...shown.map((line) => line.bytes));
  const step = stepOf(most);
  return {
    grid: { left: 8, right: 24, top: 8, bottom: 8, outerBoundsMode: 'same' },
    xAxis: {
      type: 'value',
      interval: step,
      // Ends at a mark: else the largest bar's own size stands beside the last one.
      max: Math.ceil(most / step) * step,
      axisLabel: { formatter: bytes },
    },
    yAxis: { type: 'category', data: shown.map(({ tag }) => tag ?? 'no tag') },
    series: [{ type: 'bar', data: shown.map((line) => line.bytes) }],
  };
}

const MOST_STEPS = 6;

/** A distance between the marks of an axis of sizes: 1, 2, 5, 10 and so on of the unit that they are told in. */
function stepOf(most: number): number {
  const unit = 1024 ** Math.max(0, Math.floor(Math.log(Math.max(most, 1)) / Math.log(1024)));
  for (let step = unit; ; step *= 10)
    for (const times of [1, 2, 5]) if (most / (step * times) <= MOST_STEPS) return step * times;
}
