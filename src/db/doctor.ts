import { sql, type Kysely } from 'kysely';
import type { Role } from '../domain/roles.ts';
import type { Tables } from './tables.ts';

/** What the database says of itself and of the role that asks. */
export interface DatabaseFacts {
  readonly name: string;
  readonly role: string;
  readonly superuser: boolean;
  readonly version: number;
  /** Whether letters beyond ASCII fold: without, a search for a Cyrillic word finds nothing. */
  readonly folds: boolean;
  readonly locale: string;
  readonly statementTimeoutMs: number;
  readonly archiveMode: string;
  readonly lastArchivedAt: Date | null;
  readonly archiveFailing: boolean;
  /** Transactions of this role that have been open for an hour. */
  readonly longTransactions: number;
  readonly now: Date;
}

/** Reads them in one statement. */
export async function readDatabaseFacts<T>(db: Kysely<T>): Promise<DatabaseFacts> {
  const { rows } = await sql<DatabaseFacts>`
    select current_database() as name, current_user as role,
      (select rolsuper from pg_roles where rolname = current_user) as superuser,
      current_setting('server_version_num')::int as version, lower('Ж') = 'ж' as folds,
      (select coalesce(datlocale, datctype) from (
        select to_jsonb(d) ->> 'datlocale' as datlocale, datctype from pg_database d where datname = current_database()) l) as locale,
      (extract(epoch from current_setting('statement_timeout')::interval) * 1000)::int as "statementTimeoutMs",
      current_setting('archive_mode') as "archiveMode", w.last_archived_time as "lastArchivedAt",
      coalesce(w.last_failed_time > coalesce(w.last_archived_time, '-infinity'), false) as "archiveFailing",
      (select count(*)::int from pg_stat_activity where datname = current_database()
        and state <> 'idle' and xact_start < now() - interval '1 hour') as "longTransactions",
      clock_timestamp() as now
    from pg_stat_archiver w`.execute(db);
  const [facts] = rows;
  if (!facts) throw new Error('The database said nothing of itself.');
  return facts;
}

/** Which of the rights that would let it change what the audit says the role has, as `DELETE on audit_entry`. */
export async function rightsOverAudit<T>(db: Kysely<T>): Promise<string[]> {
  const { rows } = await sql<{ has: string }>`
    select r || ' on ' || t as has from unnest(array['audit_entry', 'audit_leaf']) t,
      unnest(array['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) r
    where has_table_privilege(t, r)`.execute(db);
  return rows.map(({ has }) => has);
}

/** When the last back-up was made with the service's own command. */
export async function lastBackup(db: Kysely<Tables>): Promise<Date | undefined> {
  const made = await db
    .selectFrom('audit_entry')
    .select((eb) => eb.fn.max('at').as('at'))
    .where('action', '=', 'backup.created')
    .executeTakeFirst();
  return made?.at ?? undefined;
}

/** The triggers that refuse a change of an audit entry and are not at work. */
export async function auditTriggersOff<T>(db: Kysely<T>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select wanted.name from unnest(array['audit_entry_append_only', 'audit_leaf_append_only', 'audit_entry_pending'])
      as wanted (name)
    where not exists (select from pg_trigger where tgname = wanted.name and tgenabled in ('O', 'A'))`.execute(
    db,
  );
  return rows.map(({ name }) => name);
}

/** The migrations that ran; `undefined` where the role may not see them. */
export async function migrationsRun<T>(db: Kysely<T>): Promise<string[] | undefined> {
  const { rows: seen } = await sql<{ may: boolean | null }>`
    select has_table_privilege(to_regclass('kysely_migration'), 'SELECT') as may`.execute(db);
  if (!seen[0]?.may) return undefined;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.map(({ name }) => name);
}

/** The staff of a project whom Telegram knows. */
export async function telegramStaff(
  db: Kysely<Tables>,
  projectId: string,
): Promise<{ id: string; telegramUserId: number; roles: Role[] }[]> {
  const rows = await db
    .selectFrom('staff')
    .select(['id', 'telegram_user_id as telegramUserId', 'roles'])
    .where('project_id', '=', projectId)
    .where(sql<boolean>`cardinality(roles) > 0`)
    .orderBy('id')
    .execute();
  return rows.flatMap(({ telegramUserId, ...row }) =>
    telegramUserId === null ? [] : [{ ...row, telegramUserId }],
  );
}
