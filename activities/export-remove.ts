import { fileURLToPath } from 'node:url';
import { exportKeyScope } from '../src/acts/export-criteria.ts';
import { entryOf } from '../src/acts/export-order.ts';
import { appendAuditEntry } from '../src/audit/append.ts';
import { saysNoSuchBucket } from '../src/archive/gcs-errors.ts';
import type { ArchiveStore } from '../src/archive/store.ts';
import { beginRemoval, exportsWithSession, forgetContents, lockExport } from '../src/db/exports.ts';
import type { ExportRow } from '../src/db/exports-tables.ts';
import { AppError } from '../src/domain/errors.ts';
import { newsOfEnding, type ExportEnding } from '../src/domain/exports.ts';
import { directoryDelivery, type Delivery } from '../src/export/delivery.ts';
import type { ActivityDeps } from './deps.ts';
import { exportName, exportPrefix } from './export-files.ts';
import { tellRequester } from './export-news.ts';
import { sourceOfActivity, workflowActor } from './source.ts';

type RemovalDeps = Pick<ActivityDeps, 'db' | 'vault' | 'stores' | 'reached'>;

/**
 * Removes an export: first its key, from when on nothing that waits of it can be read, then its objects and what
 * was delivered of it, each read back as gone. Its row keeps the counts. Safe to repeat.
 *
 * @throws AppError `object_locked` where something is still there; trying again is right
 */
export async function removeExport(
  deps: RemovalDeps,
  { exportId, ending, now }: { exportId: string; ending: ExportEnding; now: Date },
): Promise<void> {
  const row = await deps.db.transaction().execute(async (tx) => {
    const found = await lockExport(tx, exportId);
    await beginRemoval(tx, found, ending);
    return found;
  });
  if (row.state === 'removed') return;
  await deps.vault.destroy(exportKeyScope(exportId));
  deps.reached('export.key-gone');
  await removeObjects(deps, row);
  deps.reached('export.objects-gone');
  await removeDelivered(deps, row);
  await finish(deps, exportId, now);
}

/** Removes every export that holds a session: what is deleted here is not to be fetched from there. */
export async function removeExportsOf(deps: RemovalDeps, sessionId: string, now: Date): Promise<void> {
  for (const exportId of await exportsWithSession(deps.db, sessionId))
    await removeExport(deps, { exportId, ending: 'deletion', now });
}

/** Destroys the key alone: for an erasure, which does not wait for any store. */
export async function sealForGood(
  { db, vault }: RemovalDeps,
  exportId: string,
  ending: ExportEnding,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await beginRemoval(tx, await lockExport(tx, exportId), ending);
  });
  await vault.destroy(exportKeyScope(exportId));
}

/** Removes every object of an export that waits with us. */
export async function removeObjects({ stores }: Pick<RemovalDeps, 'stores'>, row: ExportRow): Promise<void> {
  const store = row.store ? await stores.at(row.store) : await stores.of(row.project_id);
  await removePrefix(store, exportPrefix(row.id));
}

async function removePrefix(store: ArchiveStore, prefix: string): Promise<void> {
  for await (const object of store.list(prefix))
    if (object.state !== 'soft-deleted') await store.delete(object.name, object.generation);
  for await (const object of store.list(prefix))
    if (object.state !== 'soft-deleted')
      throw new AppError(
        'object_locked',
        `${object.name} is still in ${store.url} after its removal. Check holds and retention of the bucket.`,
      );
}

/** Removes what was delivered of an export, and reads back that it is gone. */
export async function removeDelivered(
  { stores }: Pick<RemovalDeps, 'stores'>,
  row: ExportRow,
): Promise<void> {
  if (!row.destination) return;
  const delivery = await deliveryOf(stores, row, row.destination);
  const left = await removeAndCount(delivery);
  if (left > 0)
    throw new AppError(
      'object_locked',
      `${left} files of export ${row.id} are still in ${row.destination} after their removal. Check who may delete there, and that the bucket keeps nothing by soft deletion, retention or a hold.`,
    );
}

async function removeAndCount(delivery: Delivery): Promise<number> {
  try {
    await delivery.removeAll();
    return await delivery.count();
  } catch (error) {
    if (saysNoSuchBucket(error)) return 0;
    throw error;
  }
}

/** Where an export is delivered to: a folder of its own, as files that other programs read. */
export async function deliveryOf(
  stores: ActivityDeps['stores'],
  row: ExportRow,
  destination: string,
): Promise<Delivery> {
  const name = exportName(row);
  const { protocol } = new URL(destination);
  if (protocol === 'file:') return directoryDelivery(fileURLToPath(destination), name);
  const store = await stores.at(destination);
  return {
    async put({ path, body }) {
      const object = `${name}/${path}`;
      const before = await store.stat(object);
      await store.put(object, body, { ifGeneration: before?.generation ?? '0', metadata: {} });
    },
    removeAll: () => removePrefix(store, `${name}/`),
    count: async () => (await Array.fromAsync(store.list(`${name}/`))).length,
  };
}

async function finish({ db }: RemovalDeps, exportId: string, now: Date): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const row = await lockExport(tx, exportId);
    if (row.state === 'removed') return;
    await forgetContents(tx, exportId, now);
    await tellRequester(tx, row, newsOfEnding(row.ending), now);
    await appendAuditEntry(tx, {
      ...entryOf(row, workflowActor(), {
        action: 'export.removed',
        now,
        reason: row.ending ?? 'expired',
        counts: { sessions: row.done_sessions, messages: row.messages, bytes: row.bytes },
        opId: `export-removed:${exportId}`,
      }),
      source: sourceOfActivity(),
    });
  });
}
