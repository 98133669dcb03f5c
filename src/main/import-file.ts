import { importArchive } from '../acts/import/import-archive.ts';
import {
  importExport,
  type ImportDeps,
  type ImportOrder,
  type ImportSummary,
} from '../acts/import/import-export.ts';
import { beginsAsLines, readExportLines } from '../archive/export-lines.ts';

/** Imports a file by what it is: an export of Telegram Desktop, or one of ours in the archive format. */
export async function importFile(
  deps: ImportDeps,
  source: AsyncIterable<Buffer>,
  order: ImportOrder,
): Promise<ImportSummary> {
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  let bytes = 0;
  async function* whole(): AsyncIterable<Buffer> {
    for (let next = first; next.done !== true; next = await chunks.next()) {
      bytes += next.value.length;
      yield next.value;
    }
  }
  if (first.done === true || !beginsAsLines(first.value)) return await importExport(deps, whole(), order);
  let messages = 0;
  async function* lines() {
    for await (const line of readExportLines(whole())) {
      if (line.type === 'message') messages += 1;
      else order.onProgress(bytes, messages);
      yield line;
    }
  }
  return await importArchive(deps, lines(), order);
}
