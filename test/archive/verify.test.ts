import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { writeArchive } from '../../src/archive/format.ts';
import { archiveContext, archiveName } from '../../src/archive/names.ts';
import { openStore } from '../../src/archive/open-store.ts';
import type { ArchiveStore } from '../../src/archive/store.ts';
import { verifyArchive } from '../../src/archive/verify.ts';
import type { ArchiveManifest } from '../../src/archive/verify.ts';
import { openStream, sealStream } from '../../src/vault/sealed-stream.ts';
import { createVault } from '../../src/vault/vault.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { vaultFixture } from '../vault/vault-fixture.ts';
import type { VaultFixture } from '../vault/vault-fixture.ts';

describe('verifying an archive object', () => {
  let fixture: VaultFixture;
  let vault: Vault;
  let root: string;
  let store: ArchiveStore;

  before(async () => {
    fixture = await vaultFixture();
    vault = createVault({ db: fixture.db, kek: fixture.kek });
    root = await mkdtemp(join(tmpdir(), 'verify-'));
    store = await openStore(pathToFileURL(root).href);
  });
  after(async () => {
    await fixture[Symbol.asyncDispose]();
    await rm(root, { recursive: true });
  });

  async function archived(claimed: { subject?: string } = {}): Promise<ArchiveManifest> {
    const place = { project: 'support', session: randomUUID(), subject: randomUUID() };
    const [key] = await vault.keysFor([{ sessionId: place.session, subjectId: place.subject }]);
    assert.ok(key);
    const at = '2026-03-01T10:00:00Z';
    async function* messages() {
      for (let revision = 1; revision <= 200; revision++) {
        yield await Promise.resolve({
          type: 'message' as const,
          ref: randomUUID(),
          author: { role: 'customer' as const, ref: place.subject },
          revisions: [{ revision, at, content: { text: `message ${revision}` } }],
          attachments: [],
        });
      }
    }
    const { body, done } = writeArchive({
      header: { ...place, ...claimed, kind: 'private', openedAt: at, closedAt: at, tags: [] },
      messages: messages(),
      seal: sealStream(key, archiveContext(place)),
    });
    const { generation } = await store.put(archiveName(place, 1), body, { ifGeneration: '0', metadata: {} });
    return { ...(await done), name: archiveName(place, 1), place, generation };
  }

  const verify = (manifest: ArchiveManifest) =>
    verifyArchive({ store, open: openStream(vault, archiveContext(manifest.place)), manifest });
  const pathOf = (manifest: ArchiveManifest) => join(root, manifest.name);

  it('passes when everything is as recorded', async () => {
    await verify(await archived());
  });

  it('finds one altered bit, a cut, and an added byte', async () => {
    const manifest = await archived();
    const whole = await readFile(pathOf(manifest));
    const flipped = Buffer.from(whole);
    flipped[whole.length - 100] = (flipped[whole.length - 100] ?? 0) ^ 1;
    for (const bytes of [flipped, whole.subarray(0, -1), Buffer.concat([whole, Buffer.of(0)])]) {
      await writeFile(pathOf(manifest), bytes);
      await assert.rejects(verify(manifest), { code: 'archive_damaged' });
    }
    await writeFile(pathOf(manifest), whole);
    await verify(manifest);
  });

  it('finds an object put in the place of another', async () => {
    const [one, other] = [await archived(), await archived()];
    await writeFile(pathOf(one), await readFile(pathOf(other)));
    await assert.rejects(verify({ ...one, generation: other.generation }), { code: 'archive_damaged' });
  });

  it('finds a header that names somebody else', async () => {
    await assert.rejects(verify(await archived({ subject: randomUUID() })), {
      code: 'archive_damaged',
      message: /another place/,
    });
  });

  it('finds a manifest that is wrong in any one thing', async () => {
    const manifest = await archived();
    const wrong = [
      { size: manifest.size + 1 },
      { sha256: 'ab'.repeat(32) },
      { contentSha256: 'ab'.repeat(32) },
      { counts: { ...manifest.counts, messages: 1 } },
    ];
    for (const change of wrong)
      await assert.rejects(verify({ ...manifest, ...change }), { code: 'archive_damaged' });
  });

  it('tells a missing object, another generation and a destroyed key from a damaged one', async () => {
    const manifest = await archived();
    await assert.rejects(verify({ ...manifest, generation: '1' }), { code: 'object_missing' });
    await vault.destroy({ sessionId: manifest.place.session });
    await assert.rejects(verify(manifest), { code: 'key_destroyed' });
    await store.delete(manifest.name, manifest.generation);
    await assert.rejects(verify(manifest), { code: 'object_missing' });
  });

  it('closes what it opened when it stops at the first fault', async () => {
    const manifest = await archived();
    const handle = await open(pathOf(manifest), 'r+');
    await handle.write(Buffer.from('rubbish'), 0, 7, 200);
    await handle.close();
    await assert.rejects(verify(manifest), { code: 'archive_damaged' });
    const { generation } = manifest;
    assert.equal(await store.delete(manifest.name, generation), 'deleted');
  });
});
