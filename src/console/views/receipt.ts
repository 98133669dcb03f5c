import { html } from 'hono/html';
import type { AuditRecord } from '../../audit/canonical.ts';
import type { ReceiptVerdict } from '../../audit/receipt.ts';
import type { Html } from './html.ts';

export const NOT_A_RECEIPT: ReceiptVerdict = {
  verdict: 'not_a_receipt',
  message:
    'This is not a receipt of the audit log, or a part of it is missing. Use the file as it was given out.',
};

/** What stands above the sentence of a verdict. */
export function verdictHeading({ verdict }: ReceiptVerdict): string {
  if (verdict === 'genuine') return 'Genuine';
  return verdict === 'not_a_receipt' ? 'Not a receipt' : 'Not genuine';
}

/** What a genuine receipt stands for, in words. Who did it is nobody's business but the project's. */
export function receiptFacts(entry: AuditRecord): [name: string, value: string][] {
  const counts = Object.entries(entry.counts).map(([name, count]) => `${name} ${count}`);
  const rows: [string, string | null | undefined][] = [
    ['What was done', whatWasDone(entry)],
    ['When', `${entry.at.slice(0, 19).replace('T', ' ')} UTC`],
    ['To what', `${entry.object.kind} ${entry.object.id}`],
    ['Request', entry.requestId],
    ['How much', counts.join(', ')],
    ['Project', entry.projectId],
    ['Number', entry.seq],
  ];
  return rows.flatMap(([name, value]) => (value ? [[name, value]] : []));
}

/** The ways to hand a receipt in: its file, or its text. */
export function receiptFields(): Html {
  return html`<div class="field">
      <label for="file">The file</label>
      <input type="file" id="file" name="file" accept=".json,application/json" />
    </div>
    <div class="field">
      <label for="text">Or its text</label>
      <textarea id="text" name="text" rows="8" spellcheck="false" autocomplete="off"></textarea>
    </div>
    <button type="submit">Check</button>`;
}

/** What a law or a hold keeps back is counted in the entry, and must not read as if it were gone. */
function whatWasDone({ action, counts }: AuditRecord): string {
  if (action === 'erasure.completed' && (counts['restricted'] ?? 0) > 0)
    return "A person's data was erased, but for what law or a hold keeps: that is locked away until then";
  return ACTIONS[action] ?? action;
}

const ACTIONS: Readonly<Record<string, string>> = {
  'session.deleted': 'A session was deleted for good, as its rules say',
  'session.erased': 'A session was deleted for good, because the person asked for it',
  'session.share-erased': "A person's part of a session was deleted for good",
  'erasure.completed': "A person's data was erased, and every store was asked and found empty",
};
