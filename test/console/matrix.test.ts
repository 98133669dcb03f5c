import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { consolePages } from '../../src/console/pages/all.ts';
import type { Route } from '../../src/console/registry.ts';
import { mayDo, ROLES, type Role } from '../../src/domain/roles.ts';
import { createBrowser, openConsoleStage, type ConsoleStage, type StagePerson } from './stage.ts';

let at: ConsoleStage;
let address: string;
/** Somebody with one role in the project `shop` and none in `other`. */
const people = new Map<Role | 'administrator' | 'nobody', StagePerson>();

/** What an address holds in place of an id that no project has. */
const NO_ID = '00000000-0000-4000-8000-000000000000';

// The table itself, with handlers that only say that they were reached: what is let through, and nothing more.
const tableOf = (stage: ConsoleStage) =>
  consolePages(stage.deps).map((route) => ({ ...route, handler: () => new Response('reached') }));

before(async () => {
  at = await openConsoleStage();
  address = await at.serve(tableOf(at));
  for (const role of ROLES) people.set(role, await at.person({ shop: [role] }));
  people.set('administrator', await at.person({}, true));
  people.set('nobody', await at.person({}));
});

after(() => at.close());

const routes = consolePages({} as never);

describe('every route of the console', () => {
  for (const route of routes)
    describe(`${route.method} ${route.path}`, () => {
      for (const project of route.scope === 'project' ? (['shop', 'other'] as const) : ([undefined] as const))
        for (const who of [...ROLES, 'administrator', 'nobody'] as const) {
          const expected = answerFor(route, who, project);
          it(`${who}${project ? ` in ${project}` : ''}: ${expected}`, async () => {
            const response = await ask(route, people.get(who)?.browser.cookies, project);
            const text = await response.text();
            assert.equal(response.status, expected, text.slice(0, 200));
            assert.equal(text === 'reached', expected === 200);
          });
        }

      if (route.action !== 'public')
        it('leads nobody in who is not signed in', async () => {
          const response = await ask(route, new Map(), 'shop');
          if (route.method === 'GET') {
            assert.equal(response.status, 303);
            assert.match(response.headers.get('location') ?? '', /^\/sign-in/);
          } else assert.equal(response.status, 401);
        });

      if (route.method === 'POST') {
        it('takes no form of another site, and none without the token', async () => {
          const { cookies } = people.get('administrator')!.browser;
          const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
          assert.equal((await ask(route, cookies, 'shop', { headers: foreign })).status, 403);
          assert.equal((await ask(route, cookies, 'shop', { token: 'x' })).status, 403);
        });
      }
    });

  it('asks again who one is where the table says so, and nowhere else', async () => {
    at.move(11 * 60_000);
    for (const route of routes.filter(({ action }) => action !== 'public')) {
      const who = whoMay(route);
      if (!who) continue;
      const response = await ask(route, people.get(who)?.browser.cookies, 'shop');
      const asked = response.headers.get('location')?.startsWith('/step-up?to=') ?? false;
      assert.equal(asked, route.stepUp === true, `${route.method} ${route.path}`);
    }
  });

  it('has no line twice', () => {
    const names = routes.map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(
      names.filter((name, place) => names.indexOf(name) !== place),
      [],
    );
  });
});

function answerFor(route: Route, who: Role | 'administrator' | 'nobody', project: string | undefined) {
  const { action } = route;
  if (action === 'public' || action === 'signed-in') return 200;
  const roles: readonly Role[] = who === 'nobody' ? [] : who === 'administrator' ? ['admin'] : [who];
  const everywhere = who === 'administrator';
  if (route.scope === 'installation')
    return everywhere && action !== 'member' && mayDo(['admin'], action) ? 200 : 403;
  const inside = everywhere || (project === 'shop' && roles.length > 0);
  if (!inside) return 404;
  return action === 'member' || mayDo(roles, action) ? 200 : 403;
}

function whoMay(route: Route) {
  return ([...ROLES, 'administrator'] as const).find((who) => answerFor(route, who, 'shop') === 200);
}

async function ask(
  route: Route,
  cookies: ReadonlyMap<string, string> | undefined,
  project: string | undefined,
  { headers, token }: { headers?: Record<string, string>; token?: string } = {},
): Promise<Response> {
  const browser = createBrowser(address);
  for (const [name, value] of cookies ?? []) browser.cookies.set(name, value);
  const path = route.path.replace(':project', project ?? 'shop').replace(/:\w+/g, NO_ID);
  if (route.method === 'GET') return browser.get(path);
  // No page is served here but stubs; the page for what is not there has forms as well.
  return browser.post(
    path,
    {},
    { from: '/no-such-page', ...(headers && { headers }), ...(token && { token }) },
  );
}
