import { sql, type Kysely, type RawBuilder } from 'kysely';
import { drivingRows, joined, toSql, type Condition, type Driver } from './search-conditions.ts';
import type { Tables } from './tables.ts';

/** How to find the newest sessions that meet a condition. */
export interface Ways {
  /** Through how many of the newest sessions to walk, and then through how many more, until a page is full. */
  readonly walks: readonly number[];
  /**
   * What all of them are looked up by where no walk fills it: the fewest meet that. None where still fewer are left
   * by what their own rows say, which are then all looked at.
   */
  readonly driver: Driver | undefined;
}

/** A walk goes on for so many times as far as it is expected to, since what people look for comes in clusters. */
const PATIENCE = 4;

/**
 * PostgreSQL weighs these ways badly by itself: it walks through all sessions where few match, and looks up all
 * that match where the newest would do.
 */
export async function waysTo(
  db: Kysely<Tables>,
  { where, limit }: { where: Condition; limit: number },
): Promise<Ways> {
  const parts = partsOf(where);
  const drivers = parts.filter(isDriver);
  const excluded = parts.flatMap((part) => (part.kind === 'not' && isDriver(part.of) ? [part.of] : []));
  const [sessions = 1, own = 1, ...rows] = await Promise.all(
    [
      sql`select from session s where ${inProjects(where)}`,
      sql`select from session s where ${ofOwnRows(where)}`,
      ...[...drivers, ...excluded].map(drivingRows),
    ].map((read) => estimate(db, read)),
  );
  const found = rows.slice(0, drivers.length);
  const fewest = Math.min(...found);
  const left = rows.slice(drivers.length).map((some) => Math.max(1, sessions - some));
  const expected = [...found, ...left].reduce((steps, some) => steps * Math.max(1, sessions / some), limit);
  // A step of a walk and a session that is looked up take about as long (5 µs), and each other part as much again.
  const lookups = fewest * drivers.length;
  const walks: number[] = [];
  if (drivers.length > 0)
    for (let steps = expected; steps < Math.min(lookups, own); steps *= PATIENCE)
      walks.push(Math.ceil(Math.min(PATIENCE * steps, lookups)));
  return { walks, driver: own < lookups ? undefined : drivers[found.indexOf(fewest)] };
}

/** What the rows of `session` alone tell: days, phase, kind, attachments, project. */
export function ofOwnRows(where: Condition): RawBuilder<unknown> {
  return joined(
    'and',
    partsOf(where).flatMap((part) => (OWN.has(part.kind) ? [toSql(part)] : [])),
  );
}

const OWN: ReadonlySet<Condition['kind']> = new Set([
  'projects',
  'active',
  'phase',
  'session-kind',
  'attachment',
] as const);

function inProjects(where: Condition): RawBuilder<unknown> {
  return joined(
    'and',
    partsOf(where).flatMap((part) => (part.kind === 'projects' ? [toSql(part)] : [])),
  );
}

function isDriver(condition: Condition): condition is Driver {
  return condition.kind === 'terms' || condition.kind === 'tag' || condition.kind === 'subjects';
}

/** How many rows PostgreSQL expects, by its statistics of how frequent each term is; at least one. */
async function estimate(db: Kysely<Tables>, read: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>`
    explain (format json) ${read}`.execute(db);
  return Math.max(1, rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 1);
}

/** What all has to be met. */
function partsOf(condition: Condition): Condition[] {
  return condition.kind === 'and' ? condition.of.flatMap(partsOf) : [condition];
}
