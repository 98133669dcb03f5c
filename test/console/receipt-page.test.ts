import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createReceiptPage } from '../../src/console/receipt-page.ts';
import { createReceipt, verifyReceipt } from '../../src/audit/receipt.ts';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { leafOf } from '../../src/audit/canonical.ts';
import { inclusionProof, rootAt } from '../../src/audit/proofs.ts';
import { createTileStore, newSigner, ORIGIN, recordNumber } from '../audit/log-fixture.ts';

const signer = newSigner();
const page = createReceiptPage({
  publicKeys: () => Promise.resolve([signer.verifier.text]),
  handOvers: () => Promise.resolve([]),
  verify: verifyReceipt,
});

async function receiptOf(n: number, changes: Parameters<typeof recordNumber>[1] = {}) {
  const tree = createTileStore();
  const records = Array.from({ length: 20 }, (_, at) => recordNumber(at + 1, at === n ? changes : {}));
  tree.append(records.map(leafOf));
  const root = await rootAt(tree.nodes(), 20);
  return createReceipt({
    entry: records[n] ?? recordNumber(0),
    position: n,
    proof: await inclusionProof(tree.nodes(), n, 20),
    checkpoint: signCheckpoint({ origin: ORIGIN, size: 20, root }, [signer]),
    key: signer.verifier.text,
  });
}

function submit(fields: Record<string, string | Blob>) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return page.request('/', { method: 'POST', body });
}

describe('GET / of the page of receipts', () => {
  it('is a form that works without JavaScript, for anybody', async () => {
    const response = await page.request('/');
    const text = await response.text();
    assert.equal(response.status, 200);
    assert.match(text, /<form method="post"/);
    assert.doesNotMatch(text, /<script/);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /script-src|unsafe/);
    assert.equal(response.headers.get('set-cookie'), null);
  });
});

describe('POST / of the page of receipts', () => {
  it('confirms a genuine receipt that is pasted, in plain words', async () => {
    const receipt = await receiptOf(3, { requestId: 'E-7KQM-2XWB', counts: { messages: 12 } });
    const text = await (await submit({ text: JSON.stringify(receipt) })).text();
    assert.match(text, /<h2>Genuine<\/h2>/);
    assert.match(text, /A session was deleted for good/);
    assert.match(text, /E-7KQM-2XWB/);
    assert.match(text, /messages 12/);
  });

  it('does not say that all is gone where law or a hold kept a part', async () => {
    const receipt = await receiptOf(3, { action: 'erasure.completed', counts: { restricted: 1 } });
    const text = await (await submit({ text: JSON.stringify(receipt) })).text();
    assert.match(text, /but for what law or a hold keeps/);
    assert.doesNotMatch(text, /found empty/);
  });

  it('confirms one that is given as a file', async () => {
    const file = new Blob([JSON.stringify(await receiptOf(3))], { type: 'application/json' });
    assert.match(await (await submit({ file })).text(), /<h2>Genuine<\/h2>/);
  });

  it('tells nobody who did it', async () => {
    const text = await (await submit({ text: JSON.stringify(await receiptOf(3)) })).text();
    assert.doesNotMatch(text, /staff-|supervisor/);
  });

  it('says of an altered one that it is not genuine, and shows nothing of it', async () => {
    const receipt = await receiptOf(3);
    const altered = { ...receipt, entry: { ...receipt.entry, object: { kind: 'session', id: 'forged' } } };
    const text = await (await submit({ text: JSON.stringify(altered) })).text();
    assert.match(text, /<h2>Not genuine<\/h2>/);
    assert.doesNotMatch(text, /forged/);
  });

  it('answers whatever else is sent, escaped', async () => {
    for (const text of ['', 'hello', '{}', '[]', 'null', '<script>alert(1)</script>'])
      assert.match(await (await submit({ text })).text(), /Not a receipt/, text);
    const receipt = await receiptOf(3, { reason: 'x', projectId: '<b>bold</b>' });
    const shown = await (await submit({ text: JSON.stringify(receipt) })).text();
    assert.match(shown, /Genuine/);
    assert.doesNotMatch(shown, /<b>bold/);
  });

  it('refuses what is far too large', async () => {
    const response = await submit({ text: 'x'.repeat(300_000) });
    assert.equal(response.status, 413);
    assert.match(await response.text(), /far larger than a receipt/);
  });

  it('answers programs in JSON', async () => {
    const response = await page.request('/', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(await receiptOf(3)),
    });
    assert.equal(((await response.json()) as { verdict: string }).verdict, 'genuine');
  });
});

describe('GET /audit/public-key', () => {
  it('gives the keys as text, one a line', async () => {
    const response = await page.request('/audit/public-key');
    assert.equal(await response.text(), `${signer.verifier.text}\n`);
  });
});
