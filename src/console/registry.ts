/**
 * The one table of what the console serves.
 *
 * How to add a page:
 *
 * 1. Write `src/console/pages/<name>.ts` with one function `xPages(deps: ConsoleDeps): Route[]`, and add it to
 *    `src/console/pages/all.ts`.
 * 2. Each route says in the table who may open it; nothing else in a page asks for permission:
 *    - `projectRoute({ action, … })` lives below `/p/:project`. Whoever has no role in that project is told 404,
 *      as for anything that is not there; whoever has one that does not allow `action` is told 403. The action
 *      `'member'` is for whoever has a role there, whichever.
 *    - `installationRoute({ action, … })` is for those who may do the action in every project.
 *    - `signedInRoute({ … })` is for anybody with an account, `publicRoute({ … })` for everybody.
 *    - `stepUp: true` asks again who one is, unless that was proved within ten minutes. Put it on the `GET` of
 *      the page that confirms as well as on the `POST`, so that nobody fills in a form in vain.
 *    - `nav` puts a `GET` without further parameters into the navigation of those who may open it.
 * 3. The handler gets a page (`page.ts`): who asks (`page.person`, `page.actor`), `page.project` and
 *    `page.member` in a project, `page.now`, `page.param('id')`, `page.query(schema)`, `page.form(schema)`, and
 *    answers with `page.html({ title, body })`, `page.redirect(to, { tone: 'done', text })` or `page.svg(…)`.
 *    Look things up with their project's id, and throw AppError `not_found` when there is none: every AppError
 *    becomes a page in words, with the status that fits.
 * 4. Bodies are `html` of `hono/html`, which escapes whatever is put in; `raw` is not for pages. Take tables,
 *    fields, badges and the like from `views/`. A form that posts is `page.postForm({ to, body })`, which brings
 *    the token along.
 *
 * Permission, the checks of the origin, the token, the step-up, and the test of every route × role × project
 * (test/console/matrix.test.ts) all come from this table, so a new page has them without another line.
 */
import { mayDo, type Action } from '../domain/roles.ts';
import type { Person } from '../db/accounts.ts';
import type { Membership } from '../db/staff.ts';
import type { ProjectPage, PublicPage, SignedInPage } from './page.ts';

type Answer = Response | Promise<Response>;

interface Line {
  readonly method: 'GET' | 'POST';
  /** Asks again who one is, unless that was proved a short while ago. */
  readonly stepUp?: true;
  /** Largest body taken, in bytes; 1 MiB where left out. */
  readonly maxBytes?: number;
}

/** Where a page stands in the navigation. */
export interface NavEntry {
  readonly label: string;
  readonly group: NavGroup;
  /** Pages of a group are sorted by it. */
  readonly order: number;
}

export const NAV_GROUPS = ['Work', 'Rules', 'Proof', 'Project', 'Installation'] as const;
export type NavGroup = (typeof NAV_GROUPS)[number];

export interface PublicRoute extends Line {
  readonly scope: 'installation';
  readonly action: 'public';
  readonly path: `/${string}`;
  readonly nav?: never;
  readonly handler: (page: PublicPage) => Answer;
}

export interface SignedInRoute extends Line {
  readonly scope: 'installation';
  readonly action: 'signed-in';
  readonly path: `/${string}`;
  readonly nav?: NavEntry;
  readonly handler: (page: SignedInPage) => Answer;
}

export interface InstallationRoute extends Line {
  readonly scope: 'installation';
  readonly action: Action;
  readonly path: `/${string}`;
  readonly nav?: NavEntry;
  readonly handler: (page: SignedInPage) => Answer;
}

export interface ProjectRoute extends Line {
  readonly scope: 'project';
  /** `'member'` is for whoever has a role in the project, whichever. */
  readonly action: Action | 'member';
  readonly path: `/p/:project${string}`;
  readonly nav?: NavEntry;
  readonly handler: (page: ProjectPage) => Answer;
}

/** One line of the table. */
export type Route = PublicRoute | SignedInRoute | InstallationRoute | ProjectRoute;

/** A line for everybody. */
export function publicRoute(line: Omit<PublicRoute, 'scope' | 'action'>): Route {
  return { ...line, scope: 'installation', action: 'public' };
}

/** A line for anybody with an account. */
export function signedInRoute(line: Omit<SignedInRoute, 'scope' | 'action'>): Route {
  return { ...line, scope: 'installation', action: 'signed-in' };
}

/** A line for those who may do its action in every project. */
export function installationRoute(line: Omit<InstallationRoute, 'scope'>): Route {
  return { ...line, scope: 'installation' };
}

/** A line for those who may do its action in the project of its path. */
export function projectRoute(line: Omit<ProjectRoute, 'scope'>): Route {
  return { ...line, scope: 'project' };
}

/** Whether a person may open a route; in a project, with what they are there. */
export function mayOpen(
  route: Pick<Route, 'scope' | 'action'>,
  person: Person | undefined,
  membership: Membership | undefined,
): boolean {
  const { action } = route;
  if (action === 'public') return true;
  if (!person) return false;
  if (action === 'signed-in') return true;
  if (route.scope === 'installation') return action !== 'member' && mayEverywhere(person, action);
  if (!membership || membership.roles.length === 0) return false;
  return action === 'member' || mayDo(membership.roles, action);
}

/** Whether a person may do something in every project, and so to the installation as a whole. */
export function mayEverywhere(person: Person, action: Action): boolean {
  if (person.administrator && mayDo(['admin'], action)) return true;
  return (
    person.projects > 0 &&
    person.memberships.length === person.projects &&
    person.memberships.every(({ roles }) => mayDo(roles, action))
  );
}
