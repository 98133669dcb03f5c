import { html } from 'hono/html';
import type { Receipt, ReceiptVerdict } from '../../audit/receipt.ts';
import type { AuditRow } from '../../db/audit.ts';
import type { StoredCheckpoint } from '../../db/audit-checkpoints.ts';
import type { ProjectPage } from '../page.ts';
import { number } from '../views/amounts.ts';
import type { Html } from '../views/html.ts';
import { facts, linkButton, notice, section, when } from '../views/pieces.ts';
import { withQuery } from '../views/table.ts';

export interface EntryProof {
  readonly receipt: Receipt;
  readonly verdict: ReceiptVerdict;
  readonly head: StoredCheckpoint | undefined;
}

/** One entry, and why it can be believed. */
export function auditEntry(page: ProjectPage, entry: AuditRow, proof: EntryProof | undefined): Html {
  const counts = Object.entries(entry.counts).map(([name, count]) => `${name} ${count}`);
  const filtered = (name: string, value: string) => withQuery(page.at('/audit'), { [name]: value });
  return html`${facts([
    ['When', html`${when(entry.at, page.project.timeZone)} <small>${entry.at.toISOString()}</small>`],
    ['Action', html`<a href="${filtered('action', entry.action)}">${entry.action}</a>`],
    [
      'To what',
      html`${entry.object_kind}
        <a href="${filtered('object', entry.object_id)}"><code>${entry.object_id}</code></a>`,
    ],
    [
      'Who',
      html`${entry.actor_kind}
        <a href="${filtered('actor', entry.actor_id)}"><code>${entry.actor_id}</code></a>`,
    ],
    ['In which role', entry.actor_role],
    ['Project', entry.project_id ?? 'none: the installation as a whole'],
    ['How much', counts.join(', ')],
    ['Reason', entry.reason],
    [
      'Request',
      entry.request_id && html`<a href="${filtered('request', entry.request_id)}">${entry.request_id}</a>`,
    ],
    ['Operation', entry.op_id],
    ['Workflow', entry.workflow_id && html`<code>${entry.workflow_id}</code>`],
    ['Run', entry.run_id && html`<code>${entry.run_id}</code>`],
    ['Activity', entry.activity],
  ])}
  ${section('Proof', proof ? proven(page, entry, proof) : notice('info', 'This entry is not under a signed head yet. One is signed every few minutes: look again then.'), 'proof')}`;
}

function proven(page: ProjectPage, entry: AuditRow, { receipt, verdict, head }: EntryProof): Html {
  const genuine = verdict.verdict === 'genuine';
  return html`${notice(genuine ? 'done' : 'danger', verdict.message)}
    ${facts([
      ['Place in the log', number(receipt.position + 1)],
      ['Under the signed head of', head && `${number(head.size)} entries`],
      ['Signed', head && when(head.at, page.project.timeZone)],
      [
        'At the anchor since',
        head && (head.anchoredAt ? when(head.anchoredAt, page.project.timeZone) : 'not there yet'),
      ],
    ])}
    <p class="buttons">
      ${linkButton(page.at(`/audit/${entry.seq}/receipt`), 'Download the receipt')}
      ${linkButton('/receipt', 'Check a receipt')}
    </p>
    <details>
      <summary>The proof itself</summary>
      <p>
        ${receipt.proof.length} hashes lead from the entry to the signed head. Anybody can follow them with
        the receipt and the <a href="/receipt/public-key">public key</a>.
      </p>
      <pre tabindex="0">${receipt.proof.join('\n')}</pre>
      <h3>The signed head</h3>
      <pre tabindex="0">${receipt.checkpoint}</pre>
    </details>`;
}
