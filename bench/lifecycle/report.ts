import Table from 'cli-table3';
import type { ContenderName } from './contender.ts';
import type { Cpu, Slot } from './closed-loop.ts';
import type { HistoryCounts, ParkedRun } from './histories.ts';

export type Slots = Readonly<Record<ContenderName, readonly Slot[]>>;

/** Past this share of foreign CPU ratios say more about the neighbours than about the contenders. */
const QUIET = 0.15;

/** Rates, CPU and latencies: the median over rounds, and the range they lay in. */
export function printSlots(slots: Slots): void {
  const table = new Table({
    head: [
      '',
      'sessions/s',
      'CPU ms',
      'Temporal',
      'PostgreSQL',
      'worker',
      'driver',
      'close → archived s',
      'busy',
    ],
    style: { head: [], border: [] },
  });
  for (const [name, rounds] of Object.entries(slots)) {
    if (rounds.length === 0) continue;
    const over = (pick: (slot: Slot) => number, digits = 0) => spread(rounds.map(pick), digits);
    const seconds = (share: number) => over((slot) => percentile(slot.archivedAfterMs, share) / 1000, 1);
    table.push([
      name,
      over((slot) => slot.perSecond, 1),
      over((slot) => total(slot.cpuPerSession)),
      ...CPU_OF.map((who) => over((slot) => slot.cpuPerSession[who])),
      `p50 ${seconds(0.5)}\np95 ${seconds(0.95)}`,
      over((slot) => slot.busy * 100),
    ]);
  }
  console.log(table.toString());
  console.log(
    'CPU ms are per session; busy is the share of all cores, in percent. Median (lowest–highest round).',
  );
}

/** How the service stands against each peer, round by round, so that drift between rounds cancels out. */
export function printRatios({ retention, bare, 'pg-boss': pgBoss }: Slots): void {
  const against = (peers: readonly Slot[], pick: (slot: Slot) => number) =>
    spread(
      retention.flatMap((slot, round) => {
        const peer = peers[round];
        return peer ? [pick(slot) / pick(peer)] : [];
      }),
      2,
    );
  if (retention.length === 0 || (bare.length === 0 && pgBoss.length === 0)) return;
  const rate = (slot: Slot) => slot.perSecond;
  const cpu = (slot: Slot) => total(slot.cpuPerSession);
  const table = new Table({
    head: ['retention against', 'sessions/s', 'CPU per session'],
    style: { head: [], border: [] },
  });
  table.push(
    ['bare (aim: ≥ 0.80, ≤ 1.25)', against(bare, rate), against(bare, cpu)],
    ['pg-boss', against(pgBoss, rate), against(pgBoss, cpu)],
  );
  console.log(table.toString());
}

/** Foreign CPU over the whole run, with a warning where it makes the ratios worthless. */
export function printForeign(slots: Slots): void {
  const shares = Object.values(slots).flatMap((rounds) => rounds.map((slot) => slot.foreign * 100));
  const loud = Math.max(...shares) > QUIET * 100 ? ' — too loud for the ratios to be trusted' : '';
  console.log(`Foreign CPU during the windows: ${spread(shares, 1)} % of all cores${loud}.`);
}

/** What a session is in Temporal: numbers that do not depend on the machine. */
export function printHistories(
  counts: Readonly<Record<'retention' | 'bare', { each: readonly HistoryCounts[]; parked: ParkedRun }>>,
): void {
  const table = new Table({
    head: [
      'per session',
      'events',
      'workflow tasks',
      'activities',
      'local',
      'timers',
      'signals',
      'runs',
      'parked',
    ],
    style: { head: [], border: [] },
  });
  for (const [name, { each, parked }] of Object.entries(counts)) {
    if (each.length === 0) continue;
    const over = (pick: (one: HistoryCounts) => number) => spread(each.map(pick), 0);
    table.push([
      name,
      over((one) => one.events),
      over((one) => one.workflowTasks),
      over((one) => one.activities),
      over((one) => one.localActivities),
      over((one) => one.timers),
      over((one) => one.signals),
      over((one) => one.runs),
      `${parked.bytes} bytes in ${parked.events} events`,
    ]);
  }
  console.log(table.toString());
}

const CPU_OF = ['temporal', 'postgres', 'worker', 'driver'] as const;

function total(cpu: Cpu): number {
  return CPU_OF.reduce((sum, who) => sum + cpu[who], 0);
}

/** `median (lowest–highest)`, or the one value where all are alike. */
function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((one, other) => one - other).map((value) => value.toFixed(digits));
  const [lowest = '–', highest = '–'] = [sorted[0], sorted.at(-1)];
  const median = percentile(values, 0.5).toFixed(digits);
  return lowest === highest ? median : `${median} (${lowest}–${highest})`;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
