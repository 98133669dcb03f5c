import { sql, type Kysely, type Transaction } from 'kysely';

/** A number that a table counts up with. */
export interface SequenceState {
  readonly name: string;
  readonly value: number;
  readonly used: boolean;
}

/** One moment of a database, while it is read. */
export interface Snapshot {
  /** The migrations it has been through, in order. */
  readonly migrations: readonly string[];
  readonly tables: readonly string[];
  readonly sequences: readonly SequenceState[];
  /** The rows of a table as JSON, one a line, in the order of their primary key. */
  rows(table: string): AsyncIterable<string>;
}

const BATCH_ROWS = 1000;
/** Rows with files' names and long texts are large; PostgreSQL takes a parameter of 1 GB and we need not. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** Reads a database as it stands at one moment, whatever is written meanwhile. */
export async function readSnapshot<Result>(
  db: Kysely<never>,
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      await writeAlike(tx);
      const tables = await tablesOf(tx);
      return work({
        migrations: await migrationsOf(tx),
        tables,
        sequences: await sequencesOf(tx),
        rows: (table) => rowsOf(tx, table),
      });
    });
}

/** What is written has to read the same under whatever settings it is loaded. */
async function writeAlike(tx: Transaction<never>): Promise<void> {
  await sql`select set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true),
    set_config('bytea_output', 'hex', true), set_config('extra_float_digits', '1', true)`.execute(tx);
}

/** The names of the migrations that ran, in their order. */
export async function migrationsOf(db: Kysely<never>): Promise<string[]> {
  const { rows: known } = await sql`select from pg_tables
    where schemaname = 'public' and tablename = 'kysely_migration'`.execute(db);
  if (known.length === 0) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name);
}

/** The tables of this service; those of the migrator say which shape they have and are not copied. */
export async function tablesOf(db: Kysely<never>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely\_%' order by 1`.execute(db);
  return rows.map(({ name }) => name);
}

async function sequencesOf(db: Kysely<never>): Promise<SequenceState[]> {
  const { rows } = await sql<{ name: string }>`
    select sequencename as name from pg_sequences where schemaname = 'public' order by 1`.execute(db);
  const states: SequenceState[] = [];
  for (const { name } of rows) {
    const { rows: found } = await sql<SequenceState>`
      select ${name}::text as name, last_value as value, is_called as used from ${sql.table(name)}`.execute(
      db,
    );
    states.push(...found);
  }
  return states;
}

async function* rowsOf(tx: Transaction<never>, table: string): AsyncGenerator<string> {
  const { rows: keys } = await sql<{ name: string }>`
    select a.attname as name from pg_index i
    cross join lateral unnest(i.indkey) with ordinality k (number, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
    where i.indrelid = ${table}::regclass and i.indisprimary order by k.place`.execute(tx);
  const order = keys.length > 0 ? keys.map(({ name }) => sql.ref(`t.${name}`)) : [sql`to_jsonb(t)::text`];
  await sql`declare backup_rows no scroll cursor for
    select to_jsonb(t)::text as line from ${sql.table(table)} t order by ${sql.join(order)}`.execute(tx);
  for (;;) {
    const { rows } = await sql<{ line: string }>`fetch ${sql.lit(BATCH_ROWS)} from backup_rows`.execute(tx);
    for (const { line } of rows) yield line;
    if (rows.length < BATCH_ROWS) break;
  }
  await sql`close backup_rows`.execute(tx);
}

/** What a database is loaded with. */
export interface Load {
  readonly tables: readonly { readonly name: string; readonly rows: AsyncIterable<string> }[];
  readonly sequences: readonly SequenceState[];
  /** Told the rows of each table as they were loaded; throws where they are not those that were written. */
  readonly check: (table: string, rows: AsyncIterable<string>) => Promise<void>;
}

/**
 * Loads rows into the tables of a database in place of what is there, as their owner, in one transaction: all of it, read back and
 * compared, or nothing.
 */
export async function loadSnapshot(db: Kysely<never>, load: Load): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await writeAlike(tx);
    const references = await dropReferences(tx);
    for (const { name, rows } of load.tables) {
      await sql`alter table ${sql.table(name)} disable trigger user`.execute(tx);
      // A migration may have put a first row there.
      await sql`truncate ${sql.table(name)}`.execute(tx);
      await loadTable(tx, name, rows);
      await sql`alter table ${sql.table(name)} enable trigger user`.execute(tx);
      await load.check(name, rowsOf(tx, name));
    }
    for (const { table, name, definition } of references)
      await sql`alter table ${sql.table(table)} add constraint ${sql.ref(name)} ${sql.raw(definition)}`.execute(
        tx,
      );
    for (const { name, value, used } of load.sequences)
      await sql`select setval(${name}::regclass, ${value}::bigint, ${used}::boolean)`.execute(tx);
  });
}

/** Rows come table by table, and some point at rows that come later. */
async function dropReferences(tx: Transaction<never>) {
  const { rows } = await sql<{ table: string; name: string; definition: string }>`
    select c.relname as "table", conname as name, pg_get_constraintdef(k.oid) as definition
    from pg_constraint k join pg_class c on c.oid = k.conrelid
    where k.contype = 'f' and k.connamespace = 'public'::regnamespace`.execute(tx);
  for (const { table, name } of rows)
    await sql`alter table ${sql.table(table)} drop constraint ${sql.ref(name)}`.execute(tx);
  return rows;
}

async function loadTable(tx: Transaction<never>, table: string, rows: AsyncIterable<string>): Promise<void> {
  const { rows: columns } = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`.execute(
    tx,
  );
  const names = sql.join(columns.map(({ name }) => sql.ref(name)));
  const insert = (lines: readonly string[]) =>
    sql`insert into ${sql.table(table)} (${names}) overriding system value
      select ${names} from jsonb_populate_recordset(null::${sql.table(table)}, ${`[${lines.join(',')}]`}::jsonb)`.execute(
      tx,
    );
  let batch: string[] = [];
  let bytes = 0;
  for await (const line of rows) {
    batch.push(line);
    bytes += line.length;
    if (batch.length < BATCH_ROWS && bytes < BATCH_BYTES) continue;
    await insert(batch);
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) await insert(batch);
}

/** Removes the tables and functions of this service, as their owner, so that they can be made in an older shape. */
export async function clearSchema(db: Kysely<never>): Promise<void> {
  await sql`do $$ declare it record; begin
    for it in select format('%I', tablename) as name from pg_tables where schemaname = 'public'
    loop execute 'drop table ' || it.name || ' cascade'; end loop;
    for it in select oid::regprocedure as name from pg_proc where pronamespace = 'public'::regnamespace
      and proowner = current_user::regrole and not exists (select from pg_depend d
        where d.objid = pg_proc.oid and d.deptype = 'e')
    loop execute 'drop function ' || it.name || ' cascade'; end loop;
  end $$`.execute(db);
}

/** Whether one of these tables has a row. @returns the first that has */
export async function firstWithRows(
  db: Kysely<never>,
  tables: readonly string[],
): Promise<string | undefined> {
  const there = new Set(await tablesOf(db));
  for (const table of tables.filter((name) => there.has(name))) {
    const { rows } = await sql`select from ${sql.table(table)} limit 1`.execute(db);
    if (rows.length > 0) return table;
  }
  return undefined;
}

/**
 * What of a back-up is not to be believed: heads that it calls anchored are offered to the anchor again, since
 * it may be a new one, and every project's deletions wait for a person, since no row knows the holds that were
 * placed after it.
 *
 * @returns how many projects wait
 */
export async function settleRestored(db: Kysely<never>, now: Date): Promise<number> {
  await sql`update audit_checkpoint set anchored_at = null`.execute(db);
  const { rows } = await sql`
    update project set deletions_paused_at = coalesce(deletions_paused_at, ${now}) returning id`.execute(db);
  return rows.length;
}

/** What the entry of a restore is about. */
export const RESTORED = 'databases';

/** When a back-up was restored that no `restore-check` has looked at since; `null` where none was. */
export async function uncheckedRestore(db: Kysely<never>): Promise<Date | null> {
  const { rows } = await sql<{ at: Date }>`
    select at from audit_entry e where object_id = ${RESTORED} and action = 'backup.restored'
      and not exists (select from audit_entry c
        where c.object_id = 'erasures' and c.action = 'restore.checked' and c.seq > e.seq)
    order by seq desc limit 1`.execute(db);
  return rows[0]?.at ?? null;
}
