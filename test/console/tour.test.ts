import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { generate } from 'otplib';
import { close, everythingSent } from '../faults/conversation.ts';
import type { Installation } from '../faults/installation.ts';
import { startStage, type Stage } from '../faults/stage.ts';
import { until } from '../faults/until.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { startAuditLog } from '../../src/main/audit-log.ts';
import { consoleUrl, openConsole } from '../../src/main/console.ts';
import { firstSignIn } from '../../src/main/first-account.ts';
import { listenHttp } from '../../src/main/listen-http.ts';
import type { Services } from '../../src/main/services.ts';
import { startWorker } from '../../src/main/worker.ts';
import { openBrowser, type BrowserStage } from './browser.ts';
import { PASSWORD } from './stage.ts';

const STEP_SECONDS = 30;

let stage: Stage;
let installed: Awaited<ReturnType<Stage['install']>>;
let at: Installation;
let browser: BrowserStage;
let url: string;
/** The supervisor's window. */
let page: Page;
let secret: string;
let firstLink: string;
const running: { stop(): Promise<unknown> }[] = [];

before(async () => {
  stage = await startStage();
  installed = await stage.install({ keep: 'PT1S' });
  at = installed.installation;
  await at.startDeskHere();
  const services = await withConsole(at.services);
  url = consoleUrl(services.config);
  running.push(await startWorker(services), await startAuditLog(services));
  running.push(await listenHttp(await openConsole(services), services.config.console.port));
  browser = await openBrowser(url);
  firstLink = (await firstSignIn(services)) ?? '';
});

after(async () => {
  await browser?.close();
  for (const one of running.toReversed()) await one.stop();
  await installed?.remove();
  await stage?.stop();
});

/** The installation's own settings, but for a free port, and heads of the audit log every second. */
async function withConsole(services: Services): Promise<Services> {
  const { config } = services;
  return {
    ...services,
    config: {
      ...config,
      audit: { ...config.audit, checkpointMs: 1000 },
      console: { ...config.console, port: await freePort() },
    },
  };
}

/** A code works once, so each is that of the step after the one before. */
let codes = 0;
function code(): Promise<string> {
  const epoch = Math.floor(Date.now() / 1000) + STEP_SECONDS * codes++;
  return generate({ secret, epoch });
}

const go = (path: string) => page.goto(new URL(path, url).href);
const heading = (name: string | RegExp) => page.getByRole('heading', { name, level: 1 }).waitFor();

/** Loads a page again until something is on it, as people do. */
async function look(path: string, what: string): Promise<void> {
  await until(`${path} says "${what}"`, async () => {
    await go(path);
    return (await page.getByText(what).count()) > 0;
  });
}

describe('the tour of a whole installation, in a browser', () => {
  let sessionId: string;
  const customer = () => at.sandbox.world.play;
  let anna: number;

  it('the link of the first start makes one the administrator, who sees no session', async () => {
    await enrol(firstLink);
    await go('/p/shop/sessions');
    assert.equal(await page.getByRole('heading', { name: 'Sessions', level: 1 }).count(), 0);
  });

  it('and who invites the supervisor', async () => {
    await go('/people');
    await page.getByLabel('Name').fill('carla');
    await page.getByRole('button', { name: 'Make a link' }).click();
    const link = await page.locator('main code').innerText();
    await go('/p/shop/people');
    await page.getByLabel('Name').fill('carla');
    for (const role of ['supervisor', 'compliance'])
      await page.locator(`input[name=roles][value=${role}]`).check();
    await page.getByRole('button', { name: 'Set the roles' }).click();
    await page.getByText('The roles of carla were set.').waitFor();
    await enrol(link);
    await go('/p/shop/sessions');
    await heading('Sessions');
  });

  it('a customer writes, the agent answers and closes', async () => {
    anna = at.addCustomer();
    customer().send(anna, { text: 'Where is my parcel?' });
    const session = await until('the session has a topic', async () => {
      const found = await at.services.db.selectFrom('session').select(['id', 'topic_id']).executeTakeFirst();
      return found?.topic_id ? { id: found.id, topicId: found.topic_id } : undefined;
    });
    sessionId = session.id;
    const { staffChat: chatId } = at;
    customer().send(at.agent, { chatId, threadId: session.topicId, text: 'It comes tomorrow.' });
    await everythingSent(at);
    await until('the customer has the answer', () =>
      customer()
        .messages(anna, anna)
        .some(({ text }) => text === 'It comes tomorrow.'),
    );
    await go('/p/shop/sessions');
    await page.getByRole('link', { name: sessionId.slice(0, 8) }).waitFor();
    close(at, session.topicId);
  });

  it('it is archived, and its review waits in the queue', async () => {
    await look('/p/shop/reviews', sessionId.slice(0, 8));
    await go(`/p/shop/sessions/${sessionId}`);
    assert.equal(await stageNow(), 'In review');
    await page.getByRole('heading', { name: 'In the archive' }).waitFor();
  });

  it('the supervisor looks at the review, and approves once it is clear who asks', async () => {
    await go(`/p/shop/reviews/${sessionId}`);
    await page.getByText('Why it was kept until now').waitFor();
    await at.services.db
      .updateTable('web_session')
      .set({ confirmed_at: new Date(Date.now() - 3_600_000) })
      .execute();
    await page.getByRole('link', { name: 'Approve deletion…' }).click();
    await heading('Confirm that it is you');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByLabel('Code').fill(await code());
    await page.getByRole('button', { name: 'Confirm' }).click();
    await heading(/one session/);
    await page.getByRole('button', { name: 'Approve the deletion' }).click();
    await page.getByText('1 approved.').waitFor();
  });

  it('it is deleted, as its bar of stages says', async () => {
    await until('the session is deleted', async () => {
      await go(`/p/shop/sessions/${sessionId}`);
      return (await stageNow()) === 'Deleted';
    });
    assert.equal(await page.locator('.stages li.ahead').count(), 0);
    assert.equal(await page.getByRole('button', { name: 'Read the session' }).count(), 0);
  });

  it('and anybody can check the receipt of it', async () => {
    await until('the entry is under a signed head', async () => {
      await go('/p/shop/audit?action=session.deleted');
      await page.locator('main tbody a[href*="/audit/"]').first().click();
      return (await page.getByRole('link', { name: 'Download the receipt' }).count()) > 0;
    });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download the receipt' }).click(),
    ]);
    const { page: anybody } = await browser.open('/receipt');
    await anybody.getByLabel('The file').setInputFiles(await download.path());
    await anybody.getByRole('button', { name: 'Check', exact: true }).click();
    await anybody.getByRole('heading', { name: 'Genuine', exact: true }).waitFor();
  });

  it('/deletemydata is followed on the desk of erasures, to its receipt', async () => {
    customer().send(anna, { text: 'And another parcel.' });
    await everythingSent(at);
    customer().send(anna, { text: '/deletemydata' });
    customer().press(anna, await until('the question', () => question(anna)));
    const number = await until('the request is on the desk', async () => {
      await go('/p/shop/erasures');
      const link = page.locator('main tbody a.unbroken');
      return (await link.count()) > 0 && link.first().innerText();
    });
    await until('it is done', async () => {
      await go(`/p/shop/erasures/${number}`);
      return (await page.getByRole('link', { name: 'Receipt', exact: true }).count()) > 0;
    });
    await look(`/p/shop/erasures/${number}`, 'Done');
    assert.equal(await page.locator('.timeline li:not(.done)').count(), 0);
    await go(`/p/shop/erasures/${number}/receipt`);
    await heading(`Receipt ${number}`);
    await page.getByText('Conversations').waitFor();
  });
});

function stageNow(): Promise<string> {
  return page.locator('.stages [aria-current=step] strong').innerText();
}

function question(userId: number) {
  for (const message of at.sandbox.world.play.messages(userId, userId).toReversed())
    for (const button of message.reply_markup?.inline_keyboard.flat() ?? [])
      if (/Delete my data$/.test(button.text) && 'callback_data' in button)
        return { messageId: message.message_id, data: button.callback_data };
  return undefined;
}

/** Takes up an account in a window of its own, as its invitation says. */
async function enrol(link: string): Promise<void> {
  ({ page } = await browser.open(new URL(link).pathname));
  codes = 0;
  secret = (await page.locator('main code').first().innerText()).replaceAll(' ', '');
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('New password, once more').fill(PASSWORD);
  await page.getByLabel('Code').fill(await code());
  await page.getByRole('button', { name: 'Take up the account' }).click();
  await heading('Keep your recovery codes');
  await page.getByRole('link', { name: 'I have kept them: go on' }).click();
  await page.waitForURL(({ pathname }) => !pathname.startsWith('/enrol'));
}
