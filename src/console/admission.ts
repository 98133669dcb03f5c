import type { Context } from 'hono';
import { accountById, personOf, type Person } from '../db/accounts.ts';
import { findWebSession, type WebSession } from '../db/web-sessions.ts';
import { AppError } from '../domain/errors.ts';
import type { Cookies } from './cookies.ts';
import type { ConsoleDeps } from './deps.ts';
import { TOKEN_FIELD, tokenFits } from './forgery.ts';
import { noteStandpoint, NOBODY, type Frames, type Standpoint } from './frame.ts';
import { createPage, readForm, ROUTE } from './make-page.ts';
import { inProject, notFound, type SignedInPage } from './page.ts';
import { mayOpen, type Route } from './registry.ts';
import { hashOf } from './sign-in/tokens.ts';

/** For so long after proving who one is, acts that ask again do not ask. */
export const STEP_UP_MS = 10 * 60_000;

/** Lets a request through to its handler, or says why not. Nothing else in the console does. */
export function createAdmission(of: {
  readonly deps: ConsoleDeps;
  readonly cookies: Cookies;
  readonly frames: Frames;
}) {
  const { deps, cookies, frames } = of;

  return async function admit(c: Context, route: Route): Promise<Response> {
    const now = deps.clock();
    c.set(ROUTE, route.path);
    const signedIn = await whoAsks(c, now);
    const at: Standpoint = { ...NOBODY, person: signedIn?.person, session: signedIn?.session };
    noteStandpoint(c, at);
    if (route.action !== 'public' && !signedIn) return askToSignIn(c);
    if (route.method === 'POST') await checkToken(c);
    const page = createPage({ c, now, at, deps, frames, cookies });
    if (route.action === 'public') return route.handler(page);
    if (!signedIn) return askToSignIn(c);
    const { person, session } = signedIn;
    const own: SignedInPage = { ...page, person, session, actor: installationActor(person) };
    if (route.scope === 'project') return admitToProject(c, route, own);
    if (!mayOpen(route, person, undefined)) throw notAllowed();
    if (route.stepUp && !isFresh(session, now)) return askAgain(c, own);
    return route.handler(own);
  };

  async function admitToProject(
    c: Context,
    route: Extract<Route, { scope: 'project' }>,
    own: SignedInPage,
  ): Promise<Response> {
    const member = own.person.memberships.find(({ projectId }) => projectId === c.req.param('project'));
    // Whether there is such a project is nobody's business but its staff's.
    if (!member) throw notFound();
    const project = {
      id: member.projectId,
      name: member.projectName,
      timeZone: member.timeZone,
      language: member.language,
    };
    const at: Standpoint = { person: own.person, session: own.session, project };
    noteStandpoint(c, at);
    if (!mayOpen(route, own.person, member)) throw notAllowed();
    if (route.stepUp && !isFresh(own.session, own.now)) return askAgain(c, own);
    const framed = createPage({ c, now: own.now, at, deps, frames, cookies });
    return route.handler(inProject({ ...own, ...framed, person: own.person }, project, member));
  }

  async function whoAsks(
    c: Context,
    now: Date,
  ): Promise<{ person: Person; session: WebSession } | undefined> {
    const token = cookies.session(c);
    if (!token) return undefined;
    const session = await findWebSession(deps.db, hashOf(token), now);
    const account = session && (await accountById(deps.db, session.accountId));
    return session && account ? { session, person: await personOf(deps.db, account) } : undefined;
  }

  async function checkToken(c: Context): Promise<void> {
    const form = await readForm(c);
    if (tokenFits(frames.secret(c), form[TOKEN_FIELD])) return;
    throw new AppError(
      'not_allowed',
      'This form was made before you signed in, or for another browser. Nothing was changed: go back, load the page again, and send it once more.',
    );
  }

  function askToSignIn(c: Context): Response | Promise<Response> {
    if (c.req.method === 'GET') {
      const { pathname, search } = new URL(c.req.url);
      const to = `${pathname}${search}`;
      return c.redirect(to === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(to)}`, 303);
    }
    const view = {
      title: 'You are not signed in any more',
      body: '' as const,
      lead: 'Nothing was changed. Go back to the page you came from, load it again, and sign in.',
    };
    return frames.render(c, NOBODY, view, 401);
  }

  /** A form that was filled in is sent again from its own page: what it held is not kept anywhere. */
  function askAgain(c: Context, page: SignedInPage): Promise<Response> {
    const { pathname, search } = new URL(c.req.method === 'GET' ? c.req.url : comingFrom(c));
    const to = encodeURIComponent(`${pathname}${search}`);
    const flash =
      c.req.method === 'GET'
        ? undefined
        : ({
            tone: 'warning',
            text: 'Nothing was changed yet: confirm that it is you, then send the form again.',
          } as const);
    return page.redirect(`/step-up?to=${to}`, flash);
  }

  function comingFrom(c: Context): string {
    const referer = c.req.header('referer');
    return referer?.startsWith(`${new URL(deps.url).origin}/`) ? referer : deps.url;
  }
}

/** Whether somebody proved who they are a short while ago. */
export function isFresh(session: Pick<WebSession, 'confirmedAt'>, now: Date): boolean {
  return now.getTime() - session.confirmedAt.getTime() < STEP_UP_MS;
}

function installationActor({ accountId, administrator }: Person): SignedInPage['actor'] {
  return { kind: 'staff', id: accountId, ...(administrator && { role: 'admin' }) };
}

function notAllowed(): AppError {
  return new AppError(
    'not_allowed',
    'Your roles do not allow this. Who manages the staff of this project can give you one that does.',
  );
}
