import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { isRunning } from '../../src/embedded/pid-file.mjs';
import { freePort } from '../../src/embedded/ports.ts';
import { startPostgres } from '../../src/embedded/postgres.ts';
import type { RunningPostgres } from '../../src/embedded/postgres.ts';

const directory = mkdtempSync(join(tmpdir(), 'retention-postgres-'));
// As root, PostgreSQL runs under another account, which has to get here.
chmodSync(directory, 0o711);
after(() => rmSync(directory, { recursive: true, force: true }));

const log = (): void => undefined;

async function start(dir: string, port?: number): Promise<RunningPostgres> {
  return await startPostgres({ dir, port: port ?? (await freePort()), durable: false, log });
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.flatMap((row) => Object.values(row));
  } finally {
    await client.end();
  }
}

function serverPid(dir: string): number {
  return Number.parseInt(readFileSync(join(dir, 'data', 'postmaster.pid'), 'utf8'), 10);
}

describe('the embedded PostgreSQL', () => {
  const dir = join(directory, 'main');
  let postgres: RunningPostgres;
  before(async () => {
    postgres = await start(dir);
  });
  after(async () => await postgres.stop());

  it('is PostgreSQL 18 with checksums, sorts by code point and speaks UTF-8', async () => {
    const url = postgres.url('postgres');
    assert.deepEqual(await query(url, `select current_setting('server_version_num')::int / 10000`), [18]);
    assert.deepEqual(await query(url, 'show data_checksums'), ['on']);
    assert.deepEqual(
      await query(
        url,
        `select datlocprovider, datlocale, pg_encoding_to_char(encoding) from pg_database where datname = 'postgres'`,
      ),
      ['b', 'C.UTF-8', 'UTF8'],
    );
    assert.deepEqual(await query(url, `select lower('ÄŁЖ')`), ['äłж']);
  });

  it('listens on the loopback address alone', async () => {
    assert.deepEqual(await query(postgres.url('postgres'), 'show listen_addresses'), ['127.0.0.1']);
    assert.deepEqual(await query(postgres.url('postgres'), 'show unix_socket_directories'), ['']);
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const wrong = new URL(postgres.url('postgres'));
    wrong.password = 'guess';
    await assert.rejects(query(wrong.href, 'select 1'), { code: '28P01' });
    assert.equal(statSync(join(dir, 'superuser-password')).mode & 0o777, 0o600);
    assert.equal(statSync(dir).mode & 0o077, 0);
  });

  it('writes no values of failed statements into its log', async () => {
    const url = postgres.url('postgres');
    await query(url, 'create table people (name text primary key, age int)');
    await query(url, `insert into people values ('Canary-Jane', 1)`);
    await assert.rejects(query(url, `insert into people values ('Canary-Jane', 1)`));
    await assert.rejects(query(url, `select 'Canary-Jane'::int`));
    const logs = readdirSync(join(dir, 'log')).map((name) => readFileSync(join(dir, 'log', name), 'utf8'));
    assert.match(logs.join(''), /ready to accept connections/);
    assert.doesNotMatch(logs.join(''), /Canary/);
  });
});

describe('a later start of the embedded PostgreSQL', () => {
  it('finds the data of the one before, under the same password', async () => {
    const dir = join(directory, 'again');
    const port = await freePort();
    const first = await start(dir, port);
    await query(first.url('postgres'), 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start(dir, port);
    assert.equal(second.url('postgres'), first.url('postgres'));
    assert.deepEqual(await query(second.url('postgres'), 'select answer from kept'), [42]);
    await second.stop();
  });

  it('stops a server that a killed service left behind', async () => {
    const dir = join(directory, 'orphan');
    const port = await freePort();
    const script = new URL('../../src/embedded/postgres.ts', import.meta.url).href;
    const code = `import { startPostgres } from ${JSON.stringify(script)};
      await startPostgres({ dir: ${JSON.stringify(dir)}, port: ${port}, durable: false, log: () => {} });
      process.kill(process.pid, 'SIGKILL');`;
    await assert.rejects(promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]), {
      signal: 'SIGKILL',
    });
    const orphan = serverPid(dir);
    assert.equal(isRunning(orphan), true);

    const postgres = await start(dir, port);
    assert.equal(isRunning(orphan), false);
    assert.equal(postgres.port, port);
    await postgres.stop();
  });

  it('neither stops an unrelated program that has the number in postmaster.pid nor minds it', async () => {
    const dir = join(directory, 'stale');
    const port = await freePort();
    await (await start(dir, port)).stop();
    // Of the same user as PostgreSQL, which is the case that PostgreSQL itself cannot tell apart.
    const { uid, gid } = statSync(dir);
    const unrelated = spawn('sleep', ['600'], {
      cwd: '/',
      ...(process.getuid?.() === 0 ? { uid, gid } : {}),
    });
    try {
      const file = join(dir, 'data', 'postmaster.pid');
      writeFileSync(file, `${unrelated.pid}\n${join(dir, 'data')}\n`, { mode: 0o600 });
      chownSync(file, uid, gid);
      const postgres = await start(dir, port);
      assert.deepEqual(await query(postgres.url('postgres'), 'select 1'), [1]);
      await postgres.stop();
      assert.equal(isRunning(unrelated.pid ?? 0), true);
    } finally {
      unrelated.kill('SIGKILL');
    }
  });

  it('repeats a first start that was cut short', async () => {
    const dir = join(directory, 'cut-short');
    mkdirSync(join(dir, 'data.unfinished'), { recursive: true });
    writeFileSync(join(dir, 'data.unfinished', 'PG_VERSION'), '18\n');
    const postgres = await start(dir);
    assert.deepEqual(await query(postgres.url('postgres'), 'select 1'), [1]);
    await postgres.stop();
  });

  it('uses another port when the wanted one is busy, and keeps it', async () => {
    const dir = join(directory, 'busy');
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const first = await start(dir, port);
    await first.stop();
    other.close();
    await once(other, 'close');
    const second = await start(dir, port);
    await second.stop();
    assert.notEqual(first.port, port);
    assert.equal(second.port, first.port);
  });

  it('refuses the data of another major version, and says which', async () => {
    const dir = join(directory, 'other-major');
    mkdirSync(join(dir, 'data'), { recursive: true });
    writeFileSync(join(dir, 'data', 'PG_VERSION'), '17\n');
    await assert.rejects(start(dir), { code: 'config_invalid', message: /PostgreSQL 17.*are of 18/ });
  });

  it('can be stopped twice', async () => {
    const postgres = await start(join(directory, 'twice'));
    await postgres.stop();
    await postgres.stop();
  });
});

describe('as root, in a directory that only its owner may enter', { skip: process.getuid?.() !== 0 }, () => {
  const closed = join(directory, 'closed');
  let home: string;
  before(() => mkdirSync(closed, { mode: 0o700 }));
  after(() => rmSync(home, { recursive: true, force: true }));

  it('the files live elsewhere, behind a link that every later start follows', async () => {
    const dir = join(closed, 'postgres');
    const first = await start(dir);
    home = realpathSync(dir);
    await query(first.url('postgres'), 'create table kept as select 42 as answer');
    await first.stop();
    assert.equal(lstatSync(dir).isSymbolicLink(), true);
    const second = await start(dir);
    assert.deepEqual(await query(second.url('postgres'), 'select answer from kept'), [42]);
    await second.stop();
  });

  it('a checkout that was moved takes its database along', async () => {
    renameSync(join(closed, 'postgres'), join(closed, 'moved'));
    const postgres = await start(join(closed, 'moved'));
    assert.deepEqual(await query(postgres.url('postgres'), 'select answer from kept'), [42]);
    await postgres.stop();
  });

  it('a checkout that was copied does not share the database of its original', async () => {
    symlinkSync(readlinkSync(join(closed, 'moved')), join(closed, 'copied'));
    await assert.rejects(start(join(closed, 'copied')), {
      code: 'config_invalid',
      message: /remove the link/,
    });
    assert.equal(existsSync(join(home, 'data', 'PG_VERSION')), true);
  });
});
