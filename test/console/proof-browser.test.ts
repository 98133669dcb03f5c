import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { noteStoreHealth } from '../../src/acts/alarms.ts';
import { openBrowser, LOOKS, type BrowserStage, type Look } from './browser.ts';
import { openProof } from './proof-stage.ts';
import { openConsoleStage, type ConsoleStage, type StagePerson } from './stage.ts';

let at: ConsoleStage;
let browser: BrowserStage;
let root: StagePerson;
let auditor: StagePerson;
let entry: number;

before(async () => {
  at = await openConsoleStage();
  const proof = await openProof(at);
  const { db, acts } = at.database;
  const actor = { kind: 'operator', id: 'test' } as const;
  for (let n = 0; n < 12; n++)
    await proof.write({ action: n % 3 === 0 ? 'session.deleted' : 'hold.placed', reason: `CASE-${n}` });
  await proof.sign();
  const newest = await db
    .selectFrom('audit_entry')
    .select('seq')
    .where('project_id', '=', 'shop')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  entry = newest.seq;
  const store = { store: 'gs://archive/support', projectIds: ['shop'], reached: false };
  await noteStoreHealth(db, { ...store, now: new Date(at.now().getTime() - 3_600_000) });
  await noteStoreHealth(db, { ...store, now: at.now() });
  const expiresAt = new Date(at.now().getTime() + 30 * 86_400_000);
  await acts.createToken({
    projectId: 'shop',
    name: 'helpdesk',
    roles: ['agent'],
    expiresAt,
    actor,
    now: at.now(),
  });
  await acts.addWebhook({ projectId: 'shop', url: 'https://desk.example/hooks', actor, now: at.now() });
  root = await at.person({}, true);
  auditor = await at.person({ shop: ['auditor'], other: ['auditor'] });
  browser = await openBrowser(at.url);
  await auditor.browser.post('/p/shop/audit/verify', {}, { from: '/p/shop/audit' });
  await root.browser.post('/operations/doctor', {}, { from: '/operations' });
});

after(async () => {
  await browser?.close();
  await at?.close();
});

/** Looks at a page in every way, and keeps the pictures. */
async function look(path: string, name: string, as?: StagePerson): Promise<void> {
  for (const one of Object.keys(LOOKS) as Look[]) {
    const shown = await browser.open(path, { look: one, ...(as && { as: as.browser }) });
    await shown.screenshot(`proof-${name}`);
    await shown.check();
    const wide = await shown.page.evaluate('document.documentElement.scrollWidth > innerWidth');
    assert.equal(wide, false, `${name}, ${one}: the page is wider than the window`);
  }
}

describe('the pages of proof and of the installation, in a browser', () => {
  it('can be used by everybody, light and dark and on a phone', async () => {
    await look('/p/shop/audit', 'audit', auditor);
    await look(`/p/shop/audit/${entry}`, 'entry', auditor);
    await look('/audit/export', 'whole-log', auditor);
    await look('/operations', 'operations', root);
    await look('/p/shop/settings', 'settings', root);
    await look('/p/shop/doctor', 'doctor', root);
    await look('/p/shop/tokens', 'tokens', root);
    await look('/p/shop/tokens/new', 'new-token', root);
    await look('/p/shop/webhooks', 'webhooks', root);
    await look('/p/shop/webhooks/new', 'new-webhook', root);
  });

  it('can be read by anybody where they are public', async () => {
    await look('/privacy/shop', 'privacy');
    await look('/privacy/shop?language=zh', 'privacy-zh');
    await look('/receipt', 'receipt');
  });

  it('give a receipt that the page of receipts confirms, without scripts', async () => {
    const { page } = await browser.open(`/p/shop/audit/${entry}`, { as: auditor.browser, scripts: false });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download the receipt' }).click(),
    ]);
    const file = await download.path();
    await page.goto(`${at.url}/receipt`);
    await page.getByLabel('The file').setInputFiles(file);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    assert.equal(await page.getByRole('alert').count(), 0);
    await page.getByRole('heading', { name: 'Genuine', exact: true }).waitFor({ timeout: 10_000 });
  });
});
