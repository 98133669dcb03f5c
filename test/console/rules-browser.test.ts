import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { renewOverviews } from '../../src/db/overview.ts';
import { LOOKS, openBrowser, type BrowserStage, type Look } from './browser.ts';
import { addCustomer, moveErasure } from './erasure-stage.ts';
import { addReview } from './review-stage.ts';
import { openConsoleStage, type ConsoleStage, type StagePerson } from './stage.ts';

const HOUR_MS = 3_600_000;

let at: ConsoleStage;
let carla: StagePerson;
let browser: BrowserStage;
let running: string;
let done: string;

async function asked(): Promise<string> {
  const { telegramUserId } = await addCustomer(at.database, 'shop');
  const act = { projectId: 'shop', telegramUserId, now: at.now() };
  return (await at.database.acts.requestErasure(act)).number;
}

before(async () => {
  at = await openConsoleStage();
  carla = await at.person({ shop: ['compliance'] });
  browser = await openBrowser(at.url);
  await asked();
  running = await asked();
  await moveErasure(at.database, running, 'confirmed', new Date(at.now().getTime() - 25 * HOUR_MS));
  done = await asked();
  await moveErasure(at.database, done, 'done', new Date(at.now().getTime() - 5 * HOUR_MS));
  await addReview(at.database, { projectId: 'shop', now: at.now(), dueInDays: 3, rule: 'transactions' });
  await renewOverviews(at.database.db, at.now());
});
after(async () => {
  await browser?.close();
  await at?.close();
});

const PAGES = {
  erasures: () => '/p/shop/erasures',
  'erasures-figures': () => '/p/shop/erasures/figures',
  'erasure-running': () => `/p/shop/erasures/${running}`,
  'erasure-receipt': () => `/p/shop/erasures/${done}/receipt`,
  'erasure-new': () => '/p/shop/erasures/new',
  policy: () => '/p/shop/policies',
  'policy-edit': () => '/p/shop/policies/edit',
  'policy-history': () => '/p/shop/policies/history',
};

describe('erasures and the policy in a browser', () => {
  for (const [name, path] of Object.entries(PAGES))
    for (const look of Object.keys(LOOKS) as Look[])
      it(`${name}, ${look}: readable for everybody, and no wider than the window`, async () => {
        const opened = await browser.open(path(), { look, as: carla.browser });
        await opened.screenshot(`rules-${name}`);
        await opened.check();
        const wide = await opened.page.evaluate('document.documentElement.scrollWidth > innerWidth');
        assert.equal(wide, false);
      });

  it('check the policy while it is written, lead to the place, and plan it', async () => {
    const opened = await browser.open('/p/shop/policies/edit', { as: carla.browser });
    const { page } = opened;
    const text = page.locator('#text');
    const good = await text.inputValue();
    await text.fill(good.replace('P730D', '730 days'));
    const place = page.locator('#findings button').first();
    await place.waitFor();
    await opened.screenshot('rules-policy-findings');
    await place.click();
    assert.equal(await page.evaluate('document.activeElement.id'), 'text');
    await text.fill(good.replace('P730D', 'P365D'));
    await page.getByText('It can be applied.').waitFor();
    await page.getByRole('button', { name: 'See what it would change' }).click();
    await page.getByRole('heading', { name: 'What this policy would change' }).waitFor();
    await opened.screenshot('rules-policy-plan');
    await opened.check();
  });

  it('keep what was written when one comes back to it', async () => {
    const { page } = await browser.open('/p/shop/policies/edit', { as: carla.browser });
    const text = page.locator('#text');
    await text.fill((await text.inputValue()).replace('P730D', 'P777D'));
    await page.getByText('It can be applied.').waitFor();
    await page.goto(new URL('/p/shop/policies/plan', at.url).href);
    await page.getByText('It can be applied.').waitFor();
    assert.match(await text.inputValue(), /P777D/);
  });

  it('work without scripts', async () => {
    const { page } = await browser.open('/p/shop/policies/edit', { as: carla.browser, scripts: false });
    await page.locator('#text').fill('keep: never');
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByText('It cannot be applied yet.').waitFor();
  });
});
