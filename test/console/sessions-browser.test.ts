import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LOOKS, openBrowser, type BrowserStage, type Look } from './browser.ts';
import type { StagePerson } from './stage.ts';
import { openSessionsStage, type SessionsStage } from './sessions-stage.ts';

let at: SessionsStage;
let browser: BrowserStage;
let supervisor: StagePerson;
let archived: { sessionId: string; subjectId: string };
let live: { sessionId: string; subjectId: string };
let exportId: string;

const ACT = { actor: { kind: 'operator', id: 'test' } } as const;

before(async () => {
  at = await openSessionsStage();
  supervisor = await at.person({ shop: ['supervisor', 'compliance'] });
  const { acts } = at.deps;
  archived = await at.say('The parcel never arrived. طرد لم يصل', { photo: 'crack.jpg', firstName: 'Zoë' });
  const now = at.now();
  for (const tag of ['refund', 'complaint'])
    await acts.changeTag({ sessionId: archived.sessionId, tag, change: 'add', ...ACT, now });
  await at.archive(archived.sessionId);
  await acts.placeHold({ sessionId: archived.sessionId, reason: 'claim 4711', ...ACT, now });
  live = await at.say('Where is my parcel? '.repeat(12), { telegramUserId: 6_000_001 });
  await acts.writeNote({
    ...{ sessionId: live.sessionId, text: 'calls back on Monday', ...ACT, now },
    staffId: await staffId(),
  });
  for (let n = 0; n < 5; n += 1) await at.say(`parcel number ${n}`, { daysAgo: n + 1 });
  exportId = await acts.requestExport({
    ...{ projectId: 'shop', query: 'parcel', format: 'jsonl', reason: 'TICKET-1', now },
    reader: { actor: { kind: 'staff', id: await staffId() }, roles: ['supervisor'] },
  });
  browser = await openBrowser(at.url);
});

after(async () => {
  await browser?.close();
  await at.stop();
});

async function staffId(): Promise<string> {
  const row = await at.database.db
    .selectFrom('staff')
    .select('id')
    .where('account_id', '=', supervisor.accountId)
    .executeTakeFirstOrThrow();
  return row.id;
}

describe('the pages of sessions in a browser', () => {
  const pages: readonly (readonly [string, () => string])[] = [
    ['sessions', () => '/p/shop/sessions'],
    ['session-archived', () => `/p/shop/sessions/${archived.sessionId}`],
    ['session-live', () => `/p/shop/sessions/${live.sessionId}`],
    ['session-tag', () => `/p/shop/sessions/${archived.sessionId}/tag?change=add&tag=transaction`],
    ['customer', () => `/p/shop/customers/${archived.subjectId}`],
    ['exports', () => '/p/shop/exports'],
    ['export-new', () => '/p/shop/exports/new'],
    ['export', () => `/p/shop/exports/${exportId}`],
  ];
  for (const [name, path] of pages)
    it(`${name} can be used by everybody, light and dark and on a phone`, async () => {
      for (const look of Object.keys(LOOKS) as Look[]) {
        const shown = await browser.open(path(), { look, as: supervisor.browser });
        await shown.screenshot(`sessions-${name}`);
        await shown.check();
        const wide = await shown.page.evaluate('document.documentElement.scrollWidth > innerWidth');
        assert.equal(wide, false, `${look}: the page is wider than the window`);
      }
    });

  it('are searched and read with the keyboard', async () => {
    const shown = await browser.open('/p/shop/sessions', { as: supervisor.browser });
    const { page } = shown;
    await page.keyboard.press('/');
    assert.equal(await page.evaluate('document.activeElement.id'), 'q');
    await page.keyboard.type('parcel');
    await page.getByLabel('Reason for reading').fill('TICKET-1');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Found' }).waitFor();
    assert.ok((await page.locator('mark').count()) > 0);
    await shown.screenshot('sessions-found');
    await shown.check();
    await page.locator('body').press('j');
    await page.locator('body').press('j');
    await page.locator('body').press('k');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What was written' }).waitFor();
  });

  it('are read and printed: nothing but the session is on the paper', async () => {
    const shown = await browser.open(`/p/shop/sessions/${archived.sessionId}/transcript`, {
      as: supervisor.browser,
      scripts: false,
    });
    const { page } = shown;
    await page.getByLabel('Reason for reading').fill('TICKET-2');
    await page.getByRole('button', { name: 'Read the session' }).click();
    await page.getByText('The parcel never arrived.').waitFor();
    await shown.screenshot('sessions-transcript');
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.getByRole('button', { name: 'Save' }).isVisible(), false);
    assert.equal(await page.locator('.side').isVisible(), false);
    await shown.screenshot('sessions-transcript-printed');
  });
});
