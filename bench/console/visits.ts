import { mayOpen, type Route } from '../../src/console/registry.ts';
import { accountById, personOf } from '../../src/db/accounts.ts';
import { createBrowser, type Browser, type ConsoleStage } from '../../test/console/stage.ts';

function day(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** Pages that are asked for with more than their address. */
const QUERIES: Readonly<Record<string, readonly string[]>> = {
  '/p/:project/sessions': [
    '?phase=archived',
    '?phase=deleted',
    '?tag=refund',
    '?tag=rare',
    '?held=yes',
    '?restricted=yes',
    `?from=${day(-900)}&to=${day(-890)}`,
    '?late=yes',
    '?done=archive',
    '?done=archive-late',
    '?done=review',
    '?done=review-late',
    '?done=deletion',
    '?done=deletion-late',
    '?stored=yes',
    '?stored=yes&untagged=yes',
    '?stored=yes&tag=rare',
    `?due=${day(7)}&rule=default`,
    '?q=tag:rare',
    '?q=user:1000042',
  ],
  '/p/:project/erasures': ['?done=promise', '?done=24'],
};

/** Milliseconds to the first byte of a page; the rest of it is read and thrown away. */
export async function firstByte(browser: Browser, path: string): Promise<{ ms: number; status: number }> {
  const began = performance.now();
  const response = await browser.get(path);
  const reader = response.body?.getReader();
  await reader?.read();
  const ms = performance.now() - began;
  while (reader && !(await reader.read()).done);
  return { ms, status: response.status };
}

/** Somebody signed in, and what they may open. */
export interface Visitor {
  readonly role: string;
  readonly browser: Browser;
  readonly mayOpen: (route: Route) => boolean;
}

/** A supervisor and a compliance officer of a project, and an administrator of the installation. */
export async function visitors(
  stage: ConsoleStage,
  { address, projectId }: { address: string; projectId: string },
): Promise<Visitor[]> {
  const people = [
    { role: 'supervisor', person: await stage.person({ [projectId]: ['supervisor'] }) },
    { role: 'compliance', person: await stage.person({ [projectId]: ['compliance'] }) },
    { role: 'administrator', person: await stage.person({}, true) },
  ];
  const all: Visitor[] = [];
  for (const { role, person } of people) {
    const browser = createBrowser(address);
    for (const [name, value] of person.browser.cookies) browser.cookies.set(name, value);
    const account = await accountById(stage.deps.db, person.accountId);
    const known = account && (await personOf(stage.deps.db, account));
    const membership = known?.memberships.find((one) => one.projectId === projectId);
    all.push({ role, browser, mayOpen: (route) => mayOpen(route, known, membership) });
  }
  return all;
}

/** The pages that somebody may open without knowing an id. */
export function* pagesFor(
  visitor: Visitor,
  routes: readonly Route[],
  only: string,
): Iterable<{ route: Route; query: string }> {
  for (const route of routes) {
    if (route.method !== 'GET' || route.action === 'public' || !visitor.mayOpen(route)) continue;
    if (/:(?!project\b)/.test(route.path) || !route.path.includes(only)) continue;
    for (const query of ['', ...(QUERIES[route.path] ?? [])]) yield { route, query };
  }
}
