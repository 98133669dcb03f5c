import { sql } from 'kysely';
import { MAIN_TABLES } from '../../src/domain/data-map-main.ts';
import type { Scene, Violation } from './invariant.ts';
import { scan } from './scan.ts';

/** Marks of people where none may be: in rows in clear, and in files in any writing. */
export async function traceInvariants(scene: Scene): Promise<Violation[]> {
  const { erasedMarks = [], marks = [], places = [] } = scene;
  const violations = await outsideTheMap(scene);
  for (const { invariant, words } of [
    { invariant: 'I6', words: erasedMarks },
    { invariant: 'I10', words: marks },
  ] as const)
    for (const mark of words) {
      for (const table of await tablesWith(scene, mark))
        violations.push({
          invariant,
          what: 'words of a person stand in a table in clear',
          evidence: { table },
        });
      for (const { file, writing } of await scan(mark, places))
        violations.push({ invariant, what: 'words of a person are in a file', evidence: { file, writing } });
    }
  return violations;
}

async function outsideTheMap({ db }: Scene): Promise<Violation[]> {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as "table", column_name as "column" from information_schema.columns
    where table_schema = 'public' and table_name not like 'kysely_%'
      and table_name in (select tablename from pg_tables where schemaname = 'public')`.execute(db);
  return rows
    .filter(({ table, column }) => !mapped(table).includes(column))
    .map((evidence) => ({ invariant: 'I10' as const, what: 'a column is not in the data map', evidence }));
}

function mapped(table: string): string[] {
  return Object.values(MAIN_TABLES[table]?.columns ?? {}).flatMap((names) => names.split(' '));
}

/** Tables with the mark in a row, but for the one column that a Telegram id belongs in. */
async function tablesWith({ db }: Scene, mark: string): Promise<string[]> {
  const found: string[] = [];
  for (const [table, { columns }] of Object.entries(MAIN_TABLES)) {
    const without = columns['Telegram id']?.split(' ') ?? [];
    const row = sql`(to_jsonb(t) - ${without}::text[])::text`;
    const hex = Buffer.from(mark).toString('hex');
    // What the service may not read it has not written either.
    const { rows: readable } = await sql`
      select from pg_class where oid = ${table}::regclass and has_table_privilege(oid, 'select')`.execute(db);
    if (readable.length === 0) continue;
    const { rows } = await sql`
      select from ${sql.table(table)} t
      where strpos(${row}, ${mark}) > 0 or strpos(${row}, ${hex}) > 0 limit 1`.execute(db);
    if (rows.length > 0) found.push(table);
  }
  return found;
}
