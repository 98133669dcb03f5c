import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { checkObject, type StoredFacts } from '../../src/archive/check-object.ts';
import { openDirectoryStore } from '../../src/archive/directory.ts';
import type { ArchiveStore } from '../../src/archive/store.ts';
import { breakDown } from '../support/store-outage.ts';

const BODY = Buffer.from('sealed bytes of an archive');
const READ = { readBytes: true };
const ASK = { readBytes: false };

describe('an archive object compared with its manifest', () => {
  let directory: string;
  let store: ArchiveStore;
  let facts: StoredFacts;
  let objects = 0;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'retention-check-'));
    store = await openDirectoryStore(directory);
  });
  after(() => rm(directory, { recursive: true, force: true }));
  beforeEach(async () => {
    const name = `shop/session/${++objects}`;
    const { generation, size } = await store.put(name, BODY, { ifGeneration: '0', metadata: {} });
    facts = { name, generation, size, sha256: createHash('sha256').update(BODY).digest('hex') };
  });

  it('is what was stored', async () => {
    assert.equal(await checkObject(store, facts, READ), null);
    assert.equal(await checkObject(store, facts, ASK), null);
  });

  it('is damaged where one bit or its length differs, which metadata tell of the length alone', async () => {
    const other = { ...facts, sha256: createHash('sha256').update('other').digest('hex') };
    assert.equal(await checkObject(store, other, READ), 'damaged');
    assert.equal(await checkObject(store, other, ASK), null);
    const longer = { ...facts, size: facts.size + 1 };
    assert.equal(await checkObject(store, longer, READ), 'damaged');
    assert.equal(await checkObject(store, longer, ASK), 'damaged');
  });

  it('is exchanged where something was written under its name, even the same bytes', async () => {
    await store.put(facts.name, BODY, { ifGeneration: facts.generation, metadata: {} });
    assert.equal(await checkObject(store, facts, READ), 'exchanged');
    assert.equal(await checkObject(store, facts, ASK), 'exchanged');
  });

  it('is missing where nothing has its name', async () => {
    await store.delete(facts.name, facts.generation);
    assert.equal(await checkObject(store, facts, READ), 'missing');
    assert.equal(await checkObject(store, facts, ASK), 'missing');
  });

  it('is not called damaged for one reading that was harmed on its way', async () => {
    let readings = 0;
    const harming: ArchiveStore = {
      ...store,
      async *get(name, generation) {
        readings += 1;
        for await (const chunk of store.get(name, generation))
          yield readings === 1 ? chunk.subarray(1) : chunk;
      },
    };
    assert.equal(await checkObject(harming, facts, READ), null);
    assert.equal(readings, 2);
  });

  it('is not judged while its store is away', async () => {
    const mend = breakDown(store);
    await assert.rejects(checkObject(store, facts, READ), { code: 'store_unavailable' });
    await assert.rejects(checkObject(store, facts, ASK), { code: 'store_unavailable' });
    mend();
  });
});
