import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { watch } from '../../src/acts/watchdog.ts';
import { openDirectoryStore } from '../../src/archive/directory.ts';
import type { ArchiveStore } from '../../src/archive/store.ts';
import { faultyObjects } from '../../src/db/archive-check.ts';
import { checkInTurn } from '../../src/main/archive-check.ts';
import { createStage, type Stage } from '../cli/stage.ts';
import { breakDown } from '../support/store-outage.ts';

const DAY = 86_400_000;

describe('the check of all archive objects', () => {
  let stage: Stage;
  let store: ArchiveStore;
  let now: Date;

  before(async () => {
    stage = await createStage();
    store = await openDirectoryStore(stage.archiveDir);
  });
  after(() => stage.close());
  afterEach(async () => {
    process.exitCode = 0;
    for (const table of ['delivery', 'alarm', 'archive'] as const)
      await stage.database.db.deleteFrom(table).execute();
  });

  /** Archived objects, and a clock that stands 31 days after they were written. */
  async function archived(count: number): Promise<string[]> {
    const ids = [];
    for (let at = 0; at < count; at += 1) ids.push(await stage.archiveSession());
    now = new Date(Date.now() + 31 * DAY);
    return ids;
  }
  const round = async (days = 30) => {
    const stores = { of: () => Promise.resolve(store), at: () => Promise.resolve(store) };
    const report = await checkInTurn({ db: stage.database.db, stores }, { days, now });
    assert.ok(report);
    return report;
  };
  const pass = (days: number) => (now = new Date(now.getTime() + days * DAY));
  async function fileOf(sessionId: string): Promise<string> {
    const folder = join(stage.archiveDir, 'shop', sessionId);
    const [file = ''] = (await readdir(folder)).filter((name) => name.includes('.jsonl'));
    return join(folder, file);
  }
  const told = async () =>
    (await stage.database.db.selectFrom('delivery').select('payload').where('kind', '=', 'text').execute())
      .map(({ payload }) => String(payload['key']))
      .filter((key) => key.includes('archive-damaged'));
  const audited = async (sessionId: string) =>
    (
      await stage.database.db
        .selectFrom('audit_entry')
        .select('action')
        .where('object_id', '=', sessionId)
        .where('action', 'in', ['archive.damaged', 'archive.mended'])
        .orderBy('seq')
        .execute()
    ).map(({ action }) => action);

  it('compares each once in its days, and none before its turn', async () => {
    await archived(3);
    assert.equal((await round()).objects, 3);
    assert.equal((await round()).objects, 0);
    pass(29);
    assert.equal((await round()).objects, 0);
    pass(2);
    assert.equal((await round()).objects, 3);
  });

  it('begins with what was compared longest ago', async () => {
    const [first, second] = await archived(2);
    const at = (days: number) => new Date(now.getTime() - days * DAY);
    const set = (sessionId: string | undefined, verifiedAt: Date) =>
      stage.database.db
        .updateTable('archive')
        .set({ verified_at: verifiedAt })
        .where('session_id', '=', sessionId ?? '')
        .execute();
    await set(first, at(40));
    await set(second, at(50));
    const asked: string[] = [];
    const noting = {
      ...store,
      get: (...of: Parameters<ArchiveStore['get']>) => (asked.push(of[0]), store.get(...of)),
    };
    const stores = { of: () => Promise.resolve(noting), at: () => Promise.resolve(noting) };
    await checkInTurn({ db: stage.database.db, stores }, { days: 30, now });
    assert.deepEqual(
      asked.map((name) => name.split('/')[1]),
      [second, first],
    );
  });

  it('finds what was altered and what is gone, calls once for as long as it lasts, and gives the all-clear', async () => {
    const [whole = '', altered = '', gone = ''] = await archived(3);
    const before = await readFile(await fileOf(altered));
    await appendFile(await fileOf(altered), 'x');
    const file = await fileOf(gone);
    await rename(file, join(stage.archiveDir, '.taken'));

    const { faults } = await round();
    const found = Object.fromEntries(faults.map(({ sessionId, fault }) => [sessionId, fault]));
    assert.deepEqual(found, { [altered]: 'damaged', [gone]: 'missing' });
    assert.deepEqual(await told(), ['archive-damaged:2']);
    assert.deepEqual(await faultyObjects(stage.database.db), [{ projectId: 'shop', objects: 2 }]);

    pass(2);
    assert.equal((await round()).faults.length, 2, 'looked at again within a day');
    assert.deepEqual(await told(), ['archive-damaged:2'], 'it still lasts');
    assert.deepEqual(await audited(altered), ['archive.damaged']);
    assert.deepEqual(await audited(whole), []);

    await writeFile(await fileOf(altered), before);
    await rename(join(stage.archiveDir, '.taken'), file);
    pass(2);
    assert.deepEqual((await round()).faults, []);
    assert.deepEqual(await told(), ['archive-damaged:2', 'cleared:archive-damaged']);
    assert.deepEqual(await audited(gone), ['archive.damaged', 'archive.mended']);
    await watch(stage.database.db, { now, withAnchor: false });
    assert.equal((await told()).length, 2);
  });

  it('with 0 days asks for metadata alone, which tell what is gone', async () => {
    const [altered = '', gone = ''] = await archived(2);
    const text = await readFile(await fileOf(altered));
    text[text.length - 1] = (text.at(-1) ?? 0) ^ 1;
    await writeFile(await fileOf(altered), text);
    await rename(await fileOf(gone), join(stage.archiveDir, '.taken'));
    const { faults } = await round(0);
    assert.deepEqual(
      faults.map(({ sessionId, fault }) => [sessionId, fault]),
      [[gone, 'missing']],
    );
  });

  it('judges nothing while the store is away, and stops after three', async () => {
    await archived(5);
    const mend = breakDown(store);
    const { objects, unread } = await round();
    assert.deepEqual([objects, unread], [0, 3]);
    assert.deepEqual(await told(), []);
    mend();
    assert.equal((await round()).objects, 5);
  });

  it('leaves alone what is about to be deleted', async () => {
    const [sessionId = ''] = await archived(1);
    await rename(await fileOf(sessionId), join(stage.archiveDir, '.taken'));
    const { db } = stage.database;
    await db.updateTable('session').set({ deletion_began_at: now }).where('id', '=', sessionId).execute();
    assert.equal((await round()).objects, 0);
  });

  it('is done by hand with retention archive verify, which calls people as well', async () => {
    const [, altered = ''] = await archived(2);
    const clean = await stage.run('archive', 'verify');
    assert.match(clean.stdout, /Objects compared\s+2\nEach of them is what was stored/);
    await appendFile(await fileOf(altered), 'x');
    const { stdout } = await stage.run('archive', 'verify', '--project', 'shop', '--sample', '10');
    assert.equal(process.exitCode, 1);
    assert.match(stdout, new RegExp(`${altered}.*its size or bytes are not those`));
    assert.deepEqual(await told(), ['archive-damaged:1']);
    assert.match((await stage.run('archive', 'verify', '--project', 'none')).stdout, /Objects compared\s+0/);
    const entries = await stage.json<{ counts: unknown }[]>('audit', 'list', '--action', 'archive.verified');
    assert.deepEqual(entries[1]?.counts, { objects: 2, unread: 0, faults: 1 });
  });
});
