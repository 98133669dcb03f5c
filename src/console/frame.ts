import type { Context } from 'hono';
import type { Person } from '../db/accounts.ts';
import type { Flash } from '../db/console-tables.ts';
import { setFlash, type WebSession } from '../db/web-sessions.ts';
import type { Assets } from './assets.ts';
import type { Cookies } from './cookies.ts';
import type { ConsoleDeps } from './deps.ts';
import { formToken } from './forgery.ts';
import type { ProjectLine, View } from './page.ts';
import { mayOpen, type Route } from './registry.ts';
import { layout, type NavLink } from './views/layout.ts';

/** Who a page is for, and where it stands. */
export interface Standpoint {
  readonly person: Person | undefined;
  readonly session: WebSession | undefined;
  readonly project: ProjectLine | undefined;
}

export const NOBODY: Standpoint = { person: undefined, session: undefined, project: undefined };

const STANDPOINT = 'standpoint';

/** Keeps with a request who asks, for the page of an error. */
export function noteStandpoint(c: Context, at: Standpoint): void {
  c.set(STANDPOINT, at);
}

export function standpointOf(c: Context): Standpoint | undefined {
  return c.get(STANDPOINT) as Standpoint | undefined;
}

/** Puts pages into the frame that all share. */
export interface Frames {
  render(c: Context, at: Standpoint, view: View, status: number): Promise<Response>;
  /** The token of the forms of this browser. */
  token(c: Context): string;
  /** The secret behind the token. */
  secret(c: Context): string;
}

export function createFrames(of: {
  readonly deps: Pick<ConsoleDeps, 'db'>;
  readonly routes: readonly Route[];
  readonly cookies: Cookies;
  readonly assets: Assets;
}): Frames {
  const { deps, routes, cookies, assets } = of;
  const secret = (c: Context) => cookies.session(c) ?? cookies.visitor(c);
  const token = (c: Context) => formToken(secret(c));
  return {
    secret,
    token,
    async render(c, { person, session, project }, view, status) {
      const flash = await takeFlash(session);
      const html = await layout(view, {
        person,
        project,
        nav: person ? navFor(routes, person, project, c.req.path) : [],
        theme: cookies.theme(c),
        // What a form was sent to cannot be opened again; its page can.
        path: c.req.method === 'GET' ? pathOf(c) : '/',
        token: token(c),
        flash,
        assets: assets.paths,
      });
      return c.html(html, status as 200);
    },
  };

  async function takeFlash(session: WebSession | undefined): Promise<Flash | undefined> {
    if (!session?.flash) return undefined;
    await setFlash(deps.db, session.id, null);
    return session.flash;
  }
}

function pathOf(c: Context): string {
  const { pathname, search } = new URL(c.req.url);
  return `${pathname}${search}`;
}

/** What a person may open from here: of the project they are in, and of the installation. */
export function navFor(
  routes: readonly Route[],
  person: Person,
  project: ProjectLine | undefined,
  path: string,
): NavLink[] {
  const membership = person.memberships.find(({ projectId }) => projectId === project?.id);
  const links = routes.flatMap((route) => {
    if (!route.nav || !mayOpen(route, person, membership)) return [];
    const href = route.path.replace(':project', project?.id ?? '');
    return [{ ...route.nav, href }];
  });
  // The page of a customer is in no menu: it belongs to the sessions, as the way there says.
  const shown = path.replace(/^(\/p\/[^/]+)\/customers\//, '$1/sessions/').replace(/\/doctor$/, '/settings');
  const start = `/p/${project?.id ?? ''}`;
  const current = links
    .map(({ href }) => href)
    .filter((href) => shown === href || (href !== start && shown.startsWith(`${href}/`)))
    .sort((a, b) => b.length - a.length)[0];
  return links
    .sort((a, b) => a.order - b.order)
    .map(({ label, group, href }) => ({ label, group, href, current: href === current }));
}
