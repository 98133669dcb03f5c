import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { Storage } from '@google-cloud/storage';
import { createExportActs, type ExportActs } from '../../src/acts/exports.ts';
import { openStore } from '../../src/archive/open-store.ts';
import { readExport } from '../../src/db/exports.ts';
import { NO_SCRUBBING } from '../../src/domain/scrub-rules.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { startFakeGcs } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { exportBecomes, operator, tell } from './export-stage.ts';

const PLACE = 'gs://handed-out/reports';
const NO_BUCKET = 'gs://never-made/reports';
const REFUSING = 'gs://locked/reports';

describe('an export that is delivered to a bucket', () => {
  let stage: LifeStage;
  let gcs: Awaited<ReturnType<typeof startFakeGcs>>;
  let gate: Awaited<ReturnType<typeof refusing>>;
  let storage: Storage;
  let acts: ExportActs;
  let killAfter = 0;

  before(async () => {
    gcs = await startFakeGcs();
    gate = await refusing();
    storage = new Storage({ apiEndpoint: gcs.endpoint, projectId: 'test' });
    await storage.createBucket('handed-out');
    stage = await createLifeStage({
      storeAt: (url) =>
        url.startsWith('gs:')
          ? openStore(url, { gcs: { apiEndpoint: url === REFUSING && gate.shut ? gate.url : gcs.endpoint } })
          : undefined,
      reached(step) {
        if (step === 'export.file-delivered' && killAfter > 0 && --killAfter === 0) throw new Error('killed');
      },
    });
    acts = createExportActs({
      ...stage,
      exports: { scrubOf: () => NO_SCRUBBING, destinations: [PLACE, NO_BUCKET, REFUSING] },
    });
    await stage.begin('Where is my parcel?', 301);
  });
  after(async () => {
    await stage.stop();
    gate.close();
    await gcs.stop();
  });

  async function deliverTo(destination: string): Promise<string> {
    const id = await acts.requestExport({
      ...{ projectId: 'shop', query: 'project:shop', format: 'csv', reader: operator, reason: 'T-1' },
      ...{ destination, now: await stage.now() },
    });
    await tell(stage);
    return id;
  }

  async function delivered(id: string): Promise<Record<string, string>> {
    const [files] = await storage.bucket('handed-out').getFiles({ versions: true });
    const theirs = files.filter(({ name }) => name.includes(id.slice(0, 8)));
    const read = theirs.map(async (file) => [file.name, await text(file.createReadStream())] as const);
    return Object.fromEntries(await Promise.all(read));
  }

  const keyGone = async (id: string) =>
    (await stage.vault.destroyedAmong([{ sessionId: null, subjectId: id }])) === 1;
  const waiting = async (id: string) => (await Array.fromAsync(stage.store.list(`exports/${id}/`))).length;

  it('lies there in clear, in a folder of its own, and is removed by itself after a week', async () => {
    const id = await deliverTo(PLACE);
    await exportBecomes(stage, id, 'done');
    const files = await delivered(id);
    const folder = `reports/shop-export-${id.slice(0, 8)}`;
    assert.deepEqual(Object.keys(files).sort(), [`${folder}/manifest.json`, `${folder}/messages.csv`]);
    assert.match(files[`${folder}/messages.csv`] ?? '', /Where is my parcel\?/);
    await storage.bucket('handed-out').file('reports/of-somebody-else').save('stays');
    await stage.pass('6 days');
    assert.equal(Object.keys(await delivered(id)).length, 2);
    await stage.pass('1 day');
    assert.equal((await exportBecomes(stage, id, 'removed')).ending, 'expired');
    assert.deepEqual(await delivered(id), {});
    const [left] = await storage.bucket('handed-out').getFiles();
    assert.deepEqual(
      left.map(({ name }) => name),
      ['reports/of-somebody-else'],
    );
  });

  it('goes on after a kill between two files, and leaves each once', async () => {
    killAfter = 1;
    const id = await deliverTo(PLACE);
    await exportBecomes(stage, id, 'done');
    assert.equal(killAfter, 0);
    const files = await delivered(id);
    const manifest = JSON.parse(
      Object.entries(files).find(([name]) => name.endsWith('.json'))?.[1] ?? '',
    ) as {
      files: { path: string; size: number }[];
    };
    assert.deepEqual(
      manifest.files.map(({ path, size }) => [path, size]),
      [['messages.csv', Buffer.byteLength(Object.values(files).find((one) => !one.startsWith('{')) ?? '')]],
    );
  });

  it('fails with words for it where the bucket is not there, and nothing of it is left', async () => {
    const id = await deliverTo(NO_BUCKET);
    const row = await exportBecomes(stage, id, 'removed');
    assert.deepEqual([row.ending, row.failure], ['failed', 'config_invalid']);
    assert.deepEqual([await keyGone(id), await waiting(id)], [true, 0]);
  });

  it('fails where the bucket refuses it; what waits here goes at once, and the rest once it lets us look', async () => {
    const id = await deliverTo(REFUSING);
    const row = await exportBecomes(stage, id, 'removing');
    assert.deepEqual([row.ending, row.failure], ['failed', 'config_invalid']);
    await until(
      'the key and the objects to go',
      async () => (await keyGone(id)) && (await waiting(id)) === 0,
    );
    await storage.createBucket('locked');
    gate.shut = false;
    await stage.pass('2 hours');
    await exportBecomes(stage, id, 'removed');
    const { failure } = await readExport(stage.aside, id);
    assert.equal(failure, 'config_invalid');
  });
});

/** What Google answers whoever may not: the emulator lets everybody in. */
async function refusing() {
  const server = createServer((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code: 403, message: 'no access', errors: [] } }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, shut: true, close: () => server.close() };
}
