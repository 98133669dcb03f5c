import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hashOf, newToken } from '../../src/console/sign-in/tokens.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { CLIENT, startProvider, type ProviderStage } from './provider-stage.ts';
import { leadsTo, openConsoleStage, type Browser, type ConsoleStage } from './stage.ts';

let provider: ProviderStage;
let at: ConsoleStage;

before(async () => {
  const port = await freePort();
  provider = await startProvider(`http://127.0.0.1:${port}/sign-in/callback`);
  at = await openConsoleStage({
    port,
    passwords: false,
    provider: { issuer: provider.issuer, ...CLIENT, name: 'the test', telegramClaim: 'telegram_id' },
  });
});

after(async () => {
  await at.close();
  await provider.close();
});

/** From the console to the provider and back, in one browser. */
async function round(browser: Browser, from: string): Promise<Response> {
  const back = await provider.visit(leadsTo(await browser.get(from)));
  return browser.get(`${back.pathname}${back.search}`);
}

async function invited(login: string): Promise<string> {
  const token = newToken();
  await at.deps.accounts.invite({
    ...{ login, tokenHash: hashOf(token), now: at.now() },
    actor: { kind: 'operator', id: 'test' },
  });
  return token;
}

describe('signing in with a provider', () => {
  it('lets in whoever took up an invitation with it, and nobody else', async () => {
    provider.who.subject = 'ann-at-provider';
    const stranger = at.browser();
    assert.equal((await round(stranger, '/sign-in/provider')).status, 403);
    assert.match(leadsTo(await stranger.get('/')), /^\/sign-in/);
    const browser = at.browser();
    assert.equal((await round(browser, `/enrol/${await invited('ann')}/provider`)).status, 303);
    assert.match(await (await browser.get('/account')).text(), /ann/);
    const again = at.browser();
    assert.equal(leadsTo(await round(again, '/sign-in/provider?to=%2Faccount')), '/account');
    assert.equal((await again.get('/account')).status, 200);
  });

  it('asks with code, PKCE, nonce and state', async () => {
    const url = new URL(leadsTo(await at.browser().get('/sign-in/provider')));
    assert.equal(url.searchParams.get('response_type'), 'code');
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
    for (const name of ['code_challenge', 'nonce', 'state'])
      assert.ok((url.searchParams.get(name) ?? '').length >= 43, name);
  });

  it('ends a sign-in in the browser that began it alone, and once', async () => {
    const browser = at.browser();
    const back = await provider.visit(leadsTo(await browser.get('/sign-in/provider')));
    const path = `${back.pathname}${back.search}`;
    const other = at.browser();
    await other.get('/sign-in');
    assert.equal((await other.get(path)).status, 403);
    assert.equal((await browser.get(path)).status, 303);
    assert.equal((await browser.get(path)).status, 403);
  });

  it('refuses a code that belongs to another sign-in', async () => {
    const browser = at.browser();
    const one = await provider.visit(leadsTo(await browser.get('/sign-in/provider')));
    const two = await provider.visit(leadsTo(await browser.get('/sign-in/provider')));
    two.searchParams.set('code', one.searchParams.get('code') ?? '');
    assert.equal((await browser.get(`${two.pathname}${two.search}`)).status, 403);
  });

  it('offers no password where passwords are off', async () => {
    const browser = at.browser();
    assert.doesNotMatch(await (await browser.get('/sign-in')).text(), /type="password"/);
    const fields = { login: 'ann', password: 'x', code: '000000' };
    assert.equal((await browser.post('/sign-in', fields)).status, 404);
  });
});

describe('staff who are known by a Telegram id', () => {
  it('sign in without an invitation, as the same member of staff', async () => {
    Object.assign(provider.who, { subject: 'telegram-502', telegramId: 502 });
    const browser = at.browser();
    assert.equal((await round(browser, '/sign-in/provider')).status, 303);
    assert.match(await (await browser.get('/p/shop')).text(), /supervisor/);
    const rows = await at.database.aside
      .selectFrom('staff')
      .select(['project_id', 'account_id'])
      .where('telegram_user_id', '=', 502)
      .execute();
    assert.equal(new Set(rows.map(({ account_id }) => account_id)).size, 1);
    assert.ok(rows[0]?.account_id);
  });

  it('are let in by that id alone: a Telegram id of no staff is nobody', async () => {
    Object.assign(provider.who, { subject: 'telegram-999', telegramId: 999 });
    assert.equal((await round(at.browser(), '/sign-in/provider')).status, 403);
  });
});

describe('a step-up with a provider', () => {
  it('makes the person sign in there anew, and has to be the same person', async () => {
    Object.assign(provider.who, { subject: 'ann-at-provider', telegramId: undefined });
    const browser = at.browser();
    await round(browser, '/sign-in/provider');
    at.move(11 * 60_000);
    assert.equal(
      leadsTo(await browser.get('/account/authenticator')),
      '/step-up?to=%2Faccount%2Fauthenticator',
    );
    const url = new URL(leadsTo(await browser.get('/step-up/provider?to=%2Faccount%2Fauthenticator')));
    assert.equal(url.searchParams.get('max_age'), '0');
    provider.who.subject = 'telegram-502';
    assert.equal((await round(browser, '/step-up/provider?to=%2Faccount')).status, 403);
    assert.match(leadsTo(await browser.get('/account/authenticator')), /^\/step-up/);
    at.move(-11 * 60_000);
    provider.who.subject = 'ann-at-provider';
    assert.equal(leadsTo(await round(browser, '/step-up/provider?to=%2Faccount')), '/account');
    assert.equal((await browser.get('/account/authenticator')).status, 200);
  });
});

describe('a provider that does not say when somebody signed in', () => {
  it('confirms nobody who has an authenticator to confirm with', async () => {
    const port = await freePort();
    const silent = await startProvider(`http://127.0.0.1:${port}/sign-in/callback`, { authTime: false });
    const stage = await openConsoleStage({
      port,
      provider: { issuer: silent.issuer, ...CLIENT, name: 'the test', telegramClaim: undefined },
    });
    try {
      silent.who.subject = 'ann';
      const visit = async (from: string) => {
        const browser = stage.browser();
        const back = await silent.visit(leadsTo(await browser.get(from)));
        assert.equal((await browser.get(`${back.pathname}${back.search}`)).status, 303);
        return browser.get('/account/authenticator');
      };
      const token = newToken();
      await stage.deps.accounts.invite({
        ...{ login: 'ann', tokenHash: hashOf(token), now: stage.now() },
        actor: { kind: 'operator', id: 'test' },
      });
      assert.equal((await visit(`/enrol/${token}/provider`)).status, 200);
      await stage.database.aside
        .updateTable('account')
        .set({ totp_sealed: Buffer.alloc(40) })
        .execute();
      assert.match(leadsTo(await visit('/sign-in/provider')), /^\/step-up/);
    } finally {
      await stage.close();
      await silent.close();
    }
  });
});
