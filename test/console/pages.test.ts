import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { html } from 'hono/html';
import { chart, drawChart } from '../../src/console/chart.ts';
import { consolePages } from '../../src/console/pages/all.ts';
import { projectRoute } from '../../src/console/registry.ts';
import { freshForm, textArea, textField, withError } from '../../src/console/views/fields.ts';
import { countdown, facts, notice, phaseBadge, tiles } from '../../src/console/views/pieces.ts';
import { pager, table } from '../../src/console/views/table.ts';
import { PHASES } from '../../src/domain/phases.ts';
import { LOOKS, openBrowser, type BrowserStage, type Look } from './browser.ts';
import { createBrowser, leadsTo, openConsoleStage, type ConsoleStage, type StagePerson } from './stage.ts';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>' & {{7*7}}`;

let at: ConsoleStage;
let showcase: string;
let browser: BrowserStage;
let showcaseBrowser: BrowserStage;
let admin: StagePerson;

/** Every piece a page is made of, with words of somebody who means harm. */
const pieces = projectRoute({
  method: 'GET',
  path: '/p/:project/pieces',
  action: 'member',
  nav: { label: 'Pieces', group: 'Work', order: 5 },
  handler: (page) => {
    const state = withError(freshForm({ name: HOSTILE, text: `\n${HOSTILE}` }), 'name', HOSTILE);
    const figures = table({
      caption: HOSTILE,
      rows: [{ name: HOSTILE, count: 3 }],
      columns: [
        { heading: 'Name', names: true, cell: ({ name }) => name },
        { heading: 'Count', numeric: true, cell: ({ count }) => count },
      ],
      empty: 'Nothing.',
    });
    return page.html({
      title: 'Pieces',
      lead: HOSTILE,
      crumbs: [[HOSTILE, page.at('/pieces')]],
      body: html`${PHASES.map((phase) => phaseBadge(phase))} ${notice('warning', HOSTILE)}
      ${facts([[HOSTILE, HOSTILE]])} ${tiles([{ label: HOSTILE, value: 7 }])}
      ${countdown(new Date(page.now.getTime() + 3 * 86_400_000 + 5000), page.now)} ${figures}
      ${pager({ first: page.at('/pieces'), next: page.at('/pieces'), isFirst: true })}
      ${chart(page, { title: 'Sessions by phase', src: page.at('/pieces.svg'), table: figures })}
      ${page.postForm({
        to: page.at('/pieces'),
        body: html`${textField(state, { name: 'name', label: HOSTILE, hint: HOSTILE, required: true })}
        ${textArea(state, { name: 'text', label: 'Text' })}`,
      })}`,
    });
  },
});
const picture = projectRoute({
  method: 'GET',
  path: '/p/:project/pieces.svg',
  action: 'member',
  handler: (page) =>
    drawChart(page, {
      xAxis: { type: 'category', data: [HOSTILE, 'closed'] },
      yAxis: { type: 'value' },
      series: [{ type: 'bar', name: HOSTILE, data: [3, 5] }],
    }),
});

before(async () => {
  at = await openConsoleStage();
  showcase = await at.serve([...consolePages(at.deps), pieces, picture]);
  admin = await at.person({ shop: ['agent'] }, true);
  browser = await openBrowser(at.url);
  showcaseBrowser = await openBrowser(showcase);
});

after(async () => {
  await showcaseBrowser?.close();
  await browser?.close();
  await at.close();
});

describe('every answer of the console', () => {
  it('allows nothing but what this host serves, and no script or style inside a page', async () => {
    for (const path of ['/sign-in', '/', '/people', '/p/shop', '/no-such-page']) {
      const { headers } = await admin.browser.get(path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /^default-src 'none'/, path);
      assert.match(policy, /frame-ancestors 'none'/, path);
      assert.doesNotMatch(policy, /unsafe|http|\*|data:/, path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'same-origin');
      assert.equal(headers.get('cache-control'), 'no-store');
    }
  });

  it('has files that browsers keep for good, under names that change with them', async () => {
    const page = await (await at.browser().get('/sign-in')).text();
    const paths = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    assert.equal(paths.length, 3);
    for (const path of paths) {
      const response = await at.browser().get(path);
      assert.equal(response.status, 200);
      assert.match(response.headers.get('cache-control') ?? '', /immutable/);
    }
  });

  it('shows words of people as text', async () => {
    const person = createBrowser(showcase);
    for (const [name, value] of admin.browser.cookies) person.cookies.set(name, value);
    const page = await (await person.get('/p/shop/pieces')).text();
    assert.doesNotMatch(page, /<script>alert|<img src=x/);
    const response = await person.get('/p/shop/pieces.svg?theme=dark');
    assert.equal(response.headers.get('content-type'), 'image/svg+xml');
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox/);
    assert.doesNotMatch(await response.text(), /<script>alert|<img src=x/);
  });

  it('is made without raw markup', () => {
    const root = join(import.meta.dirname, '../../src/console');
    for (const file of globSync('**/*.ts', { cwd: root, exclude: ['api/**'] })) {
      const text = readFileSync(join(root, file), 'utf8');
      assert.doesNotMatch(text, /(?<!\.)\braw\(|import \{[^}]*\braw\b|innerHTML/, file);
    }
  });
});

describe('the pages in a browser', () => {
  const own = [
    '/sign-in',
    '/',
    '/account',
    '/people',
    '/p/shop',
    '/p/shop/people',
    '/step-up',
    '/no-such-page',
  ];
  for (const path of own)
    it(`${path} can be used by everybody, light and dark and on a phone`, async () => {
      for (const look of Object.keys(LOOKS) as Look[]) {
        const shown = await browser.open(path, { look, ...(path !== '/sign-in' && { as: admin.browser }) });
        await shown.screenshot(`page-${path.replaceAll('/', '-').slice(1) || 'start'}`);
        await shown.check();
      }
    });

  it('has pieces that can be used by everybody, light and dark and on a phone', async () => {
    for (const look of Object.keys(LOOKS) as Look[]) {
      const shown = await showcaseBrowser.open('/p/shop/pieces', { look, as: admin.browser });
      await shown.screenshot('pieces');
      await shown.check();
      const wide = await shown.page.evaluate('document.documentElement.scrollWidth > innerWidth');
      assert.equal(wide, false, `${look}: the page is wider than the window`);
    }
  });

  it('changes its colours by a form, without scripts', async () => {
    const { page } = await browser.open('/account', { as: admin.browser, scripts: false });
    await page.getByRole('button', { name: /^Colours/ }).click();
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
    assert.equal(new URL(page.url()).pathname, '/account');
  });

  it('is walked with the keyboard: first comes the way past the navigation', async () => {
    const { page } = await browser.open('/people', { as: admin.browser });
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate('document.activeElement.id'), 'main');
  });

  it('signs in, asks again before a destructive act, and signs out, without scripts', async () => {
    const jo = await at.newcomer('jo', { administrator: true });
    const { page } = await browser.open('/people', { scripts: false });
    await page.getByLabel('Name', { exact: true }).fill('jo');
    await page.getByLabel('Password', { exact: true }).fill('seven quiet otters at noon');
    await page.getByLabel('Code', { exact: true }).fill(await jo.code());
    await page.getByRole('button', { name: 'Sign in' }).click();
    assert.equal(new URL(page.url()).pathname, '/people');
    at.move(11 * 60_000);
    await page.getByRole('link', { name: admin.login }).click();
    await page.getByRole('link', { name: 'Disable the account' }).click();
    assert.equal(new URL(page.url()).pathname, '/step-up');
    await page.getByLabel('Password', { exact: true }).fill('seven quiet otters at noon');
    await page.getByLabel('Code', { exact: true }).fill(await jo.code());
    await page.getByRole('button', { name: 'Confirm' }).click();
    assert.equal(
      await page.getByRole('heading', { level: 1 }).textContent(),
      `Disable the account: ${admin.login}`,
    );
    await page.getByRole('button', { name: 'Sign out' }).click();
    assert.equal(new URL(page.url()).pathname, '/sign-in');
    assert.match(leadsTo(await jo.browser.get('/healthz')), /^$/);
  });
});
