import { sql, type Kysely, type Transaction } from 'kysely';
import { AppError } from '../domain/errors.ts';
import type { ErasureState } from '../domain/erasure-steps.ts';
import { lockErasure, type Erasure } from './erasures.ts';
import type { Tables } from './tables.ts';

/** An erasure by the number that a customer quotes, in either case. @throws AppError `not_found` */
export async function erasureByNumber(db: Kysely<Tables>, number: string): Promise<Erasure> {
  const row = await db
    .selectFrom('erasure')
    .selectAll()
    .where('number', '=', number.toUpperCase())
    .executeTakeFirst();
  if (row) return row;
  throw new AppError('not_found', `There is no erasure ${number}. Look it up with: retention erasure list`);
}

/** The same with its row locked. @throws AppError `not_found` */
export async function lockErasureByNumber(tx: Transaction<Tables>, number: string): Promise<Erasure> {
  return lockErasure(tx, (await erasureByNumber(tx, number)).id);
}

/** The time zone of a project, which deadlines in months count by. */
export async function timeZoneOf(db: Kysely<Tables>, projectId: string): Promise<string> {
  const { time_zone } = await db
    .selectFrom('project')
    .select('time_zone')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow();
  return time_zone;
}

/** Erasures, the newest first. */
export async function listErasures(
  db: Kysely<Tables>,
  which: { projectId?: string; state?: ErasureState; limit: number },
): Promise<Erasure[]> {
  const { projectId, state, limit } = which;
  return db
    .selectFrom('erasure')
    .selectAll()
    .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId ?? ''))
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'done'))
    .orderBy('received_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** A month of erasure requests, by when they were received, in UTC. */
export interface ErasureMonth {
  readonly month: string;
  readonly received: number;
  readonly granted: number;
  readonly refused: number;
  readonly expired: number;
  readonly withdrawn: number;
  readonly completed: number;
  /** From confirmation to the receipt; `null` while none is completed. */
  readonly medianHours: number | null;
  readonly p95Hours: number | null;
  readonly longestHours: number | null;
  /** Of those completed. */
  readonly within24Hours: number | null;
  readonly within48Hours: number | null;
}

/**
 * What became of the requests, by month. Times come from the audit: an erasure that goes on when a hold ends
 * is confirmed a second time, and it is the first that counts.
 */
export async function erasureMonths(db: Kysely<Tables>, projectId?: string): Promise<ErasureMonth[]> {
  const { rows } = await sql<ErasureMonth>`
    with times as (
      -- All at once by the action: asked for each erasure, 20,000 of them took half a second.
      select object_id, min(at) filter (where action = 'erasure.confirmed') as began,
        min(at) filter (where action = 'erasure.completed') as done
      from audit_entry
      where action in ('erasure.confirmed', 'erasure.completed') and object_kind = 'erasure'
        and project_id in (select id from project where ${projectId ?? null}::text is null or id = ${projectId ?? null})
      group by object_id),
    facts as (
      select e.received_at, e.state, e.confirmed_at is not null as granted,
        extract(epoch from times.done - times.began) / 3600 as hours
      from erasure e left join times on times.object_id = e.id::text
      where ${projectId ?? null}::text is null or e.project_id = ${projectId ?? null}
    )
    select to_char(received_at at time zone 'UTC', 'YYYY-MM') as month,
      count(*)::int as received,
      (count(*) filter (where granted))::int as granted,
      (count(*) filter (where state = 'refused'))::int as refused,
      (count(*) filter (where state = 'expired'))::int as expired,
      (count(*) filter (where state = 'withdrawn'))::int as withdrawn,
      count(hours)::int as completed,
      round((percentile_cont(0.5) within group (order by hours))::numeric, 2)::float8 as "medianHours",
      round((percentile_cont(0.95) within group (order by hours))::numeric, 2)::float8 as "p95Hours",
      round(max(hours)::numeric, 2)::float8 as "longestHours",
      (avg(case when hours <= 24 then 1 else 0 end) filter (where hours is not null))::float8 as "within24Hours",
      (avg(case when hours <= 48 then 1 else 0 end) filter (where hours is not null))::float8 as "within48Hours"
    from facts group by month order by month desc`.execute(db);
  return rows;
}

/** Requests that are neither done nor ended, the one with the nearest deadline first. */
export async function openErasures(db: Kysely<Tables>, projectId?: string): Promise<Erasure[]> {
  return db
    .selectFrom('erasure')
    .selectAll()
    .where('state', 'in', ['requested', 'filed', 'confirmed'])
    .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId ?? ''))
    .orderBy((eb) => eb.fn.coalesce('deadline_at', 'legal_deadline_at'))
    .execute();
}
