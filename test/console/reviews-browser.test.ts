import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { LOOKS, openBrowser, type BrowserStage, type Look } from './browser.ts';
import { addReview } from './review-stage.ts';
import { openConsoleStage, type ConsoleStage, type StagePerson } from './stage.ts';

const QUEUE = '/p/shop/reviews';

let at: ConsoleStage;
let sam: StagePerson;
let carla: StagePerson;
let browser: BrowserStage;

before(async () => {
  at = await openConsoleStage();
  sam = await at.person({ shop: ['supervisor'] });
  carla = await at.person({ shop: ['compliance'] });
  browser = await openBrowser(at.url);
});
after(async () => {
  await browser?.close();
  await at?.close();
});

/** Reviews of a tag of their own, the most urgent first. */
async function inReview(tag: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const dueInDays = 1 + n;
    ids.push(await addReview(at.database, { projectId: 'shop', now: at.now(), dueInDays, tags: [tag] }));
  }
  return ids;
}

async function endings(ids: readonly string[]) {
  const { db } = at.database;
  const rows = await db
    .selectFrom('review')
    .select(['session_id', 'ended'])
    .where('session_id', 'in', ids)
    .execute();
  return ids.map((id) => rows.find((row) => row.session_id === id)?.ended);
}

function ticked(page: Page): Promise<string[]> {
  return page.evaluate(
    "[...document.querySelectorAll('[name=s]:checked')].map((box) => box.value.slice(0, 36))",
  );
}

function rowWithFocus(page: Page): Promise<string> {
  return page.evaluate(
    "document.activeElement.closest('tr')?.querySelector('[name=s]').value.slice(0, 36) ?? ''",
  );
}

describe('the queue of reviews in a browser', () => {
  for (const look of Object.keys(LOOKS) as Look[])
    it(`and one review, ${look}: readable for everybody, and no wider than the window`, async () => {
      const [id] = await inReview(`look-${look}`, 1);
      for (const [name, path] of [['queue', QUEUE] as const, ['one', `${QUEUE}/${id}`] as const]) {
        const shown = await browser.open(path, { look, as: sam.browser });
        await shown.screenshot(`reviews-${name}`);
        await shown.check();
        assert.equal(await shown.page.evaluate('document.documentElement.scrollWidth > innerWidth'), false);
      }
    });

  it('is worked through with the keyboard: moved, ticked, opened', async () => {
    const [first, second, third] = await inReview('keys', 3);
    const { page } = await browser.open(`${QUEUE}?tag=keys`, { as: sam.browser });
    await page.getByText('Keyboard:').waitFor();
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press('j', 'x', 'j', 'j', 'x');
    assert.deepEqual(await ticked(page), [first, third]);
    await press('x', 'k', 'k', 'k');
    assert.deepEqual(await ticked(page), [first]);
    assert.equal(await rowWithFocus(page), first);
    await page.locator(`input[value^="${second}"]`).click();
    await press('j');
    assert.equal(await rowWithFocus(page), third);
    await page.locator(`input[value^="${second}"]`).focus();
    await press('Enter');
    await page.waitForURL(`**${QUEUE}/${second}`);
    await page.getByText(/Without a decision it is deleted/).waitFor();
  });

  it('leaves letters to a field, and promises no keys where scripts do not run', async () => {
    await inReview('letters', 1);
    const { page } = await browser.open(`${QUEUE}?tag=letters`, { as: sam.browser });
    const field = page.getByLabel('Tag');
    await field.fill('');
    await field.pressSequentially('jx');
    assert.equal(await field.inputValue(), 'jx');
    assert.deepEqual(await ticked(page), []);
    const plain = await browser.open(`${QUEUE}?tag=letters`, { as: sam.browser, scripts: false });
    assert.equal(await plain.page.getByText('Keyboard:').isVisible(), false);
  });

  it('decides what is ticked, and counts apart what somebody decided meanwhile', async () => {
    const ids = await inReview('bulk', 3);
    const { page } = await browser.open(`${QUEUE}?tag=bulk`, { as: sam.browser });
    for (const id of ids) await page.locator(`input[value^="${id}"]`).check();
    await page.getByRole('button', { name: 'Approve deletion…' }).click();
    await page.getByRole('heading', { name: 'Approve the deletion: 3 sessions' }).waitFor();
    await at.database.acts.decideReview({
      ...{ sessionId: ids[1] ?? '', round: 1, decision: 'hold', reason: 'CASE-7', now: at.now() },
      actor: { kind: 'staff', id: 'somebody', role: 'compliance' },
    });
    await page.getByRole('button', { name: 'Approve the deletion' }).click();
    await page.getByText(/2 approved, 1 (already decided|on hold)/).waitFor();
    assert.deepEqual(await endings(ids), ['approve', 'hold', 'approve']);
  });

  for (const scripts of [true, false])
    it(`relabels, its new date shown beforehand, ${scripts ? 'with' : 'without'} scripts`, async () => {
      const [id = ''] = await inReview(`relabel-${scripts}`, 1);
      const { page } = await browser.open(`${QUEUE}/${id}`, { as: carla.browser, scripts });
      const choice = page.getByRole('radio', { name: 'healthcare' });
      const hint = await page.getByText(/Kept until .* by the rule records/).innerText();
      const date = /Kept until (.+), by/.exec(hint)?.[1] ?? assert.fail(hint);
      await choice.check();
      assert.deepEqual(await endings([id]), [null]);
      await page.getByRole('button', { name: 'Relabel' }).click();
      await page.getByText(`Tagged healthcare: kept until ${date}`).waitFor();
      assert.deepEqual(await endings([id]), ['relabel']);
    });
});
