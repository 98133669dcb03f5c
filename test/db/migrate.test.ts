import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { connect } from '../../src/db/connect.ts';
import { migrate, MIGRATIONS } from '../../src/db/migrate.ts';
import { assertLocale, prepareDatabases } from '../../src/db/prepare.ts';
import { Client } from 'pg';

const DATABASE = 'retention_migration_test';
const KEYS = 'retention_migration_keys_test';

describe('the database', () => {
  const superuserUrl = process.env['TEST_POSTGRES_URL'] ?? '';
  const password = 'only-for-tests';
  const preparation = {
    superuserUrl,
    database: DATABASE,
    keysDatabase: KEYS,
    ownerPassword: password,
    servicePassword: password,
  };
  const owner = Object.assign(new URL(superuserUrl), {
    username: 'retention_owner',
    password,
    pathname: `/${DATABASE}`,
  }).href;
  const superuser = new Client({ connectionString: superuserUrl });

  before(() => superuser.connect());
  after(async () => {
    for (const name of [DATABASE, KEYS])
      await superuser.query(`drop database if exists ${name} with (force)`);
    await superuser.end();
  });

  it('is prepared by two processes at once, and again, without harm', async () => {
    await Promise.all([prepareDatabases(preparation), prepareDatabases(preparation)]);
    await prepareDatabases(preparation);
    await assertLocale(owner);
  });

  it('is migrated once by two migrators at once', async () => {
    const [one, two] = [connect(owner, () => undefined, 1), connect(owner, () => undefined, 1)];
    const ran = await Promise.all([migrate(one), migrate(two)]);
    assert.deepEqual(ran.flat(), Object.keys(MIGRATIONS));
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from kysely_migration`.execute(one);
    assert.equal(rows[0]?.n, Object.keys(MIGRATIONS).length);
    await Promise.all([one.destroy(), two.destroy()]);
  });

  it('a migration that fails leaves everything as it was and says which one it is', async () => {
    const db = connect(owner, () => undefined, 1);
    const broken = {
      ...MIGRATIONS,
      '9999-broken': {
        up: async (on: typeof db) =>
          void (await sql`alter table session add column x int; select 1/0`.execute(on)),
      },
    };
    await assert.rejects(migrate(db, broken), {
      code: 'config_invalid',
      message: /Migration 9999-broken failed/,
    });
    const { rows } =
      await sql`select from information_schema.columns where table_name = 'session' and column_name = 'x'`.execute(
        db,
      );
    assert.deepEqual(rows, []);
    await db.destroy();
  });

  it('with a locale that knows ASCII only is refused', async () => {
    await superuser.query(
      `create database retention_c_test template template0 locale_provider libc locale 'C'`,
    );
    const url = Object.assign(new URL(superuserUrl), { pathname: '/retention_c_test' }).href;
    try {
      await assert.rejects(assertLocale(url), {
        code: 'config_invalid',
        message: /knows ASCII only.*C\.UTF-8/s,
      });
    } finally {
      await superuser.query('drop database retention_c_test');
    }
  });
});
