import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { renewOverviews } from '../../src/db/overview.ts';
import type { Role } from '../../src/domain/roles.ts';
import { openBrowser, type BrowserStage } from './browser.ts';
import { addReview } from './review-stage.ts';
import { openSessionsStage, type SessionsStage } from './sessions-stage.ts';
import type { StagePerson } from './stage.ts';

let at: SessionsStage;
let live: string;
const people = new Map<Role, StagePerson>();

before(async () => {
  at = await openSessionsStage();
  for (const role of ['agent', 'supervisor', 'compliance', 'auditor', 'admin'] as const)
    people.set(role, await at.person({ shop: [role] }));
  live = (await at.say('Where is my parcel?')).sessionId;
  await renewOverviews(at.database.db, at.now());
});
after(() => at?.stop());

interface Day {
  /** Everything that the navigation leads to in the project, in its order. */
  readonly sees: readonly string[];
  readonly refused: readonly string[];
}

const DAYS: Readonly<Record<Role, Day>> = {
  agent: {
    sees: ['', '/sessions'],
    refused: ['/reviews', '/holds', '/erasures', '/policies', '/audit', '/settings', '/exports'],
  },
  supervisor: {
    sees: [
      '',
      '/overview',
      '/sessions',
      '/reviews',
      '/approvals',
      '/erasures',
      '/exports',
      '/policies',
      '/holds',
    ],
    refused: ['/policies/edit', '/audit', '/settings', '/people', '/tokens', '/webhooks'],
  },
  compliance: {
    sees: [
      ...[
        '',
        '/overview',
        '/sessions',
        '/reviews',
        '/approvals',
        '/erasures',
        '/exports',
        '/policies',
        '/holds',
      ],
      '/audit',
    ],
    refused: ['/settings', '/people', '/tokens', '/webhooks'],
  },
  auditor: {
    sees: ['', '/audit'],
    refused: ['/overview', '/sessions', '/reviews', '/erasures', '/policies', '/settings'],
  },
  admin: {
    sees: ['', '/overview', '/policies', '/settings', '/people', '/tokens', '/webhooks'],
    refused: ['/sessions', '/reviews', '/holds', '/erasures', '/exports', '/audit', '/policies/edit'],
  },
};

const browserOf = (role: Role) => people.get(role)!.browser;
const nameOf = (path: string) => `/p/shop${path}`;

async function text(answer: Promise<Response>, status = 200): Promise<string> {
  const response = await answer;
  const body = await response.text();
  assert.equal(response.status, status, body.slice(0, 2000));
  return body;
}

describe('what the console is to each role', () => {
  for (const [role, { sees, refused }] of Object.entries(DAYS) as [Role, Day][]) {
    it(`${role}: the navigation leads to their pages and to no other`, async () => {
      const page = await text(browserOf(role).get('/p/shop'));
      const [, nav = ''] = /<nav[^>]*>([\s\S]*?)<\/nav>/.exec(page) ?? [];
      const links = [...nav.matchAll(/href="\/p\/shop([^"]*)"/g)].map(([, path]) => path ?? '');
      assert.deepEqual(links, sees);
      for (const path of links) await text(browserOf(role).get(nameOf(path)));
    });

    it(`${role}: is refused what is not theirs`, async () => {
      for (const path of refused) await text(browserOf(role).get(nameOf(path)), 403);
      await text(browserOf(role).get('/p/other'), 404);
      for (const path of ['/operations', '/people', '/audit/export'])
        await text(browserOf(role).get(path), 403);
    });
  }
});

describe('an act of each role', () => {
  const act = (role: Role, path: string, fields: Record<string, string>, from: string) =>
    browserOf(role).post(nameOf(path), fields, { from: nameOf(from) });

  it('the agent notes and closes, and places no hold', async () => {
    const here = `/sessions/${live}`;
    await text(act('agent', `${here}/note`, { note: 'calls back on Monday' }, here), 303);
    await text(act('agent', `${here}/hold`, { holdReason: 'claim 4711' }, here), 403);
    await text(act('agent', `${here}/close`, {}, here), 303);
    assert.equal((await at.entries('session.closed')).length, 1);
    assert.deepEqual(await at.entries('hold.placed'), []);
  });

  it('the supervisor holds, and changes no policy', async () => {
    const here = `/sessions/${live}`;
    await text(act('supervisor', `${here}/hold`, { holdReason: 'claim 4711' }, here), 303);
    assert.equal((await at.entries('hold.placed')).length, 1);
    await text(act('supervisor', '/policies/apply', {}, '/policies'), 403);
  });

  it('compliance files an erasure, and invites nobody', async () => {
    const { subjectId } = await at.say('Please erase me.');
    const fields = { subject: subjectId, proof: 'TICKET-4711' };
    await text(act('compliance', '/erasures/new', fields, '/erasures/new'), 303);
    const filed = await at.database.db.selectFrom('erasure').select(['state', 'subject_id']).execute();
    assert.deepEqual(filed, [{ state: 'filed', subject_id: subjectId }]);
    await text(act('compliance', '/people', { login: 'somebody', roles: 'agent' }, '/erasures'), 403);
  });

  it('the auditor takes the entries along, and reads no session', async () => {
    const lines = await text(act('auditor', '/audit/export', {}, '/audit'));
    assert.ok(lines.trim().split('\n').length > 3);
    await text(browserOf('auditor').get(nameOf(`/sessions/${live}`)), 403);
  });

  it('the administrator gives roles, and reads no session', async () => {
    const { login } = people.get('auditor')!;
    await text(act('admin', '/people', { login, roles: 'auditor' }, '/people'), 303);
    await text(browserOf('admin').get(nameOf(`/sessions/${live}/transcript`)), 403);
    await text(act('admin', `/sessions/${live}/close`, {}, '/people'), 403);
  });
});

describe('a day without JavaScript, in a browser', () => {
  let browser: BrowserStage;
  before(async () => {
    browser = await openBrowser(at.url);
  });
  after(() => browser?.close());

  const open = async (role: Role, path: string) =>
    (await browser.open(nameOf(path), { as: browserOf(role), scripts: false })).page;

  it('the supervisor finds the review, looks at it and approves', async () => {
    const id = await addReview(at.database, { projectId: 'shop', now: at.now(), dueInDays: 3 });
    const page = await open('supervisor', '');
    await page.getByRole('navigation').getByRole('link', { name: 'Reviews' }).click();
    await page.getByRole('link', { name: id.slice(0, 8) }).click();
    await page.getByRole('link', { name: 'Approve deletion…' }).click();
    await page.getByRole('button', { name: 'Approve the deletion' }).click();
    await page.getByText('1 approved.').waitFor();
    assert.equal((await at.entries('review.approve')).length, 1);
  });

  it('compliance looks for a session, reads it for a reason, and writes a policy', async () => {
    const { sessionId } = await at.say('The crimson umbrella is torn.');
    const page = await open('compliance', '/sessions');
    await page.getByLabel('Search for').fill('umbrella');
    await page.getByLabel('Reason for reading').fill('TICKET-1');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page
      .getByRole('link', { name: sessionId.slice(0, 8) })
      .first()
      .click();
    await page.getByLabel('Reason for reading').fill('TICKET-2');
    await page.getByRole('button', { name: 'Read the session' }).click();
    await page.getByText('The crimson umbrella is torn.').waitFor();
    await page.goto(new URL(nameOf('/policies/edit'), at.url).href);
    const written = page.locator('#text');
    await written.fill((await written.inputValue()).replace('P730D', 'P800D'));
    await page.getByRole('button', { name: 'See what it would change' }).click();
    await page.getByRole('heading', { name: 'What this policy would change' }).waitFor();
  });
});
