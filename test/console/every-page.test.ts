import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { consolePages } from '../../src/console/pages/all.ts';
import { LOOKS, openBrowser, takePicture, type BrowserStage, type Look } from './browser.ts';
import { openFilledStage, type FilledStage } from './filled-stage.ts';
import type { Browser } from './stage.ts';

/** Lead elsewhere, or say what is missing, as nothing was asked of them in the address. */
const NO_PAGE_BY_ITSELF = [
  '/account/password',
  '/p/shop/policies/diff',
  '/p/shop/policies/explain',
  '/p/shop/policies/plan',
  '/p/shop/policies/resume',
  '/p/shop/reviews/confirm',
  '/sign-in/callback',
  '/sign-in/provider',
  '/step-up/provider',
];

let at: FilledStage;
let browser: BrowserStage;

before(async () => {
  at = await openFilledStage();
  browser = await openBrowser(at.url);
});
after(async () => {
  await browser?.close();
  await at?.stop();
});

/** Every page of the table that opens without further parameters, and one of each kind that needs some. */
async function addresses(): Promise<string[]> {
  const bare = consolePages({} as never)
    .filter(({ method, path }) => method === 'GET' && !path.replace(':project', '').includes(':'))
    .map(({ path }) => path.replace(':project', 'shop'));
  const shown: string[] = [];
  const others: string[] = [];
  for (const path of bare) {
    const response = await visitorOf(path).get(path);
    const isPage = response.headers.get('content-type')?.startsWith('text/html') ?? true;
    await response.body?.cancel();
    if (response.status !== 200) others.push(path);
    else if (isPage) shown.push(path);
  }
  assert.deepEqual(others.sort(), NO_PAGE_BY_ITSELF);
  return [...shown, `/p/shop/sessions/${at.archivedId}`, await aReview()];
}

/** Who is signed in is not asked to sign in. */
function visitorOf(path: string): Browser {
  return path === '/sign-in' ? at.browser() : at.everybody.browser;
}

async function aReview(): Promise<string> {
  const page = await (await at.everybody.browser.get('/p/shop/reviews?rule=transactions')).text();
  return /\/p\/shop\/reviews\/[0-9a-f-]{36}/.exec(page)?.[0] ?? '';
}

describe('every page of a console in use', () => {
  for (const look of Object.keys(LOOKS) as Look[])
    it(`can be used by everybody, ${look}, and is no wider than the window`, async () => {
      const faults: string[] = [];
      for (const path of await addresses()) {
        const shown = await browser.open(path, { look, as: visitorOf(path) });
        const name = path.replace(/[0-9a-f-]{36}/, 'one').replaceAll(/\W+/g, '-');
        await shown.screenshot(`every${name}`);
        await shown.check().catch((error: Error) => faults.push(`${path}: ${error.message}`));
        if (await shown.page.evaluate('document.documentElement.scrollWidth > innerWidth'))
          faults.push(`${path}: wider than the window`);
        await shown.page.context().close();
      }
      assert.deepEqual(faults, []);
    });

  it('is what the documentation shows', async () => {
    const pictures = {
      'console-review': await aReview(),
      'console-session': `/p/shop/sessions/${at.archivedId}`,
    };
    for (const [name, path] of Object.entries(pictures)) await picture(name, path);
    await picture('console-overview', '/p/shop/overview', 0.8);
    const { page, shot } = await picture('translation', `/p/shop/sessions/${at.archivedId}/transcript`);
    await page.getByLabel('Reason for reading').fill('TICKET-4711');
    await page.getByLabel('Translate into').fill('en');
    await page.getByRole('button', { name: 'Read the session' }).click();
    await page.getByText('The parcel has arrived, but the box is torn').waitFor();
    await page.getByText('Посылка пришла').first().waitFor();
    await shot();
  });
});

/** As large as the documentation has them, and not the whole page. */
async function picture(name: string, path: string, zoom = 1) {
  const { page } = await browser.open(path, { as: at.carla.browser });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.reload();
  await page.evaluate(`document.documentElement.style.zoom = '${zoom}'`);
  // Charts are fetched once they come into view.
  await page.waitForLoadState('networkidle');
  const shot = () => takePicture(page, { path: `${import.meta.dirname}/../artefacts/docs-${name}.png` });
  await shot();
  return { page, shot };
}
