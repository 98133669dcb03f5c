import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openStore } from '../../src/archive/open-store.ts';
import type { ArchiveStore, StoredObject } from '../../src/archive/store.ts';
import { all } from './all.ts';
import { conformsToTheStorePort } from './store-conformance.ts';

const NEW = { ifGeneration: '0', metadata: {} };

async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'archive-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

conformsToTheStorePort('directory store', async () => {
  const directory = await temporaryDirectory();
  const url = pathToFileURL(join(directory.path, 'archive')).href;
  return {
    store: await openStore(url),
    again: () => openStore(url),
    [Symbol.asyncDispose]: directory[Symbol.asyncDispose],
  };
});

describe('directory store on its disk', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let root: string;
  let store: ArchiveStore;
  before(async () => {
    directory = await temporaryDirectory();
    root = join(directory.path, 'archive');
    store = await openStore(pathToFileURL(root).href);
  });
  after(() => directory[Symbol.asyncDispose]());

  it('lets only its owner in', async () => {
    await store.put('a/b/c', Buffer.from('x'), NEW);
    for (const folder of ['', 'a', 'a/b']) assert.equal((await stat(join(root, folder))).mode & 0o777, 0o700);
    assert.equal((await stat(join(root, 'a/b/c'))).mode & 0o777, 0o600);
  });

  it('leaves no file and no empty folder of a deleted object, nor what a crash left half written', async () => {
    const { generation } = await store.put('gone/b/c', Buffer.from('x'), NEW);
    await writeFile(join(root, 'gone/b/.c.tmp-from-a-crash'), 'half');
    assert.deepEqual(
      (await all(store.list('gone'))).map((object) => object.name),
      ['gone/b/c'],
    );
    assert.equal(await store.delete('gone/b/c', generation), 'deleted');
    assert.ok(!(await readdir(root)).includes('gone'));
  });

  it('removes what a crash left half written although the object never came to be', async () => {
    await store.put('torn/other', Buffer.from('x'), NEW);
    await writeFile(join(root, 'torn/.c.tmp-from-a-crash'), 'half');
    assert.equal(await store.delete('torn/c', '1'), 'absent');
    assert.deepEqual(await readdir(join(root, 'torn')), ['other']);
  });

  it('removes, when it lists, what a crash left half written an hour ago, and nothing newer', async () => {
    await mkdir(join(root, 'old'));
    const hours = (count: number) => new Date(Date.now() - count * 3_600_000);
    for (const [file, age] of [
      ['.a.tmp-old', 2],
      ['.b.tmp-new', 0],
    ] as const) {
      await writeFile(join(root, 'old', file), 'half');
      await utimes(join(root, 'old', file), hours(age), hours(age));
    }
    assert.deepEqual(await all(store.list('old/')), []);
    assert.deepEqual(await readdir(join(root, 'old')), ['.b.tmp-new']);
    await utimes(join(root, 'old/.b.tmp-new'), hours(2), hours(2));
    assert.deepEqual(await all(store.list('ol')), []);
    assert.ok(!(await readdir(root)).includes('old'));
  });

  it('goes on after a crash that left its lock, and one of many deletions gets through', async () => {
    const { generation } = await store.put('locked', Buffer.from('x'), NEW);
    const lock = join(root, '.locked.lock');
    await writeFile(lock, 'of a process that died');
    const long = new Date(Date.now() - 3_600_000);
    await utimes(lock, long, long);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => store.delete('locked', generation)),
    );
    const answers = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason),
    );
    assert.deepEqual(answers.sort(), ['absent', 'absent', 'absent', 'absent', 'deleted']);
    assert.ok(!(await readdir(root)).some((entry) => entry.startsWith('.locked')));
  });

  it('lists and deletes an object whose first line is damaged, but does not serve it', async () => {
    const { generation } = await store.put('damaged/a', Buffer.from('x'), NEW);
    await writeFile(join(root, 'damaged/a'), 'rubbish');
    await assert.rejects(all(store.get('damaged/a')), { code: 'archive_damaged' });
    await assert.rejects(store.delete('damaged/a', generation), { code: 'object_changed' });
    const [found] = await all(store.list('damaged/'));
    assert.equal(await store.delete('damaged/a', found?.generation ?? ''), 'deleted');
  });

  it('shows in its size that a file grew', async () => {
    const { size } = await store.put('grown', Buffer.from('x'), NEW);
    await appendFile(join(root, 'grown'), 'y');
    assert.equal((await store.stat('grown'))?.size, size + 1);
  });

  it('does not take a directory that is gone for one from which all was deleted', async () => {
    const { generation } = await store.put('there/a', Buffer.from('x'), NEW);
    await rename(root, `${root}.unmounted`);
    await assert.rejects(store.stat('there/a'), { code: 'store_unavailable' });
    await assert.rejects(store.delete('there/a', generation), { code: 'store_unavailable' });
    await assert.rejects(all(store.list('')), { code: 'store_unavailable' });
    await assert.rejects(store.put('there/b', Buffer.from('x'), NEW), { code: 'store_unavailable' });
    await rename(`${root}.unmounted`, root);
  });
});

describe('directory store whose process is killed', () => {
  it('has every object it told of, and each whole, whenever the kill comes', async () => {
    await using directory = await temporaryDirectory();
    const url = pathToFileURL(directory.path).href;
    const store = await openStore(url);
    for (let after = 1; after <= 6; after++) {
      const told = new Map((await putUntilKilled(url, after)).map((object) => [object.name, object]));
      await ageLocks(join(directory.path, 'killed'));
      for (const found of await all(store.list('killed/'))) {
        const bytes = await buffer(store.get(found.name, found.generation));
        assert.equal(createHash('sha256').update(bytes).digest('hex'), found.metadata.sha256);
        const before = told.get(found.name);
        if (before !== undefined) assert.ok(BigInt(found.generation) >= BigInt(before.generation));
        told.delete(found.name);
        assert.equal(await store.delete(found.name, found.generation), 'deleted');
      }
      assert.deepEqual([...told.keys()], []);
    }
  });

  /** As if a minute had passed, after which the lock of a process that was killed holds up nobody. */
  async function ageLocks(folder: string) {
    const left = (await readdir(folder)).filter((name) => name.endsWith('.lock'));
    for (const name of left) await utimes(join(folder, name), new Date(0), new Date(0));
  }

  async function putUntilKilled(url: string, after: number): Promise<StoredObject[]> {
    const script = fileURLToPath(new URL('put-until-killed.ts', import.meta.url));
    const child = spawn(process.execPath, [script, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const told: StoredObject[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      told.push(JSON.parse(line) as StoredObject);
      if (told.length >= after) child.kill('SIGKILL');
    }
    return told;
  }
});

describe('the address of a store', () => {
  it('is refused with what it should be when no store is behind it', async () => {
    for (const url of ['', 'archive', '/archive', 'ftp://host/x', 'gs://', 'gs://UPPER/x']) {
      await assert.rejects(openStore(url), { code: 'config_invalid', message: /gs:\/\/bucket\/prefix/ }, url);
    }
  });
});
