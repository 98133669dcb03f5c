import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Storage } from '@google-cloud/storage';
import { readBucketSettings } from '../../src/archive/bucket-settings.ts';
import { openStore } from '../../src/archive/open-store.ts';
import type { ArchiveStore } from '../../src/archive/store.ts';
import { startFakeGcs } from '../support/servers.ts';
import { startStoreProxy, type StoreProxy } from './store-proxy.ts';

const NEW = { ifGeneration: '0', metadata: {} };

describe('a store behind a proxy that makes its faults', () => {
  let emulator: Awaited<ReturnType<typeof startFakeGcs>>;
  let proxy: StoreProxy;
  let store: ArchiveStore;
  let bucket: string;

  before(async () => {
    emulator = await startFakeGcs();
    bucket = `bucket-${randomUUID()}`;
    await new Storage({ apiEndpoint: emulator.endpoint, projectId: 'test' }).createBucket(bucket);
  });
  beforeEach(async () => {
    proxy = await startStoreProxy(emulator.endpoint);
    store = await openStore(`gs://${bucket}`, { gcs: { apiEndpoint: proxy.endpoint } });
  });
  after(() => emulator.stop());

  it('is the store where nothing is scripted, for large objects too', async (t) => {
    t.after(() => proxy.stop());
    for (const size of [10, 6 * 1024 * 1024]) {
      const [name, bytes] = [randomUUID(), randomBytes(size)];
      const { generation } = await store.put(name, bytes, NEW);
      assert.ok((await buffer(store.get(name))).equals(bytes));
      assert.equal(await store.delete(name, generation), 'deleted');
    }
    const kinds = new Set(proxy.requests.map(({ operation }) => operation));
    assert.deepEqual([...kinds].sort(), ['delete', 'read', 'stat', 'upload']);
  });

  for (const outcome of [{ refuse: 503 }, { refuse: 429 }, 'reset'] as const)
    it(`${JSON.stringify(outcome)}: what the service is told passes by itself`, async (t) => {
      t.after(() => proxy.stop());
      const name = randomUUID();
      proxy.faults.add({ on: 'upload', times: Infinity, outcome });
      await assert.rejects(store.put(name, Buffer.from('x'), NEW), { code: 'store_unavailable' });
      proxy.faults.clear();
      assert.equal(await store.stat(name), undefined);
      await store.put(name, Buffer.from('x'), NEW);
    });

  it('an answer that is lost leaves the object, which the repetition meets', async (t) => {
    t.after(() => proxy.stop());
    const name = randomUUID();
    proxy.faults.add({ on: 'upload', times: 1, outcome: 'lose-answer' });
    await assert.rejects(store.put(name, Buffer.from('x'), NEW));
    await assert.rejects(store.put(name, Buffer.from('x'), NEW), { code: 'object_exists' });
  });

  for (const outcome of ['cut', 'flip'] as const)
    it(`bytes that are harmed on the way (${outcome}) are never taken for whole`, async (t) => {
      t.after(() => proxy.stop());
      const [name, other] = [randomUUID(), randomUUID()];
      proxy.faults.add({ on: 'upload', times: Infinity, outcome });
      await assert.rejects(store.put(name, randomBytes(1000), NEW));
      proxy.faults.clear();
      await store.put(other, randomBytes(1000), NEW);
      proxy.faults.add({ on: 'read', times: Infinity, outcome });
      await assert.rejects(buffer(store.get(other)), { code: 'archive_damaged' });
    });

  it('keeps to preconditions, holds and retention when it deletes', async (t) => {
    t.after(() => proxy.stop());
    const name = randomUUID();
    const { generation } = await store.put(name, Buffer.from('x'), NEW);
    await assert.rejects(store.delete(name, '17'), { code: 'object_changed' });
    const storage = new Storage({ apiEndpoint: proxy.endpoint, projectId: 'test' });
    await assert.rejects(storage.bucket(bucket).file(name).delete({ ifGenerationMatch: '17' }), {
      code: 412,
    });
    proxy.bucket.hold(name);
    await assert.rejects(store.delete(name, generation), { code: 'object_locked' });
    proxy.bucket.release(name);
    proxy.bucket.set({ retentionSeconds: 60 });
    await assert.rejects(store.delete(name, generation), { code: 'object_locked' });
    proxy.bucket.set({ retentionSeconds: 0 });
    assert.equal(await store.delete(name, generation), 'deleted');
  });

  it('keeps deleted objects for as long as its bucket says, and says so', async (t) => {
    t.after(() => proxy.stop());
    const name = randomUUID();
    proxy.bucket.set({ softDeleteSeconds: 604_800, defaultHold: false, versioning: true });
    const { generation } = await store.put(name, Buffer.from('x'), NEW);
    await store.delete(name, generation);
    const left = [];
    for await (const object of store.list(name)) left.push(object.state);
    assert.deepEqual(left, ['soft-deleted']);
    const settings = await readBucketSettings(`gs://${bucket}`, { apiEndpoint: proxy.endpoint });
    assert.deepEqual([settings.softDeleteSeconds, settings.versioning], [604_800, true]);
  });
});
