import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql, type QueryExecutorProvider } from 'kysely';
import { exportPrefix } from '../../activities/export-files.ts';
import { archiveName, attachmentName } from '../../src/archive/names.ts';
import { KEYS_TABLES, OBJECTS, type TableEntry } from '../../src/domain/data-map.ts';
import { MAIN_TABLES } from '../../src/domain/data-map-main.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { dataMapPage } from './data-map-page.ts';

const PAGE = join(import.meta.dirname, '../../docs/data-map.md');

let database: TestDatabase;

before(async () => {
  database = await createTestDatabase();
});

after(() => database.drop());

const DATABASES = [
  { name: 'main', file: 'src/domain/data-map-main.ts', map: MAIN_TABLES, of: () => database.aside },
  { name: 'keys', file: 'src/domain/data-map.ts', map: KEYS_TABLES, of: () => database.keys },
] as const;

for (const { name, file, map, of } of DATABASES)
  describe(`the data map of the ${name} database`, () => {
    it('has an entry for every column', async () => {
      const missing = (await columnsIn(of())).filter((column) => !columnsOf(map).includes(column));
      assert.deepEqual(
        missing,
        [],
        `${file} says nothing of ${missing.join(', ')}. ` +
          'Add each column to its table there, under what it holds ("opaque id", "sealed text", …), and see that ' +
          'an erasure does with it what the entry of its table says.',
      );
    });

    it('has no entry without a column', async () => {
      const there = await columnsIn(of());
      const gone = columnsOf(map).filter((column) => !there.includes(column));
      assert.deepEqual(
        gone,
        [],
        `${file} names ${gone.join(', ')}, which no migration makes. Remove it there.`,
      );
    });

    it('names every column once, and gives a reason for what stays', () => {
      const names = columnsOf(map);
      assert.deepEqual(
        names.filter((column, at) => names.indexOf(column) < at),
        [],
      );
      for (const [table, { rows, because }] of Object.entries(map))
        assert.ok(rows !== 'kept' || because, `${file}: say why the rows of ${table} stay.`);
    });
  });

describe('what the data map says of the main database', () => {
  it('goes with the person only where the row of the person takes it along', async () => {
    const cascades = await cascadesIn(database.aside);
    for (const [table, { rows }] of Object.entries(MAIN_TABLES))
      if (rows === 'with the person' && table !== 'subject')
        assert.ok(
          cascades.has(`${table} > subject`),
          `${table} needs a reference to subject with "on delete cascade", or rows 'with the session'.`,
        );
  });

  it('is asked for after an erasure wherever it goes with the session', async () => {
    const cascades = await cascadesIn(database.aside);
    for (const [table, entry] of Object.entries(MAIN_TABLES)) {
      if (entry.rows !== 'with the session') continue;
      const asked = columnsOf({ [table]: entry }).includes(`${table}.session_id`);
      const along = Object.keys(MAIN_TABLES).some((parent) => cascades.has(`${table} > ${parent}`));
      assert.ok(
        asked || along,
        `${table} needs a column session_id, or a reference with "on delete cascade" to a table that has one.`,
      );
    }
  });

  it('holds a Telegram id of a customer in one column alone', () => {
    const holding = Object.entries(MAIN_TABLES).flatMap(([table, { columns }]) =>
      columns['Telegram id'] ? [`${table}.${columns['Telegram id']}`] : [],
    );
    assert.deepEqual(holding, ['subject.telegram_user_id']);
  });

  it('keeps sealed text and Telegram ids nowhere', () => {
    for (const [table, { rows, columns }] of Object.entries(MAIN_TABLES))
      assert.ok(rows !== 'kept' || !(columns['sealed text'] ?? columns['Telegram id']), table);
  });
});

describe('the data map of the stores', () => {
  it('has an entry for every kind of object', () => {
    const place = { project: 'shop', session: randomUUID(), subject: randomUUID(), attachment: randomUUID() };
    const names = [
      archiveName(place, 1),
      attachmentName(place, 1),
      `erasures/${randomUUID()}.json`,
      `${exportPrefix(randomUUID())}part-1.2.sealed`,
    ];
    const patterns = Object.keys(OBJECTS).map(
      (pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replace(/[A-Z]+/g, '[a-z0-9-]+')}$`),
    );
    for (const name of names)
      assert.ok(
        patterns.some((pattern) => pattern.test(name)),
        name,
      );
  });
});

describe('docs/data-map.md', () => {
  it('says what the code says', async () => {
    const written = await readFile(PAGE, 'utf8').catch(() => '');
    assert.equal(
      written,
      await dataMapPage(),
      'Write it anew with: node test/architecture/data-map-page.ts > docs/data-map.md',
    );
  });
});

function columnsOf(map: Readonly<Record<string, TableEntry>>): string[] {
  return Object.entries(map).flatMap(([table, { columns }]) =>
    Object.values(columns)
      .flatMap((names) => names.split(' '))
      .map((column) => `${table}.${column}`),
  );
}

/** Every column of a database but those of Kysely's own tables. */
async function columnsIn(db: QueryExecutorProvider): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname || '.' || a.attname as name
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
      and c.relname not like 'kysely_%'
    order by 1`.execute(db);
  return rows.map(({ name }) => name);
}

/** The references that take rows along, as "child > parent". */
async function cascadesIn(db: QueryExecutorProvider): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select child.relname || ' > ' || parent.relname as name from pg_constraint
    join pg_class child on child.oid = conrelid join pg_class parent on parent.oid = confrelid
    where contype = 'f' and confdeltype = 'c'`.execute(db);
  return new Set(rows.map(({ name }) => name));
}
