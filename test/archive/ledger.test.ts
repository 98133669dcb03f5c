import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openDirectoryStore } from '../../src/archive/directory.ts';
import { createErasureLedger, type ErasureLedger, type LedgerEntry } from '../../src/archive/ledger.ts';
import type { ArchiveStore } from '../../src/archive/store.ts';

describe('the erasure ledger', () => {
  let directory: string;
  let store: ArchiveStore;
  let ledger: ErasureLedger;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'retention-ledger-'));
    store = await openDirectoryStore(directory);
    ledger = createErasureLedger(() => Promise.resolve(store));
  });

  after(() => rm(directory, { recursive: true, force: true }));

  it('gives back what was recorded', async () => {
    const entry = entryWith({ sessions: [randomUUID()], shares: [randomUUID()] });
    await ledger.record(entry);
    assert.deepEqual(await find(entry.id), entry);
  });

  it('records the same again without writing', async () => {
    const entry = entryWith({ sessions: [randomUUID()] });
    await ledger.record(entry);
    const written = await store.stat(`erasures/${entry.id}.json`);
    await ledger.record(entry);
    assert.equal((await store.stat(`erasures/${entry.id}.json`))?.generation, written?.generation);
  });

  it('adds sessions that went later, and forgets none that went before', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const entry = entryWith({ sessions: [first] });
    await ledger.record(entry);
    await ledger.record({ ...entry, confirmedAt: '2026-09-01T00:00:00.000Z', sessions: [second] });
    const found = await find(entry.id);
    assert.deepEqual(found?.sessions, [first, second].sort());
    assert.equal(found.confirmedAt, entry.confirmedAt, 'the first confirmation is the one that counts');
  });

  it('lists ids without reading an entry, and nothing else that lies in its store', async () => {
    const damaged = randomUUID();
    await store.put(`erasures/${damaged}.json`, Buffer.from('{'), { ifGeneration: '0', metadata: {} });
    await store.put(`shop/${randomUUID()}/other`, Buffer.from('x'), { ifGeneration: '0', metadata: {} });
    const ids = await Array.fromAsync(ledger.ids());
    assert.equal(ids.length, 4);
    assert.ok(ids.includes(damaged));
  });

  it('refuses an entry that is damaged, since that erasure could not be done again', async () => {
    await assert.rejects(Array.fromAsync(ledger.entries()), { code: 'archive_damaged' });
  });

  async function find(id: string): Promise<LedgerEntry | undefined> {
    return (await Array.fromAsync(ledger.entries())).find((entry) => entry.id === id);
  }
});

function entryWith(change: Partial<LedgerEntry>): LedgerEntry {
  return {
    id: randomUUID(),
    number: 'E-ABCD-2345',
    project: 'shop',
    pseudonym: 'ab'.repeat(32),
    subject: randomUUID(),
    origin: 'customer',
    regulation: 'GDPR',
    receivedAt: '2026-03-01T00:00:00.000Z',
    legalDeadlineAt: '2026-04-01T00:00:00.000Z',
    confirmedAt: '2026-03-01T01:00:00.000Z',
    sessions: [],
    shares: [],
    ...change,
  };
}
