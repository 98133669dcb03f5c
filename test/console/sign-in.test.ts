import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { hashOf, newToken } from '../../src/console/sign-in/tokens.ts';
import { firstSignIn } from '../../src/main/first-account.ts';
import { configOf, leadsTo, openConsoleStage, PASSWORD, type ConsoleStage, type Newcomer } from './stage.ts';

let at: ConsoleStage;
let ann: Newcomer;

before(async () => {
  at = await openConsoleStage();
  ann = await at.newcomer('ann', { administrator: true });
});
after(() => at.close());

async function signIn(login: string, password: string, code: string, headers = {}) {
  const browser = at.browser();
  const response = await browser.post('/sign-in', { login, password, code }, { headers });
  return { browser, response };
}

async function actionsOf(accountId: string) {
  const rows = await at.database.aside
    .selectFrom('audit_entry')
    .select(['action', 'reason'])
    .where('object_id', '=', accountId)
    .orderBy('seq')
    .execute();
  return rows.map(({ action, reason }) => (reason ? `${action} ${reason}` : action));
}

describe('taking up an account', () => {
  it('signs in, shows ten recovery codes once, and the link is of no use any more', async () => {
    const bob = await at.newcomer('bob');
    assert.equal(bob.recoveryCodes.length, 10);
    assert.equal((await bob.browser.get('/')).status, 200);
    const used = await at.database.aside.selectFrom('account_link').selectAll().execute();
    assert.ok(used.every(({ used_at }) => used_at !== null));
    assert.deepEqual(await actionsOf(bob.accountId), [
      'account.invited',
      'account.enrolled password',
      'account.signed-in password',
    ]);
  });

  it('refuses a link that nobody made, and one that is too old, in the same words', async () => {
    const response = await at.browser().get(`/enrol/${'x'.repeat(43)}`);
    assert.equal(response.status, 404);
    assert.match(await response.text(), /was used already, or is too old/);
  });

  it('keeps passwords as argon2id with the cost OWASP asks for, and secrets sealed', async () => {
    const row = await at.database.aside
      .selectFrom('account')
      .selectAll()
      .where('id', '=', ann.accountId)
      .executeTakeFirstOrThrow();
    assert.match(row.password_hash ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.ok(!row.totp_sealed?.includes(ann.secret));
  });

  it('takes no short password, and none with the name in it', async () => {
    const token = await inviteLink('cleo');
    for (const [password, words] of [
      ['short', /12 characters or more/],
      ['cleo is my name', /guessed first/],
      ['aaaaaaaaaaaaaaa', /repeats a few characters/],
    ] as const) {
      const fields = { password, again: password, code: '000000' };
      const response = await at.browser().post(`/enrol/${token}`, fields);
      assert.equal(response.status, 422);
      assert.match(await response.text(), words);
    }
  });
});

async function inviteLink(login: string): Promise<string> {
  const { hashOf, newToken } = await import('../../src/console/sign-in/tokens.ts');
  const token = newToken();
  await at.deps.accounts.invite({
    ...{ login, tokenHash: hashOf(token), now: at.now() },
    actor: { kind: 'operator', id: 'test' },
  });
  return token;
}

describe('signing in with a password', () => {
  it('lets in who has name, password and code, and goes on where they wanted to', async () => {
    const browser = at.browser();
    assert.equal(leadsTo(await browser.get('/people?x=1')), '/sign-in?to=%2Fpeople%3Fx%3D1');
    const fields = { login: 'Ann', password: PASSWORD, code: await ann.code(), to: '/people?x=1' };
    assert.equal(leadsTo(await browser.post('/sign-in', fields)), '/people?x=1');
    assert.equal((await browser.get('/people')).status, 200);
  });

  it('never goes on to another site', async () => {
    const others = ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'];
    for (const to of [...others, '/.//evil.example', '/x/..//evil.example']) {
      const browser = at.browser();
      const fields = { login: 'ann', password: PASSWORD, code: await ann.code(), to };
      assert.equal(leadsTo(await browser.post('/sign-in', fields)), '/', to);
    }
  });

  it('answers the same to a wrong name, password and code', async () => {
    const wrong = [
      await signIn('nobody-here', PASSWORD, await ann.code()),
      await signIn('ann', 'another sentence here', await ann.code()),
      await signIn('ann', PASSWORD, '000000'),
    ];
    const pages = await Promise.all(
      wrong.map(async ({ response }) => {
        assert.equal(response.status, 401);
        const page = await response.text();
        return page.replace(/value="[^"]*"/g, '').replace(/\s+/g, ' ');
      }),
    );
    assert.equal(new Set(pages).size, 1);
  });

  it('takes a code once', async () => {
    const code = await ann.code();
    assert.equal((await signIn('ann', PASSWORD, code)).response.status, 303);
    assert.equal((await signIn('ann', PASSWORD, code)).response.status, 401);
  });

  it('takes a recovery code once, in place of the authenticator', async () => {
    const [code = ''] = ann.recoveryCodes;
    assert.equal((await signIn('ann', PASSWORD, code.toLowerCase())).response.status, 303);
    assert.equal((await signIn('ann', PASSWORD, code)).response.status, 401);
  });

  it('slows down whoever guesses, and forgets it after a quarter of an hour', async () => {
    const dora = await at.newcomer('dora');
    const statuses: number[] = [];
    for (let n = 0; n < 10; n++)
      statuses.push((await signIn('dora', 'wrong sentence here', '000000')).response.status);
    assert.deepEqual(statuses, [...Array<number>(8).fill(401), 429, 429]);
    assert.equal((await signIn('dora', PASSWORD, await dora.code())).response.status, 429);
    const limits = (await actionsOf(dora.accountId)).filter((action) => action.endsWith('limit'));
    assert.equal(limits.length, 1, 'who goes on does not fill the audit');
    await sql`update sign_in_limit set expire = 0`.execute(at.database.aside);
    assert.equal((await signIn('dora', PASSWORD, await dora.code())).response.status, 303);
    const keys = await at.database.aside.selectFrom('sign_in_limit').select('key').execute();
    assert.ok(!keys.some(({ key }) => /dora|127\.0/.test(key)));
  });

  it('lets nobody in whose account is disabled, and ends their sessions at once', async () => {
    const ed = await at.newcomer('ed');
    const act = { accountId: ed.accountId, actor: { kind: 'operator', id: 'test' }, now: at.now() } as const;
    await at.deps.accounts.setDisabled({ ...act, disabled: true });
    assert.match(leadsTo(await ed.browser.get('/')), /^\/sign-in/);
    assert.equal((await signIn('ed', PASSWORD, await ed.code())).response.status, 401);
  });

  it('writes every sign-in and failure into the audit, without names', async () => {
    const { rows } = await sql<{ text: string }>`select audit_entry::text as text from audit_entry`.execute(
      at.database.aside,
    );
    const all = rows.map(({ text }) => text).join('\n');
    assert.match(all, /account\.sign-in-failed/);
    assert.doesNotMatch(all, /nobody-here|\bann\b|dora/);
    assert.ok((await actionsOf('unknown')).includes('account.sign-in-failed sign-in'));
  });
});

describe('a session', () => {
  it('has a new secret at each sign-in and at each step-up, and the old one is worth nothing', async () => {
    const { browser } = await signIn('ann', PASSWORD, await ann.code());
    const first = browser.cookies.get('session');
    await browser.post('/step-up', { password: PASSWORD, code: await ann.code(), to: '/' });
    const second = browser.cookies.get('session');
    assert.notEqual(first, second);
    const old = at.browser();
    old.cookies.set('session', first ?? '');
    assert.match(leadsTo(await old.get('/account')), /^\/sign-in/);
    assert.equal((await browser.get('/account')).status, 200);
    await browser.post(
      '/sign-in',
      { login: 'ann', password: PASSWORD, code: await ann.code() },
      { from: '/account' },
    );
    assert.notEqual(browser.cookies.get('session'), second);
    old.cookies.set('session', second ?? '');
    assert.match(leadsTo(await old.get('/account')), /^\/sign-in/);
  });

  it('takes no secret that a stranger chose', async () => {
    const browser = at.browser();
    browser.cookies.set('session', 'chosen-by-a-stranger');
    await browser.post('/sign-in', { login: 'ann', password: PASSWORD, code: await ann.code() });
    assert.notEqual(browser.cookies.get('session'), 'chosen-by-a-stranger');
  });

  it('is kept as a hash of 256 bits alone', async () => {
    const { browser } = await signIn('ann', PASSWORD, await ann.code());
    const token = browser.cookies.get('session') ?? '';
    assert.equal(Buffer.from(token, 'base64url').length, 32);
    const { rows } = await sql<{ text: string }>`select web_session::text as text from web_session`.execute(
      at.database.aside,
    );
    assert.ok(rows.every(({ text }) => !text.includes(token)));
  });

  it('ends after an hour without a request, and after twelve in any case', async () => {
    const idle = await at.person({});
    at.move(59 * 60_000);
    assert.equal((await idle.browser.get('/')).status, 200);
    at.move(61 * 60_000);
    assert.match(leadsTo(await idle.browser.get('/')), /^\/sign-in/);
    const busy = await at.person({});
    for (let hour = 0; hour < 13; hour++) {
      at.move(55 * 60_000);
      await busy.browser.get('/');
    }
    at.move(10 * 60_000);
    assert.match(leadsTo(await busy.browser.get('/')), /^\/sign-in/);
  });

  it('can be ended from another one, and everywhere else at once', async () => {
    const { browser: here } = await signIn('ann', PASSWORD, await ann.code());
    const { browser: there } = await signIn('ann', PASSWORD, await ann.code());
    await here.post('/account/sign-out', {}, { from: '/account' });
    assert.match(leadsTo(await there.get('/')), /^\/sign-in/);
    assert.equal((await here.get('/account')).status, 200);
  });

  it('ends when its person signs out, in the database as well', async () => {
    const { browser } = await signIn('ann', PASSWORD, await ann.code());
    const token = browser.cookies.get('session') ?? '';
    await browser.post('/sign-out', {}, { from: '/account' });
    assert.equal(browser.cookies.has('session'), false);
    browser.cookies.set('session', token);
    assert.match(leadsTo(await browser.get('/')), /^\/sign-in/);
  });

  it('loses a role with the next request', async () => {
    const fay = await at.person({ shop: ['supervisor'] });
    assert.equal((await fay.browser.get('/p/shop')).status, 200);
    await at.deps.accounts.setRoles({
      ...{ accountId: fay.accountId, projectId: 'shop', roles: [], now: at.now() },
      actor: { kind: 'operator', id: 'test' },
    });
    assert.equal((await fay.browser.get('/p/shop')).status, 404);
  });
});

describe('the cookies', () => {
  it('are out of reach of scripts and of other sites, on loopback without the prefix that needs https', async () => {
    const response = await at.browser().get('/sign-in');
    const [visitor = ''] = response.headers.getSetCookie();
    assert.match(visitor, /^visitor=/);
    assert.match(visitor, /HttpOnly/);
    assert.match(visitor, /SameSite=Lax/);
    assert.doesNotMatch(visitor, /Domain/);
  });

  it('carry __Host- and Secure over https', async () => {
    const stage = await openConsoleStage({ publicUrl: 'https://console.example.com' });
    try {
      const gil = await stage.newcomer('gil');
      assert.deepEqual([...gil.browser.cookies.keys()].sort(), ['__Host-session', '__Host-visitor']);
      const response = await stage.browser().get('/sign-in');
      assert.match(response.headers.getSetCookie().join(), /__Host-visitor=.*Path=\/.*Secure/);
      assert.match(response.headers.get('strict-transport-security') ?? '', /max-age=/);
    } finally {
      await stage.close();
    }
  });
});

describe('the last administrator', () => {
  it('can neither be disabled nor lose the right, by nobody', async () => {
    const act = { accountId: ann.accountId, actor: { kind: 'operator', id: 'test' }, now: at.now() } as const;
    await assert.rejects(at.deps.accounts.setDisabled({ ...act, disabled: true }), /last administrator/);
    await assert.rejects(
      at.deps.accounts.setAdministrator({ ...act, administrator: false }),
      /last administrator/,
    );
  });

  it('keeps two of them from taking the right from each other at once', async () => {
    const hal = await at.newcomer('hal', { administrator: true });
    const by = (accountId: string) => ({ kind: 'staff', id: accountId }) as const;
    const outcomes = await Promise.allSettled(
      [ann, hal].map(({ accountId }, place) =>
        at.deps.accounts.setAdministrator({
          ...{ accountId, administrator: false, now: at.now() },
          actor: by([hal, ann][place]?.accountId ?? ''),
        }),
      ),
    );
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });
});

describe('one human', () => {
  it('is one member of staff by Telegram id and by account, with the roles of both', async () => {
    const { aside, db } = at.database;
    const iva = await at.person({ shop: ['compliance'] });
    await at.deps.accounts.setTelegram({
      ...{ accountId: iva.accountId, telegramUserId: 502, now: at.now() },
      actor: { kind: 'operator', id: 'test' },
    });
    const rows = await aside
      .selectFrom('staff')
      .select(['telegram_user_id', 'roles'])
      .where('project_id', '=', 'shop')
      .where('account_id', '=', iva.accountId)
      .execute();
    assert.deepEqual(rows, [{ telegram_user_id: 502, roles: ['supervisor', 'compliance'] }]);
    assert.match(await (await iva.browser.get('/p/shop')).text(), /supervisor/);
    assert.ok(db);
  });

  it('keeps the roles that the console gave when the project’s file is read again', async () => {
    const { addProject } = await import('../support/database.ts');
    const before = await rolesIn('shop');
    await addProject(at.database.db);
    assert.deepEqual(await rolesIn('shop'), before);
  });
});

async function rolesIn(projectId: string) {
  return at.database.aside
    .selectFrom('staff')
    .select(['id', 'roles'])
    .where('project_id', '=', projectId)
    .orderBy('id')
    .execute();
}

describe('an account that acts as a person of the Telegram staff', () => {
  const told = async (accountId: string) => {
    const rows = await at.database.aside
      .selectFrom('delivery')
      .select('payload')
      .where('kind', '=', 'account')
      .orderBy('id')
      .execute();
    return rows.flatMap(({ payload }) => (payload['accountId'] === accountId ? [payload['news']] : []));
  };
  const link = () => hashOf(newToken());
  const console = () => ({ actor: { kind: 'staff', id: ann.accountId } as const, now: at.now() });
  const machine = () => ({ actor: { kind: 'operator', id: 'test' } as const, now: at.now() });

  it('is linked to who decides on the machine alone, and the person is told', async () => {
    await at.database.aside
      .insertInto('staff')
      .values({
        ...{ id: randomUUID(), project_id: 'other', telegram_user_id: 7001, created_at: at.now() },
        roles: ['supervisor'],
        file_roles: ['supervisor'],
      })
      .execute();
    const asked = { login: 'seven', telegramUserId: 7001 };
    const invite = (act: ReturnType<typeof console> | ReturnType<typeof machine>) =>
      at.deps.accounts.invite({ ...asked, ...act, tokenHash: link() });
    await assert.rejects(invite(console()), /the console does not link it/);
    const accountId = await invite(machine());
    assert.deepEqual(await told(accountId), ['linked']);
    assert.deepEqual(await actionsOf(accountId), ['account.invited', 'account.telegram-linked']);
    await at.deps.accounts.reset({ accountId, ...console(), tokenHash: link() });
    assert.deepEqual(await told(accountId), ['linked', 'reset']);
  });

  it('is not reset in the console, where it is that of the last administrator', async () => {
    const { aside } = at.database;
    await aside
      .updateTable('account')
      .set({ administrator: false })
      .where('id', '!=', ann.accountId)
      .execute();
    await aside.updateTable('account').set({ administrator: true }).where('id', '=', ann.accountId).execute();
    const reset = (act: ReturnType<typeof console> | ReturnType<typeof machine>) =>
      at.deps.accounts.reset({ accountId: ann.accountId, ...act, tokenHash: link() });
    await assert.rejects(reset(console()), /last administrator/);
    await reset(machine());
  });

  it('leaves the name admin to who has it, when the first link is made', async () => {
    await at.newcomer('admin');
    const { db } = at.database;
    const config = configOf(at.database);
    assert.match((await firstSignIn({ db, config })) ?? '', /\/enrol\//);
    assert.ok(await firstSignIn({ db, config }), 'the next start makes a new link of the same name');
    const rows = await at.database.aside
      .selectFrom('account')
      .select(['login', 'administrator'])
      .where('login', 'like', 'admin%')
      .orderBy('login')
      .execute();
    assert.deepEqual(rows, [
      { login: 'admin', administrator: false },
      { login: 'admin-2', administrator: true },
    ]);
  });
});
