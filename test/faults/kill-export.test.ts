import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { exportFiles, exportName, exportPrefix } from '../../activities/export-files.ts';
import { readExport } from '../../src/db/exports.ts';
import type { ExportState } from '../../src/domain/exports.ts';
import { createVault } from '../../src/vault/vault.ts';
import { startExportRelay } from '../../src/main/exports.ts';
import { assertAuditWhole } from './audit-whole.ts';
import { converse } from './conversation.ts';
import type { Installation } from './installation.ts';
import { startStage, type Stage } from './stage.ts';
import { until } from './until.ts';

/** Where the worker dies while it writes, one after the other. */
const DEATHS = [
  ['export.page-planned'],
  ['export.session-written'],
  ['export.file-written'],
  ['export.part-written'],
  ['export.part-recorded'],
  ['export.file-delivered'],
  // The second attempt dies before what the first one left is taken up.
  ['export.part-written', 'export.file-delivered'],
];
/** The same while it removes one, and what keeps its files from being read by then. */
const DEATHS_AT_THE_END = [
  { point: 'export.key-gone', codes: ['key_destroyed'] },
  // Whichever is asked for first: both are gone.
  { point: 'export.objects-gone', codes: ['key_destroyed', 'object_missing'] },
];

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.stop());

describe('a worker that is killed while it exports', { concurrency: DEATHS.length }, () => {
  for (const points of DEATHS)
    it(`at ${points.join(', then at ')} ends with the same files, and one audit entry`, () =>
      withConversation(async (installation, sessionId) => {
        const exportId = await request(installation);
        for (const point of points) assert.equal(await installation.start('worker', point).ended, 'SIGKILL');
        installation.start('worker');
        await reaches(installation, exportId, 'done');
        const undisturbed = await request(installation);
        await reaches(installation, undisturbed, 'done');

        const files = await hashesOf(installation, exportId);
        assert.deepEqual(Object.keys(files).length, 3);
        assert.deepEqual(withoutManifest(files), withoutManifest(await hashesOf(installation, undisturbed)));
        assert.deepEqual(await deliveredHashes(installation, exportId), files);
        assert.deepEqual(await actionsOf(installation, exportId), ['export.requested', 'export.finished']);
        assert.equal(await timesExported(installation, sessionId, exportId), 1);
        const row = await readExport(installation.services.db, exportId);
        assert.deepEqual([row.done_sessions, row.messages], [1, 3]);
        await assertAuditWhole(installation);
      }));
});

describe('a worker that is killed while it removes an export', { concurrency: DEATHS.length }, () => {
  for (const { point, codes } of DEATHS_AT_THE_END)
    it(`at ${point} leaves nothing of it, and one audit entry`, () =>
      withConversation(async (installation) => {
        const { services, project } = installation;
        const exportId = await request(installation);
        const worker = installation.start('worker');
        await reaches(installation, exportId, 'done');
        await worker.kill();
        await services.acts.removeExport({ exportId, reader: OPERATOR, now: new Date() });
        assert.equal(await installation.start('worker', point).ended, 'SIGKILL');
        await assert.rejects(hashesAfresh(installation, exportId), (error: { code?: string }) =>
          codes.includes(error.code ?? ''),
        );
        installation.start('worker');
        await reaches(installation, exportId, 'removed');

        const store = await services.stores.of(project.id);
        assert.deepEqual(await Array.fromAsync(store.list(exportPrefix(exportId))), []);
        assert.deepEqual(await deliveredHashes(installation, exportId), {});
        assert.deepEqual(await actionsOf(installation, exportId), [
          'export.requested',
          'export.finished',
          'export.removal-asked',
          'export.removed',
        ]);
        await assertAuditWhole(installation);
      }));
});

const OPERATOR = { actor: { kind: 'operator', id: 'test' }, roles: [] } as const;

async function withConversation(
  work: (installation: Installation, sessionId: string) => Promise<void>,
): Promise<void> {
  const { installation, remove } = await stage.install();
  const relay = startExportRelay(installation.services);
  try {
    await installation.startDeskHere();
    const { sessionId } = await converse(installation);
    await work(installation, sessionId);
  } finally {
    await relay.stop();
    await remove();
  }
}

/** The layout of Telegram Desktop: messages, and the bytes of the attachment beside them. */
function request({ services, project }: Installation): Promise<string> {
  return services.acts.requestExport({
    ...{ projectId: project.id, query: `project:${project.id}`, format: 'telegram', reader: OPERATOR },
    ...{ destination: destinationOf(services), reason: 'TICKET-1', now: new Date() },
  });
}

function destinationOf({ config }: Installation['services']): string {
  const [destination] = config.exportTo;
  assert.ok(destination, 'the installation delivers exports somewhere');
  return destination;
}

async function reaches({ services }: Installation, exportId: string, state: ExportState): Promise<void> {
  await until(`export ${exportId} is ${state}`, async () => {
    const row = await readExport(services.db, exportId);
    assert.equal(row.failure, null);
    return row.state === state;
  });
}

/** The hashes of an export's files as they are fetched, by name. */
async function hashesOf({ services }: Installation, exportId: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for await (const { path, body } of exportFiles(services, await readExport(services.db, exportId)))
    hashes[path] = sha256(Buffer.concat(await Array.fromAsync(body)));
  return hashes;
}

/** The same by a process that holds no key from before: one keeps a destroyed key for a minute. */
async function hashesAfresh(installation: Installation, exportId: string): Promise<Record<string, string>> {
  const { services } = installation;
  const vault = createVault({ db: services.keysDb, kek: services.secrets.kek });
  return hashesOf({ ...installation, services: { ...services, vault } }, exportId);
}

/** The same of the files where they were delivered to. */
async function deliveredHashes(
  { services }: Installation,
  exportId: string,
): Promise<Record<string, string>> {
  const row = await readExport(services.db, exportId);
  const folder = join(fileURLToPath(destinationOf(services)), exportName(row));
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const hashes: Record<string, string> = {};
  for (const file of found)
    if (file.isFile()) {
      const path = join(file.parentPath, file.name);
      hashes[path.slice(folder.length + 1)] = sha256(await readFile(path));
    }
  return hashes;
}

/** The manifest names its export, and so is another one for each. */
function withoutManifest(hashes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(hashes).filter(([path]) => path !== 'manifest.json'));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function actionsOf({ services }: Installation, exportId: string): Promise<string[]> {
  const entries = await services.db
    .selectFrom('audit_entry')
    .select('action')
    .where('object_id', '=', exportId)
    .orderBy('seq')
    .execute();
  return entries.map(({ action }) => action);
}

async function timesExported(
  { services }: Installation,
  sessionId: string,
  exportId: string,
): Promise<number> {
  const entries = await services.db
    .selectFrom('audit_entry')
    .select('seq')
    .where('object_id', '=', sessionId)
    .where('request_id', '=', exportId)
    .execute();
  return entries.length;
}
