import { sql, type Kysely, type Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/** Something that people were called for and that lasts. */
export interface Alarm {
  readonly kind: string;
  /** The project, store or erasure it is about. */
  readonly about: string;
  readonly since: Date;
}

/** Opens an episode. @returns false while one of the same kind about the same lasts already */
export async function openAlarm(tx: Kysely<Tables>, alarm: Alarm, now: Date): Promise<boolean> {
  const opened = await tx
    .insertInto('alarm')
    .values({ ...alarm, told_at: now, cleared_at: null })
    .onConflict((conflict) => conflict.columns(['kind', 'about']).where('cleared_at', 'is', null).doNothing())
    .executeTakeFirst();
  return (opened.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Ends an episode. @returns it, or `undefined` where none lasts */
export async function clearAlarm(
  tx: Kysely<Tables>,
  { kind, about }: Pick<Alarm, 'kind' | 'about'>,
  now: Date,
): Promise<Alarm | undefined> {
  return tx
    .updateTable('alarm')
    .set({ cleared_at: now })
    .where('kind', '=', kind)
    .where('about', '=', about)
    .where('cleared_at', 'is', null)
    .returning(['kind', 'about', 'since'])
    .executeTakeFirst();
}

/** Ends what people were told of before an instant, without an all-clear. */
export async function endOldAlarms(tx: Kysely<Tables>, kind: string, before: Date, now: Date): Promise<void> {
  await tx
    .updateTable('alarm')
    .set({ cleared_at: now })
    .where('kind', '=', kind)
    .where('told_at', '<', before)
    .where('cleared_at', 'is', null)
    .execute();
}

/** The episodes that last, of kinds that begin alike. */
export async function lastingAlarms(db: Kysely<Tables>, prefix: string): Promise<Alarm[]> {
  return db
    .selectFrom('alarm')
    .select(['kind', 'about', 'since'])
    .where('cleared_at', 'is', null)
    .where(sql<boolean>`starts_with(kind, ${prefix})`)
    .orderBy('id')
    .execute();
}

/** Opens the episodes of erasures that are late, of which their own alarm told. */
export async function noteLateErasures(tx: Transaction<Tables>, now: Date): Promise<void> {
  await sql`
    insert into alarm (kind, about, since, told_at)
    select 'erasure', e.id::text, e.confirmed_at, ${now} from erasure e
    where e.alarmed_hours > 0 and (e.state = 'confirmed' or e.completed_at > ${now}::timestamptz - interval '1 hour')
      and not exists (select from alarm a where a.kind = 'erasure' and a.about = e.id::text)`.execute(tx);
}

/** Ends the episodes of erasures that are not late any more, because they are done. */
export async function clearDoneErasures(
  tx: Transaction<Tables>,
  now: Date,
): Promise<{ id: string; number: string; projectId: string }[]> {
  const { rows } = await sql<{ id: string; number: string; projectId: string }>`
    update alarm a set cleared_at = ${now} from erasure e
    where a.kind = 'erasure' and a.cleared_at is null and e.id::text = a.about and e.state <> 'confirmed'
    returning e.id, e.number, e.project_id as "projectId"`.execute(tx);
  return rows;
}

/** Notes whether a store could be reached. @returns since when it cannot; `null` where it can */
export async function noteStore(
  tx: Kysely<Tables>,
  { store, reached, now }: { store: string; reached: boolean; now: Date },
): Promise<Date | null> {
  const { rows } = await sql<{ since: Date | null }>`
    insert into store_health as h (store, failing_since, checked_at)
    values (${store}, ${reached ? null : now}, ${now})
    on conflict (store) do update set checked_at = excluded.checked_at,
      failing_since = case when ${reached} then null else coalesce(h.failing_since, excluded.failing_since) end
    returning failing_since as since`.execute(tx);
  return rows[0]?.since ?? null;
}
