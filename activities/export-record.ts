import { lockExport, objectsOfExport, updateExport } from '../src/db/exports.ts';
import type { ExportObjectRow } from '../src/db/exports-tables.ts';
import type { ActivityDeps } from './deps.ts';
import type { WrittenFile } from './export-attachments.ts';

/** A statement takes 65,535 values, and a row of an object has 13. */
const ROWS_AT_ONCE = 1000;

/** A part that lies in the store, and the files that it names. */
export interface WrittenPart {
  readonly object: ExportObjectRow;
  readonly files: readonly WrittenFile[];
}

/**
 * Puts a part on record with its files: from here on it is not written again.
 *
 * @returns `false` where the export was ended meanwhile
 */
export async function recordPart(
  { db }: Pick<ActivityDeps, 'db'>,
  id: string,
  { object, files }: WrittenPart,
): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const row = await lockExport(tx, id);
    if (row.state !== 'planned') return false;
    const before = (await objectsOfExport(tx, id, 'file')).length;
    const rows = files.map((file, at) => ({ ...file, export_id: id, number: before + at + 1 }));
    const all = [object, ...rows];
    for (let at = 0; at < all.length; at += ROWS_AT_ONCE)
      await tx
        .insertInto('export_object')
        .values(all.slice(at, at + ROWS_AT_ONCE))
        .execute();
    await updateExport(tx, id, {
      done_sessions: row.done_sessions + object.sessions,
      messages: row.messages + object.messages,
      bytes: row.bytes + object.size_bytes + files.reduce((sum, file) => sum + file.size_bytes, 0),
    });
    return true;
  });
}
