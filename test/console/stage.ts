import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pino } from 'pino';
import { generate } from 'otplib';
import type { ArchiveStores } from '../../activities/deps.ts';
import { createAccountActs } from '../../src/acts/accounts.ts';
import { readConfig } from '../../src/config.ts';
import type { Translations } from '../../src/acts/translations.ts';
import { createConsole } from '../../src/console/app.ts';
import type { ConsoleDeps } from '../../src/console/deps.ts';
import type { Route } from '../../src/console/registry.ts';
import { createSignInLimits } from '../../src/console/sign-in/limits.ts';
import { createProvider, type ProviderSettings } from '../../src/console/sign-in/provider.ts';
import { hashOf, newToken } from '../../src/console/sign-in/tokens.ts';
import type { Role } from '../../src/domain/roles.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { createSealer } from '../../src/main/console.ts';
import { openContent } from '../../src/main/console-content.ts';
import { openInstallation } from '../../src/main/console-installation.ts';
import { listenHttp } from '../../src/main/listen-http.ts';
import { addProject, createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';

export const PASSWORD = 'seven quiet otters at noon';

const ACTOR = { kind: 'operator', id: 'test' } as const;

const noStore = () => Promise.reject(new Error('this stage has no archive store'));
const NO_STORES: ArchiveStores = { of: noStore, at: noStore };

/** A browser without scripts: it keeps cookies, follows nothing, and sends forms as browsers do. */
export interface Browser {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Opens the page that has the form, takes its token, and sends it. */
  post(
    path: string,
    fields: Record<string, string | readonly string[]>,
    options?: { readonly from?: string; readonly headers?: Record<string, string>; readonly token?: string },
  ): Promise<Response>;
}

/** A console over real HTTP and a database of its own, with the projects `shop` and `other`. */
export interface ConsoleStage {
  readonly url: string;
  readonly database: TestDatabase;
  readonly deps: ConsoleDeps;
  /** What the clock of the console is ahead. */
  move(ms: number): void;
  now(): Date;
  browser(): Browser;
  /** Invites and enrols somebody over the pages, and signs them in. */
  newcomer(login: string, options?: { readonly administrator?: boolean }): Promise<Newcomer>;
  /** Makes an account with roles and a signed-in browser, without the pages. */
  person(roles: Partial<Record<string, readonly Role[]>>, administrator?: boolean): Promise<StagePerson>;
  /** The same database behind another table of routes. */
  serve(routes: readonly Route[] | undefined): Promise<string>;
  close(): Promise<void>;
}

export interface StagePerson {
  readonly accountId: string;
  readonly login: string;
  readonly browser: Browser;
}

export interface Newcomer extends StagePerson {
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  /** The code of now; each call is a new time step, since a code works once. */
  code(): Promise<string>;
}

export async function openConsoleStage(
  options: {
    readonly provider?: Omit<ProviderSettings, 'url'>;
    readonly passwords?: boolean;
    readonly mountApi?: ConsoleDeps['mountApi'];
    readonly publicUrl?: string;
    readonly port?: number;
    /** Where archives lie; a test that opens none needs none. */
    readonly stores?: ArchiveStores;
    readonly translations?: Translations;
    readonly exportTo?: readonly string[];
    /** What the installation is configured with besides its databases. */
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<ConsoleStage> {
  const database = await createTestDatabase();
  await addProject(database.db);
  await addProject(database.db, testProject({ id: 'other', name: 'Other shop' }));
  let ahead = 0;
  const now = () => new Date(Date.now() + ahead);
  const port = options.port ?? (await freePort());
  const own = `http://127.0.0.1:${port}`;
  const url = options.publicUrl ?? own;
  const { db, acts } = database;
  const deps: ConsoleDeps = {
    db,
    acts,
    accounts: createAccountActs({ db }),
    clock: now,
    log: pino({ level: 'silent' }),
    url,
    provider: options.provider && createProvider({ ...options.provider, url }),
    passwords: options.passwords ?? true,
    limits: createSignInLimits({ db, key: Buffer.alloc(32, 1) }),
    sealer: createSealer(Buffer.alloc(32, 2)),
    content: openContent({
      ...database,
      stores: options.stores ?? NO_STORES,
      translations: options.translations,
      exportTo: options.exportTo ?? [],
    }),
    installation: openInstallation({
      ...{ db, stores: options.stores ?? NO_STORES },
      config: configOf(database, options.environment),
    }),
    workflowUrl: (sessionId) => `http://temporal.invalid/${sessionId}`,
    erasureWorkflowUrl: (erasureId) => `http://temporal.invalid/${erasureId}`,
    ...(options.mountApi && { mountApi: options.mountApi }),
  };
  const servers = [await listenHttp(await createConsole(deps), port)];
  const move = (ms: number) => void (ahead += ms);
  const browser = () => createBrowser(own, new URL(url).origin);

  async function person(roles: Partial<Record<string, readonly Role[]>>, administrator = false) {
    const login = `p-${randomUUID()}`;
    const accountId = await deps.accounts.invite({
      ...{ login, administrator, actor: ACTOR, now: now() },
      tokenHash: hashOf(newToken()),
    });
    for (const [projectId, given = []] of Object.entries(roles))
      await deps.accounts.setRoles({ accountId, projectId, roles: given, actor: ACTOR, now: now() });
    const signedIn = browser();
    const token = newToken();
    await deps.accounts.beginSession({
      ...{ accountId, method: 'password', browser: 'a test', confirmedAt: now(), now: now() },
      tokenHash: hashOf(token),
    });
    signedIn.cookies.set(url.startsWith('https') ? '__Host-session' : 'session', token);
    return { accountId, login, browser: signedIn };
  }

  async function newcomer(login: string, { administrator = false } = {}): Promise<Newcomer> {
    const token = newToken();
    const accountId = await deps.accounts.invite({
      ...{ login, administrator, actor: ACTOR, now: now() },
      tokenHash: hashOf(token),
    });
    const own = browser();
    const page = await (await own.get(`/enrol/${token}`)).text();
    const secret = (/Key: <code>([A-Z2-7 ]+)<\/code>/.exec(page)?.[1] ?? '').replaceAll(' ', '');
    const code = () => {
      move(30_000);
      return generate({ secret, epoch: Math.floor(now().getTime() / 1000) });
    };
    const fields = { password: PASSWORD, again: PASSWORD, code: await code() };
    const answer = await own.post(`/enrol/${token}`, fields);
    const shown = await answer.text();
    const recoveryCodes = [...shown.matchAll(/<li><code>([0-9A-Z-]+)<\/code>/g)].map(([, one]) => one ?? '');
    return { accountId, login, browser: own, secret, recoveryCodes, code };
  }

  return {
    url,
    database,
    deps,
    move,
    now,
    browser,
    person,
    newcomer,
    async serve(routes) {
      const another = await freePort();
      const address = `http://127.0.0.1:${another}`;
      servers.push(await listenHttp(await createConsole({ ...deps, url: address }, routes), another));
      return address;
    },
    async close() {
      for (const server of servers) await server.stop();
      await database.drop();
    },
  };
}

/** Everything of it lies with the secrets of this test; nobody answers where Temporal should be. */
export function configOf(
  { url, keysUrl, secretsDir }: TestDatabase,
  more: Readonly<Record<string, string>> = {},
) {
  return readConfig({
    RETENTION_DATABASE_URL: url,
    RETENTION_KEYS_DATABASE_URL: keysUrl,
    RETENTION_SECRETS: secretsDir,
    RETENTION_PROJECTS: join(secretsDir, 'projects'),
    RETENTION_ARCHIVE: `file://${secretsDir}/archive`,
    RETENTION_TEMPORAL_ADDRESS: '127.0.0.1:9',
    ...more,
  });
}

/** A browser without scripts, of one site. */
export function createBrowser(address: string, origin = address): Browser {
  const cookies = new Map<string, string>();

  async function ask(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (cookies.size > 0 && !headers.has('cookie'))
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(new URL(path, address), { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0\b/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  }

  const get = (path: string, headers: Record<string, string> = {}) => ask(path, { headers });
  return {
    cookies,
    get,
    async post(path, fields, { from = path, headers = {}, token } = {}) {
      const sent = token ?? tokenIn(await (await get(from)).text());
      const body = new URLSearchParams();
      if (sent !== undefined) body.set('_csrf', sent);
      for (const [name, value] of Object.entries(fields))
        for (const one of [value].flat()) body.append(name, one);
      return ask(path, {
        method: 'POST',
        body,
        headers: { origin, 'sec-fetch-site': 'same-origin', referer: `${origin}${from}`, ...headers },
      });
    },
  };
}

/** The token of the forms in a page. */
export function tokenIn(page: string): string | undefined {
  return /name="_csrf" value="([^"]+)"/.exec(page)?.[1];
}

/** Where a page leads on to, without the site. */
export function leadsTo(response: Response): string {
  return response.headers.get('location') ?? '';
}
