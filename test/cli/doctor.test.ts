import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Writable } from 'node:stream';
import { after, afterEach, before, describe, it } from 'node:test';
import { Connection } from '@temporalio/client';
import { sql } from 'kysely';
import { finalFrom, readBucketSettings } from '../../src/archive/bucket-settings.ts';
import { createDoctorCommand } from '../../src/cli/doctor.ts';
import { readConfig } from '../../src/config.ts';
import { connect } from '../../src/db/connect.ts';
import { migrationsRun } from '../../src/db/doctor.ts';
import type { Finding } from '../../src/domain/doctor.ts';
import { checkAnchorBucket, checkArchiveBucket } from '../../src/main/doctor/bucket.ts';
import { checkClocks, clockOfServer } from '../../src/main/doctor/clock.ts';
import { checkExportBucket } from '../../src/main/doctor/export-bucket.ts';
import { checkDatabase, checkKeysDatabase, checkMigrations } from '../../src/main/doctor/database.ts';
import { checkDirectory, checkDisk, checkKeyFiles } from '../../src/main/doctor/files.ts';
import { openDoctor } from '../../src/main/doctor/open-doctor.ts';
import { runChecks } from '../../src/main/doctor/run-checks.ts';
import { checkTemporal, checkTemporalUi } from '../../src/main/doctor/temporal.ts';
import { readTemporalFacts } from '../../src/temporal/server-facts.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startDevServer } from '../support/servers.ts';
import { levels, startAnswers } from './doctor-stage.ts';

describe('the doctor on a bucket', () => {
  let metadata: Record<string, unknown> = {};
  let policy: unknown = { bindings: [] };
  let store: Awaited<ReturnType<typeof startAnswers>>;
  before(async () => {
    store = await startAnswers(() => ({
      '/storage/v1/b/archives': metadata,
      '/storage/v1/b/archives/iam': policy,
    }));
  });
  after(() => store.stop());

  const read = () =>
    readBucketSettings('gs://archives/some/prefix', { apiEndpoint: store.url, projectId: 'test' });
  const SAFE = {
    iamConfiguration: { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } },
  };
  const wrong = async (set: Record<string, unknown>) => {
    metadata = { ...SAFE, ...set };
    const found = await levels(checkArchiveBucket(read));
    return Object.entries(found).filter(([, level]) => level !== 'ok');
  };

  it('finds nothing in one that is set up for deleting', async () => {
    assert.deepEqual(await wrong({}), []);
  });

  it('names each setting that makes a deletion unreal', async () => {
    assert.deepEqual(await wrong({ softDeletePolicy: { retentionDurationSeconds: '604800' } }), [
      ['archives: soft delete', 'failure'],
    ]);
    assert.deepEqual(await wrong({ softDeletePolicy: { retentionDurationSeconds: '0' } }), []);
    assert.deepEqual(await wrong({ versioning: { enabled: true } }), [['archives: versioning', 'warning']]);
    assert.deepEqual(await wrong({ retentionPolicy: { retentionPeriod: '86400', isLocked: true } }), [
      ['archives: retention policy', 'failure'],
    ]);
    assert.deepEqual(await wrong({ defaultEventBasedHold: true }), [['archives: default hold', 'failure']]);
    assert.deepEqual(await wrong({ objectRetention: { mode: 'Enabled' } }), [
      ['archives: object retention', 'warning'],
    ]);
    const rule = (type: string) => ({ lifecycle: { rule: [{ action: { type }, condition: { age: 30 } }] } });
    assert.deepEqual(await wrong(rule('Delete')), [['archives: lifecycle rules', 'failure']]);
    assert.deepEqual(await wrong(rule('AbortIncompleteMultipartUpload')), []);
  });

  it('finds who gets at it', async () => {
    assert.deepEqual(await wrong({ iamConfiguration: {} }), [['archives: public access', 'warning']]);
    policy = { bindings: [{ role: 'roles/storage.objectViewer', members: ['allUsers'] }] };
    assert.deepEqual(await wrong({}), [['archives: public access', 'failure']]);
    policy = undefined;
    assert.deepEqual(await wrong({}), [], 'the service need not be allowed to see who is');
  });

  it('says what each leads to, and the command that mends it', async () => {
    metadata = { ...SAFE, softDeletePolicy: { retentionDurationSeconds: '604800' } };
    const [found] = await runChecks([checkArchiveBucket(read)]);
    assert.ok(found?.level === 'failure');
    assert.match(found.consequence, /final only 7 days later/);
    assert.equal(found.mend, 'gcloud storage buckets update gs://archives --clear-soft-delete');
  });

  it('says from when on a deletion is final', async () => {
    metadata = { ...SAFE, softDeletePolicy: { retentionDurationSeconds: '604800' } };
    const deletedAt = new Date('2026-01-01T00:00:00Z');
    assert.deepEqual(finalFrom(await read(), deletedAt), new Date('2026-01-08T00:00:00Z'));
    metadata = SAFE;
    assert.deepEqual(finalFrom(await read(), deletedAt), deletedAt);
  });

  it('wants of the anchor what it will not have of the archive', async () => {
    metadata = SAFE;
    const policyIs = async () => Object.values(await levels(checkAnchorBucket(read)))[0];
    assert.equal(await policyIs(), 'warning');
    metadata = { ...SAFE, retentionPolicy: { retentionPeriod: '315360000', isLocked: true } };
    assert.equal(await policyIs(), 'ok');
  });

  it('wants of one that exports are delivered to that nothing stays readable in it', async () => {
    const exportsWrong = async (set: Record<string, unknown>) => {
      metadata = { ...SAFE, ...set };
      const found = await runChecks([checkExportBucket(read)]);
      return found.flatMap((one) => (one.level === 'ok' ? [] : [one]));
    };
    assert.deepEqual(await exportsWrong({}), []);
    const [soft] = await exportsWrong({ softDeletePolicy: { retentionDurationSeconds: '604800' } });
    assert.equal(soft?.level, 'failure');
    assert.match(soft?.consequence ?? '', /stays readable for 7 days, and an erasure .* is not verified/);
    assert.equal(soft?.mend, 'gcloud storage buckets update gs://archives --clear-soft-delete');
    const [locked] = await exportsWrong({ retentionPolicy: { retentionPeriod: '86400', isLocked: true } });
    assert.match(locked?.consequence ?? '', /for 1 day: it stays readable after it expired/);
    assert.match(locked?.mend ?? '', /RETENTION_EXPORT_TO/);
    const levelsOf = async (set: Record<string, unknown>) =>
      (await exportsWrong(set)).map(({ check, level }) => [check, level]);
    assert.deepEqual(await levelsOf({ retentionPolicy: { retentionPeriod: '86400' } }), [
      ['archives: retention policy', 'failure'],
    ]);
    assert.deepEqual(await levelsOf({ versioning: { enabled: true } }), [
      ['archives: versioning', 'warning'],
    ]);
    assert.deepEqual(await levelsOf({ defaultEventBasedHold: true }), [
      ['archives: default hold', 'failure'],
    ]);
    assert.deepEqual(await levelsOf({ iamConfiguration: {} }), [['archives: public access', 'warning']]);
    policy = { bindings: [{ role: 'roles/storage.objectViewer', members: ['allUsers'] }] };
    assert.deepEqual(await levelsOf({}), [['archives: public access', 'failure']]);
    policy = undefined;
  });

  it('looks at each place of RETENTION_EXPORT_TO that is a bucket', async () => {
    metadata = { ...SAFE, versioning: { enabled: true } };
    const doctor = openDoctor(
      readConfig({
        // Nothing listens on the port of "discard".
        RETENTION_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/main',
        RETENTION_KEYS_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/keys',
        RETENTION_TEMPORAL_ADDRESS: '127.0.0.1:9',
        RETENTION_SECRETS: tmpdir(),
        RETENTION_ARCHIVE: pathToFileURL(tmpdir()).href,
        RETENTION_EXPORT_TO: 'file:///srv/exports gs://archives/one',
        RETENTION_GCS_ENDPOINT: store.url,
      }),
    );
    try {
      const found = await doctor.run('exports');
      assert.deepEqual(
        found.filter(({ level }) => level !== 'ok').map(({ area, check }) => [area, check]),
        [['exports', 'archives: versioning']],
      );
    } finally {
      await doctor.close();
    }
  });

  it('takes a store that is away, or a bucket that is not there, for a failure', async () => {
    const missing = () => readBucketSettings('gs://missing', { apiEndpoint: store.url, projectId: 'test' });
    const [found] = await runChecks([checkArchiveBucket(missing)]);
    assert.ok(found?.level === 'failure');
    assert.match(found.found, /missing does not exist/);
  });
});

describe('the doctor on the databases', () => {
  let at: TestDatabase;
  before(async () => {
    at = await createTestDatabase();
  });
  after(() => at.drop());

  it('finds the role of the service as it should be, and the owner too powerful', async () => {
    const wrong = async (db: TestDatabase['db']) =>
      Object.entries(await levels(checkDatabase(db))).filter(([, level]) => level !== 'ok');
    assert.deepEqual(await wrong(at.aside), []);
    const owner = connect(at.ownerUrl, () => undefined, 1);
    try {
      assert.deepEqual(await wrong(owner), [['audit entries', 'failure']]);
      await sql`alter table audit_entry disable trigger audit_entry_append_only`.execute(owner);
      assert.deepEqual(await wrong(at.aside), [['audit entries', 'failure']]);
      await sql`alter table audit_entry enable trigger audit_entry_append_only`.execute(owner);
      await sql`set statement_timeout = '5s'`.execute(owner);
      assert.deepEqual(await wrong(owner), [
        ['audit entries', 'failure'],
        ['statement timeout', 'warning'],
      ]);
    } finally {
      await owner.destroy();
    }
  });

  it('finds a migration that did not run', async () => {
    const owner = connect(at.ownerUrl, () => undefined, 1);
    try {
      const ran = (await migrationsRun(owner)) ?? [];
      const known = (more: string[]) => () => Promise.resolve([...ran, ...more]);
      const check = (more: string[]) => checkMigrations('it', known(more), [owner]);
      assert.deepEqual(await levels(check([])), { 'schema of it': 'ok' });
      assert.deepEqual(await levels(check(['9999-later'])), { 'schema of it': 'failure' });
      assert.deepEqual(await levels(checkMigrations('it', known([]), [at.aside])), {
        'schema of it': 'warning',
      });
    } finally {
      await owner.destroy();
    }
  });

  it('wants the keys in a database of their own', async () => {
    const check = (keys: string) => checkKeysDatabase(at.keys, { main: at.url, keys });
    assert.deepEqual(await levels(check(at.keysUrl)), { 'keys database': 'ok' });
    assert.deepEqual(await levels(check(at.url)), { 'keys database': 'failure' });
  });

  it('takes a database that is away for a failure, without its address', async () => {
    const away = connect('postgres://retention_service:secret@127.0.0.1:1/x', () => undefined, 1);
    const [found] = await runChecks([checkDatabase(away)]);
    await away.destroy();
    assert.equal(found?.level, 'failure');
    assert.doesNotMatch(JSON.stringify(found), /secret/);
  });
});

describe('the doctor on Temporal', () => {
  it('looks at version, retention and search attributes', async () => {
    const server = await startDevServer();
    const connection = await Connection.connect({ address: server.address });
    try {
      const facts = await readTemporalFacts(connection, server.namespace);
      const check = (change: Partial<typeof facts>) =>
        levels(checkTemporal(() => Promise.resolve({ ...facts, retentionDays: 3, ...change }), 'x'));
      const fine = { version: 'ok', 'retention of namespace x': 'ok', 'search attributes': 'ok' };
      assert.deepEqual(await check({}), fine);
      assert.equal((await check({ version: '1.22.4' }))['version'], 'warning');
      assert.equal((await check({ retentionDays: 1 }))['retention of namespace x'], 'warning');
      assert.equal((await check({ searchAttributes: ['Phase'] }))['search attributes'], 'failure');
      assert.ok(facts.retentionDays > 0);
    } finally {
      await connection.close();
      await server.stop();
    }
  });

  it('finds a UI in which everybody may write', async () => {
    let settings: unknown = { Auth: { Enabled: false }, DisableWriteActions: false };
    const ui = await startAnswers(() => ({ '/api/v1/settings': settings }));
    const elsewhere = ui.url.replace('127.0.0.1', '127.0.0.2');
    assert.deepEqual(await levels(checkTemporalUi(ui.url)), { UI: 'ok' }, 'this machine alone reaches it');
    await ui.stop();
    const open = createServer((_request, response) => response.end(JSON.stringify(settings)));
    open.listen(Number(new URL(elsewhere).port), '127.0.0.2');
    await once(open, 'listening');
    assert.deepEqual(await levels(checkTemporalUi(elsewhere)), { UI: 'failure' });
    settings = { DisableWriteActions: true };
    assert.deepEqual(await levels(checkTemporalUi(elsewhere)), { UI: 'ok' });
    settings = { Auth: { Enabled: true } };
    assert.deepEqual(await levels(checkTemporalUi(elsewhere)), { UI: 'ok' });
    open.closeAllConnections();
    open.close();
  });
});

describe('the doctor on an installation', () => {
  it('looks at all of it, and finds nothing wrong where nothing is', async () => {
    const at = await createTestDatabase();
    const server = await startDevServer();
    const directory = await mkdtemp(join(tmpdir(), 'retention-doctor-'));
    const config = readConfig({
      RETENTION_DATABASE_URL: at.url,
      RETENTION_DATABASE_OWNER_URL: at.ownerUrl,
      RETENTION_KEYS_DATABASE_URL: at.keysUrl,
      RETENTION_SECRETS: at.secretsDir,
      RETENTION_TEMPORAL_ADDRESS: server.address,
      RETENTION_TEMPORAL_NAMESPACE: server.namespace,
      RETENTION_ARCHIVE: pathToFileURL(directory).href,
      RETENTION_AUDIT_ANCHOR: pathToFileURL(directory).href,
    });
    const doctor = openDoctor(config);
    try {
      const findings = await doctor.run();
      const areas = new Set(findings.map(({ area }) => area));
      assert.deepEqual(
        areas,
        new Set(['database', 'keys', 'temporal', 'archive', 'anchor', 'clock', 'disk']),
      );
      assert.deepEqual(
        findings.filter(({ level }) => level === 'failure'),
        [],
      );
    } finally {
      await doctor.close();
      await server.stop();
      await at.drop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('the doctor on this machine', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'retention-doctor-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('finds key files and stores that others may open', async () => {
    const key = join(directory, 'pepper');
    await writeFile(key, 'x', { mode: 0o600 });
    assert.deepEqual(await levels(checkKeyFiles(directory)), { [directory]: 'ok', pepper: 'ok' });
    await chmod(key, 0o644);
    assert.deepEqual(await levels(checkKeyFiles(directory)), { [directory]: 'ok', pepper: 'failure' });
    const name = `directory ${directory}`;
    assert.deepEqual(await levels(checkDirectory('archive', directory)), { [name]: 'ok' });
    await chmod(directory, 0o755);
    assert.deepEqual(await levels(checkDirectory('archive', directory)), { [name]: 'warning' });
    const gone = checkDirectory('archive', join(directory, 'gone'));
    assert.deepEqual(Object.values(await levels(gone)), ['failure']);
  });

  it('says how much room there is', async () => {
    assert.match((await runChecks([checkDisk([directory])]))[0]?.found ?? '', /GiB free/);
  });

  it('compares clocks: half a minute is a warning, five minutes a failure', async () => {
    const now = new Date('2026-01-01T00:00:00Z');
    const off = (ms: number) => ({
      name: `${ms}`,
      read: () => Promise.resolve(new Date(now.getTime() + ms)),
    });
    const silent = { name: 'silent', read: () => Promise.resolve(undefined) };
    const check = checkClocks([off(0), off(-40_000), off(301_000), silent], () => now);
    assert.deepEqual(await levels(check), {
      0: 'ok',
      '-40000': 'warning',
      301000: 'failure',
      silent: 'warning',
    });
    const web = await startAnswers(() => ({}));
    const read = await clockOfServer('web', web.url).read();
    await web.stop();
    assert.ok(Math.abs((read?.getTime() ?? 0) - Date.now()) < 5000);
  });
});

describe('retention doctor', () => {
  afterEach(() => (process.exitCode = 0));
  async function run(findings: Finding[], ...args: string[]) {
    let text = '';
    const write = (chunk: Buffer, _encoding: unknown, done: () => void) => {
      text += String(chunk);
      done();
    };
    const stdout = new Writable({ write });
    const open = () =>
      Promise.resolve({ run: () => Promise.resolve(findings), close: () => Promise.resolve() });
    process.exitCode = 0;
    await createDoctorCommand({ stdout, stderr: stdout, open }).parseAsync(args, { from: 'user' });
    return { text, code: process.exitCode };
  }
  const mend = { consequence: 'It breaks.', mend: 'mend it' };
  const fine = { area: 'disk', check: 'room', level: 'ok', found: 'much' } as const;
  const warned = { area: 'disk', check: 'room', level: 'warning', found: 'little', ...mend } as const;
  const failed = { area: 'disk', check: 'room', level: 'failure', found: 'none', ...mend } as const;

  it('ends with 5 for a failure, and for a warning only when it is strict', async () => {
    assert.equal((await run([fine])).code, 0);
    assert.equal((await run([fine, warned])).code, 0);
    assert.equal((await run([fine, warned], '--strict')).code, 5);
    assert.equal((await run([fine, failed])).code, 5);
  });

  it('prints consequence and remedy, or JSON', async () => {
    const { text } = await run([fine, failed]);
    assert.match(
      text,
      /FAILURE room: none[\s\S]*It breaks\.[\s\S]*Mend it: mend it[\s\S]*1 ok, 0 warnings, 1 failures/,
    );
    const json = JSON.parse((await run([fine, failed], '--json')).text) as {
      failures: number;
      findings: unknown[];
    };
    assert.deepEqual([json.failures, json.findings.length], [1, 2]);
  });
});
