import { Buffer } from 'node:buffer';
import { objectsOfExport } from '../src/db/exports.ts';
import type { ExportObjectRow, ExportRow } from '../src/db/exports-tables.ts';
import { withManifest, zipped, type ExportFile } from '../src/export/files.ts';
import { writerOf } from '../src/export/writers.ts';
import { openStream } from '../src/vault/sealed-stream.ts';
import type { ActivityDeps } from './deps.ts';

type FileDeps = Pick<ActivityDeps, 'db' | 'stores' | 'vault'>;

/** What every object of an export begins with; ids alone. */
export function exportPrefix(exportId: string): string {
  return `exports/${exportId}/`;
}

/** What an object of an export is sealed for. */
export function exportContext(exportId: string, objectName: string): string {
  return `export/${exportId}/${objectName}`;
}

/** How the files of an export are called together: by project and id, never by what they hold. */
export function exportName({ id, project_id: projectId }: Pick<ExportRow, 'id' | 'project_id'>): string {
  return `${projectId}-export-${id.slice(0, 8)}`;
}

/**
 * The files of an export as they are handed out, each made from its parts while it is read: the file with the
 * sessions, those of attachments, and a manifest; or all of them in one compressed file.
 */
export async function* exportFiles(deps: FileDeps, row: ExportRow): AsyncIterable<ExportFile> {
  const { id, project_id: project, format, done_sessions: sessions, messages, requested_at: at } = row;
  const about = { schema: 'telegram-retention/export-manifest', version: 1, export: id, project, format };
  const all = withManifest(plainFiles(deps, row), { ...about, requestedAt: at, sessions, messages });
  if (row.zipped) yield { path: `${exportName(row)}.zip`, body: zipped(all, at) };
  else yield* all;
}

async function* plainFiles(deps: FileDeps, row: ExportRow): AsyncIterable<ExportFile> {
  const parts = await objectsOfExport(deps.db, row.id, 'part');
  yield { path: writerOf(row.format).path, body: joined(deps, row, parts) };
  for (const file of await objectsOfExport(deps.db, row.id, 'file'))
    yield { path: file.path, body: openOne(deps, file) };
}

async function* joined(
  deps: FileDeps,
  row: ExportRow,
  parts: readonly ExportObjectRow[],
): AsyncIterable<Buffer> {
  const { head, separator, tail } = writerOf(row.format);
  yield Buffer.from(head);
  let begun = false;
  for (const part of parts) {
    if (part.size_bytes === 0) continue;
    if (begun) yield Buffer.from(separator);
    begun = true;
    yield* openOne(deps, part);
  }
  yield Buffer.from(tail);
}

async function* openOne({ stores, vault }: FileDeps, object: ExportObjectRow): AsyncIterable<Buffer> {
  const store = await stores.at(object.store);
  const context = exportContext(object.export_id, object.object_name);
  yield* openStream(vault, context)(store.get(object.object_name, object.generation));
}
