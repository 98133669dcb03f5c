import type { Transaction } from 'kysely';
import { putDelivery } from '../src/db/deliveries.ts';
import { chatOfRequester } from '../src/db/export-requesters.ts';
import type { ExportRow } from '../src/db/exports-tables.ts';
import type { Tables } from '../src/db/tables.ts';
import type { ExportNews } from '../src/domain/exports.ts';

/** Lets the bot tell whoever asked for an export what became of it, where it can write to them. */
export async function tellRequester(
  tx: Transaction<Tables>,
  row: ExportRow,
  news: ExportNews | null,
  now: Date,
): Promise<void> {
  if (news === null || (await chatOfRequester(tx, row)) === null) return;
  await putDelivery(tx, {
    projectId: row.project_id,
    target: 'supervisors',
    content: { kind: 'export', exportId: row.id, news },
    now,
  });
}
