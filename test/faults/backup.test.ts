import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Kysely } from 'kysely';
import { pino } from 'pino';
import type { BackupServices } from '../../src/cli/backup.ts';
import { readConfig } from '../../src/config.ts';
import { uncheckedRestore } from '../../src/db/backup.ts';
import { appendAuditEntry } from '../../src/audit/append.ts';
import { createBackupServices } from '../../src/main/backup-cli.ts';
import { openAfterRestore } from '../../src/main/backup-opening.ts';
import { createStage, OPERATOR, type Stage } from '../cli/stage.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const HOUR = 3_600_000;

describe('a back-up', () => {
  let stage: Stage;
  let empty: TestDatabase;
  let place: string;
  let directory: string;
  let services: BackupServices;
  let sessionId: string;
  const now = new Date('2026-03-02T12:00:00Z');

  before(async () => {
    stage = await createStage();
    empty = await createTestDatabase();
    directory = await mkdtemp(join(tmpdir(), 'retention-backup-'));
    place = join(directory, 'backups');
    sessionId = await stage.openSession('Wo ist mein Päckchen? 包裹在哪里');
    await stage.archiveSession();
    services = await servicesOf(stage.database);
  });
  after(async () => {
    await services.close();
    await stage.close();
    await empty.drop();
    await rm(directory, { recursive: true, force: true });
  });

  function servicesOf(database: TestDatabase, secretsDir = stage.database.secretsDir) {
    const owner = (url: string) => Object.assign(new URL(url), { username: 'retention_owner' }).href;
    return createBackupServices(
      readConfig({
        RETENTION_DATABASE_URL: database.url,
        RETENTION_DATABASE_OWNER_URL: owner(database.url),
        RETENTION_KEYS_DATABASE_URL: database.keysUrl,
        RETENTION_KEYS_DATABASE_OWNER_URL: owner(database.keysUrl),
        RETENTION_SECRETS: secretsDir,
        RETENTION_ARCHIVE: pathToFileURL(stage.archiveDir).href,
        RETENTION_AUDIT_ANCHOR: pathToFileURL(join(directory, 'anchor')).href,
      }),
    );
  }

  const create = (at = now) => services.create({ place, actor: OPERATOR, now: at });

  it('is for its owner alone, and holds no text in clear', async () => {
    const { id, rows } = await create();
    assert.ok(rows > 10);
    for (const entry of await readdir(place, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      assert.equal((await stat(path)).mode & 0o077, 0, path);
      if (!entry.isFile()) continue;
      const bytes = await readFile(path);
      assert.ok(!(path.endsWith('.gz') ? gunzipSync(bytes) : bytes).includes('Päckchen'), path);
    }
    assert.deepEqual(await services.verify(place, id), {
      id,
      files: (await services.verify(place, id)).files,
    });
  });

  it('keeps the keys for 48 hours and removes older ones when the next is made', async () => {
    const later = new Date(now.getTime() + 49 * HOUR);
    const [first] = await services.list(place, later);
    assert.equal(first?.keysExpired, true);
    const made = await create(later);
    assert.deepEqual(made.oldKeysRemoved, [first.id]);
    const all = await services.list(place, later);
    assert.deepEqual(
      all.map(({ keys }) => keys),
      [false, true],
    );
  });

  it('that was altered is found by the file', async () => {
    const { id } = await create(new Date(now.getTime() + 50 * HOUR));
    const path = join(place, id, 'tables/session.jsonl.gz');
    const whole = await readFile(path);
    await writeFile(path, gzipSync(String(gunzipSync(whole)).replace('"open"', '"deleted"')));
    await assert.rejects(services.verify(place, id), { code: 'archive_damaged', message: /session/ });
    await writeFile(path, whole.subarray(0, whole.length / 2));
    await assert.rejects(services.verify(place, id), { code: 'archive_damaged' });
    await writeFile(path, whole);
    await services.verify(place, id);
  });

  it('is not restored into databases in use, nor with another pepper', async () => {
    const order = { place, withoutKeys: false, actor: OPERATOR, now };
    await assert.rejects(services.restore(order), { code: 'phase_conflict', message: /has rows/ });
    const strange = await servicesOf(empty, join(directory, 'other-secrets'));
    await assert.rejects(strange.restore(order), { code: 'config_invalid', message: /pepper/ });
    await strange.close();
  });

  it('that is restored is row for row what it was, waits for its check, and deletes nothing by itself', async () => {
    const restoring = await servicesOf(empty);
    const restored = await restoring.restore({ place, withoutKeys: false, actor: OPERATOR, now });
    await restoring.close();
    assert.equal(restored.keysFrom, restored.id);
    assert.deepEqual(restored.migrated, []);
    const read = async ({ db }: TestDatabase) => ({
      sessions: await db.selectFrom('session').selectAll().orderBy('id').execute(),
      messages: await db.selectFrom('message').selectAll().orderBy('id').execute(),
      revisions: await db.selectFrom('revision').selectAll().orderBy('message_id').execute(),
      archives: await db.selectFrom('archive').selectAll().orderBy('id').execute(),
      subjects: await db.selectFrom('subject').selectAll().orderBy('id').execute(),
    });
    assert.deepEqual(await read(empty), await read(stage.database));
    const { deletions_paused_at: paused } = await empty.db
      .selectFrom('project')
      .select('deletions_paused_at')
      .executeTakeFirstOrThrow();
    assert.deepEqual(paused, now);
    assert.deepEqual(await uncheckedRestore(empty.db as unknown as Kysely<never>), now);
  });

  it('leaves numbers that count up where they were, and its references in force', async () => {
    const { seq: before } = await empty.db
      .selectFrom('audit_entry')
      .select((eb) => eb.fn.max('seq').as('seq'))
      .executeTakeFirstOrThrow();
    assert.ok(Number(before) > 0);
    const held = { sessionId, reason: 'a claim', actor: OPERATOR, now };
    await empty.acts.placeHold(held);
    await assert.rejects(
      empty.db.deleteFrom('session').where('id', '=', sessionId).execute(),
      /permission|foreign key/,
    );
  });

  it('opens nothing before it was checked', async () => {
    const log = pino({ level: 'silent' });
    let started = 0;
    const start = () => {
      started += 1;
      return Promise.resolve({ stop: () => Promise.resolve() });
    };
    const waiting = await openAfterRestore({ db: empty.db, log }, start, 20);
    assert.equal(started, 0);
    await appendAuditEntry(empty.db, {
      ...{ at: now, actor: OPERATOR, action: 'restore.checked', projectId: null, counts: {} },
      object: { kind: 'ledger', id: 'erasures' },
    });
    await until('the bots have started', () => started === 1);
    await waiting.stop();
    await (await openAfterRestore({ db: empty.db, log }, start)).stop();
    assert.equal(started, 2);
  });

  it('leaves keys that are there alone, and says what to do where there are none', async () => {
    const fresh = await createTestDatabase();
    const restoring = await servicesOf(fresh);
    try {
      await rm(join(place, 'keys'), { recursive: true });
      const order = { place, actor: OPERATOR, now };
      await assert.rejects(restoring.restore({ ...order, withoutKeys: false }), { code: 'not_found' });
      const restored = await restoring.restore({ ...order, withoutKeys: true });
      assert.deepEqual([restored.keysFrom, restored.keysWereThere], [null, false]);
    } finally {
      await restoring.close();
      await fresh.drop();
    }
  });
});
