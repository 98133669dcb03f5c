import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { verifyReceipt } from '../../src/audit/receipt.ts';
import { verifyExport } from '../../src/audit/verify.ts';
import { openProof, type ProofStage } from './proof-stage.ts';
import { openConsoleStage, type ConsoleStage, type StagePerson } from './stage.ts';

const HOSTILE = `"><script>alert(1)</script>`;
const LOG = '/p/shop/audit';

let at: ConsoleStage;
let proof: ProofStage;
let auditor: StagePerson;
/** Reads the audit of every project there is. */
let everywhere: StagePerson;

before(async () => {
  at = await openConsoleStage();
  proof = await openProof(at);
  auditor = await at.person({ shop: ['auditor'] });
  everywhere = await at.person({ shop: ['auditor'], other: ['auditor'] });
});
after(() => at.close());

async function text(response: Promise<Response>): Promise<string> {
  return (await response).text();
}

/** The numbers of the entries that a page lists, in its order. */
function numbersIn(page: string): number[] {
  return [...page.matchAll(/href="\/p\/shop\/audit\/(\d+)"/g)].map(([, seq]) => Number(seq));
}

async function newestSeq(projectId: string | null): Promise<number> {
  const { db } = at.database;
  const row = await db
    .selectFrom('audit_entry')
    .select('seq')
    .where('project_id', projectId === null ? 'is' : '=', projectId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return row.seq;
}

describe('the audit log', () => {
  it('is all that an auditor sees of a project', async () => {
    const page = await text(auditor.browser.get(LOG));
    const links = [...page.matchAll(/<li><a href="(\/p\/shop[^"]*)"/g)].map(([, href]) => href);
    assert.ok(links.includes(LOG));
    for (const rest of ['sessions', 'overview', 'holds', 'settings', 'tokens'])
      assert.ok(!links.includes(`/p/shop/${rest}`), rest);
    assert.equal((await auditor.browser.get('/p/shop/overview')).status, 403);
  });

  it('is listed newest first, a page at a time, with no entry twice and none left out', async () => {
    for (let n = 0; n < 120; n++) await proof.write({ action: 'session.tagged', reason: `tag ${n}` });
    const seen: number[] = [];
    let next: string | undefined = `${LOG}?action=session.tagged`;
    while (next) {
      const page: string = await text(auditor.browser.get(next));
      seen.push(...numbersIn(page));
      next = /href="([^"]+)" rel="next"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
    }
    assert.equal(seen.length, 120);
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((a, b) => b - a),
    );
  });

  it('is narrowed by action, group of actions, actor, object, request and days', async () => {
    await proof.write({ action: 'hold.released', actor: { kind: 'staff', id: 'staff-9' } });
    await proof.write({
      action: 'erasure.filed',
      requestId: 'E-7KQM-2XWB',
      object: { kind: 'erasure', id: 'er-1' },
    });
    await proof.write({ action: 'session.closed', at: new Date('2026-02-03T12:00:00Z') });
    const found = async (query: string) =>
      numbersIn(await text(auditor.browser.get(`${LOG}?${query}`))).length;
    assert.equal(await found('action=hold.released'), 1);
    assert.equal(await found('action=hold'), 1);
    assert.equal(await found('actor=staff-9'), 1);
    assert.equal(await found('object=er-1'), 1);
    assert.equal(await found('request=E-7KQM-2XWB'), 1);
    assert.equal(await found('request=E-7KQM-2XWB&actor=staff-9'), 0);
    assert.equal(await found('from=2026-02-03&to=2026-02-03'), 1);
    assert.equal(await found('to=2026-02-02'), 0);
    assert.equal(await found('action=nothing'), 0);
  });

  it('shows what is written in it as text', async () => {
    await proof.write({ action: 'hold.placed', reason: HOSTILE, object: { kind: 'session', id: HOSTILE } });
    const seq = await newestSeq('shop');
    for (const path of [LOG, `${LOG}/${seq}`, `${LOG}?actor=${encodeURIComponent(HOSTILE)}`])
      assert.doesNotMatch(await text(auditor.browser.get(path)), /<script>alert/, path);
  });

  it('has nothing of another project, and nothing of the installation for who reads one project', async () => {
    await proof.write({ projectId: 'other' });
    const foreign = await newestSeq('other');
    assert.equal((await auditor.browser.get(`${LOG}/${foreign}`)).status, 404);
    assert.equal((await everywhere.browser.get(`${LOG}/${foreign}`)).status, 404);
    const own = await newestSeq(null);
    assert.equal((await auditor.browser.get(`${LOG}/${own}`)).status, 404);
    assert.equal((await everywhere.browser.get(`${LOG}/${own}`)).status, 200);
    const narrowed = await text(auditor.browser.get(`${LOG}?of=installation`));
    assert.ok(!numbersIn(narrowed).includes(own));
    assert.ok(numbersIn(await text(everywhere.browser.get(`${LOG}?of=installation`))).includes(own));
    for (const path of ['x', '0', '999999999', '1e3'])
      assert.equal((await auditor.browser.get(`${LOG}/${path}`)).status, 404, path);
  });
});

describe('the page of an entry', () => {
  it('says that an entry waits for a signed head', async () => {
    await proof.write();
    const page = await text(auditor.browser.get(`${LOG}/${await newestSeq('shop')}`));
    assert.match(page, /not under a signed head yet/);
  });

  it('proves it, and gives out a receipt that others check', async () => {
    await proof.write({ action: 'session.deleted' });
    await proof.sign();
    const seq = await newestSeq('shop');
    const page = await text(auditor.browser.get(`${LOG}/${seq}`));
    assert.match(page, /Genuine: this is entry/);
    assert.match(page, /Under the signed head of/);
    const download = await auditor.browser.get(`${LOG}/${seq}/receipt`);
    assert.equal(download.headers.get('content-disposition'), `attachment; filename="receipt-${seq}.json"`);
    const keys = (await proof.log.keys.list()).map(({ verifier }) => verifier);
    assert.equal(verifyReceipt(await download.json(), keys).verdict, 'genuine');
  });
});

describe('an export', () => {
  it('holds what the filters chose and nothing else, and is an entry itself', async () => {
    const response = await auditor.browser.post(`${LOG}/export`, { action: 'hold.released' }, { from: LOG });
    assert.match(response.headers.get('content-disposition') ?? '', /audit-shop\.jsonl/);
    const lines = (await response.text()).trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { action: string; projectId: string });
    assert.deepEqual(
      entries.map(({ action, projectId }) => `${projectId} ${action}`),
      ['shop hold.released'],
    );
    const page = await text(auditor.browser.get(`${LOG}?action=audit.exported`));
    assert.match(page, /action hold\.released/);
  });

  it('of many entries is read page by page', async () => {
    const response = await auditor.browser.post(`${LOG}/export`, { action: 'session.tagged' }, { from: LOG });
    assert.equal((await response.text()).trim().split('\n').length, 120);
  });

  it('of the whole log is for those who may read all of it, and proves itself', async () => {
    assert.equal((await auditor.browser.get('/audit/export')).status, 403);
    await proof.sign();
    const response = await everywhere.browser.post('/audit/export', {});
    const lines = (await response.text()).trim().split('\n');
    const keys = (await proof.log.keys.list()).map(({ verifier }) => verifier);
    const report = await verifyExport(ReadableStream.from(lines), { publicKeys: keys });
    assert.equal(report.ok, true);
    assert.ok(report.entries > 120);
  });
});

describe('a check of the log', () => {
  it('says how many entries it found whole, and becomes an entry', async () => {
    await proof.sign();
    await auditor.browser.post(`${LOG}/verify`, {}, { from: LOG });
    assert.match(await text(auditor.browser.get(LOG)), /entries as they were\s+written/);
    assert.match(await text(everywhere.browser.get(`${LOG}?of=installation`)), /audit\.verified/);
  });

  it('says what was changed', async () => {
    const seq = await newestSeq('shop');
    await proof.tamper(`update audit_entry set reason = 'another' where seq = ${seq}`);
    await auditor.browser.post(`${LOG}/verify`, {}, { from: LOG });
    const page = await text(auditor.browser.get(LOG));
    assert.match(page, /The log was tampered with/);
    assert.match(await text(everywhere.browser.get(`${LOG}?of=installation`)), /audit\.damaged/);
  });
});
