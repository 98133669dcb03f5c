import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { policyInForce } from '../../src/db/policies.ts';
import { renewOverviews } from '../../src/db/overview.ts';
import { diff } from '../../src/domain/policy-diff.ts';
import { parsePolicyDocument } from '../../src/domain/policy-document.ts';
import { policyAsYaml } from '../../src/domain/policy-yaml.ts';
import { addReview } from './review-stage.ts';
import { leadsTo, openConsoleStage, tokenIn, type ConsoleStage, type StagePerson } from './stage.ts';

const EDIT = '/p/shop/policies/edit';

let at: ConsoleStage;
let carla: StagePerson;
let other: StagePerson;
before(async () => {
  at = await openConsoleStage();
  carla = await at.person({ shop: ['compliance'] });
  other = await at.person({ shop: ['compliance'] });
});
after(() => at.close());

async function read(person: StagePerson, path: string): Promise<string> {
  const response = await person.browser.get(path);
  assert.equal(response.status, 200, path);
  return response.text();
}

function inForce() {
  return policyInForce(at.database.db, 'shop');
}

async function written(change: (text: string) => string) {
  const { policy, version } = await inForce();
  return { text: change(policyAsYaml(policy)), base: String(version) };
}

function send(person: StagePerson, act: 'check' | 'plan' | 'apply', fields: Record<string, string>) {
  return person.browser.post(`/p/shop/policies/${act}`, fields, { from: EDIT });
}

const longer = (keep: string) => (text: string) => text.replace(/^keep: .*$/m, `keep: ${keep}`);

describe('the policy in force', () => {
  it('is shown rule by rule, with how many sessions each decides for', async () => {
    await addReview(at.database, { projectId: 'shop', now: at.now(), dueInDays: 3, rule: 'records' });
    await renewOverviews(at.database.db, at.now());
    const page = await read(carla, '/p/shop/policies');
    for (const words of [
      'transactions',
      'tag healthcare',
      '20 years from closure',
      'medical records',
      '730 days from',
    ])
      assert.ok(page.includes(words), words);
    assert.match(page, /records[\s\S]*?<td class="numeric">1<\/td>\s*<td class="numeric">1<\/td>/);
  });

  it('is read by an administrator, who may not change it', async () => {
    const admin = await at.person({ shop: ['admin'] });
    assert.ok(!(await read(admin, '/p/shop/policies')).includes(EDIT));
    assert.equal((await admin.browser.get(EDIT)).status, 403);
  });

  it('is written out so that it says the same when it is read again', async () => {
    const { policy } = await inForce();
    assert.match(policyAsYaml(policy), /^idle: P7D\nreopen: PT12H\n/);
    const document = parsePolicyDocument(policyAsYaml(policy), { projectId: 'shop' });
    assert.ok('policy' in document);
    assert.deepEqual(diff(policy, document.policy), []);
  });
});

describe('writing a policy', () => {
  it('is told by line and column what is wrong, and what to write instead', async () => {
    const draft = await written((text) => text.replace('P730D', '730 days'));
    const answer = await send(carla, 'check', draft);
    assert.equal(answer.status, 422);
    const page = await answer.text();
    assert.match(page, /<code>\d+:\d+<\/code>/);
    assert.match(page, /no ISO 8601 duration/);
    assert.ok(page.includes('730 days'));
  });

  it('is told the same as JSON, for the check while one types', async () => {
    const token = tokenIn(await read(carla, EDIT)) ?? '';
    const draft = await written((text) => text.replace('idle:', 'idlee:'));
    const answer = await carla.browser.post('/p/shop/policies/check', draft, {
      ...{ token, headers: { accept: 'application/json' } },
    });
    const { good, findings } = (await answer.json()) as { good: boolean; findings: { text: string }[] };
    assert.equal(good, false);
    assert.ok(findings.some(({ text }) => text.includes('Did you mean idle?')));
  });

  it('shows what is hostile as text', async () => {
    const answer = await send(carla, 'check', await written(() => '</textarea><script>alert(1)</script>: 1'));
    assert.ok(!(await answer.text()).includes('<script>alert'));
  });

  it('in the name of another project is refused', async () => {
    const answer = await send(carla, 'plan', await written(() => 'id: other\npolicy: {}\n'));
    assert.notEqual(answer.status, 200);
  });
});

describe('planning and applying', () => {
  it('counts what would change, and changes nothing', async () => {
    const { version } = await inForce();
    const page = await (await send(carla, 'plan', await written(longer('P800D')))).text();
    assert.match(page, /<del>P730D<\/del>\s*<ins>P800D<\/ins>/);
    assert.match(page, /in the archive/);
    assert.equal((await inForce()).version, version);
  });

  it('wants a reason, and keeps what was written', async () => {
    const answer = await send(carla, 'apply', await written(longer('P801D')));
    assert.equal(answer.status, 422);
    assert.match(await answer.text(), /P801D/);
  });

  it('puts what keeps longer into force at once, and shows how far it has come', async () => {
    const { version } = await inForce();
    const answer = await send(carla, 'apply', { ...(await written(longer('P802D'))), reason: 'guidance' });
    assert.equal(leadsTo(answer), '/p/shop/policies');
    assert.equal((await inForce()).version, version + 1);
    assert.match(await read(carla, '/p/shop/policies'), /on its way to the archive/);
  });

  it('says so where another version came into force meanwhile', async () => {
    const draft = await written(longer('P900D'));
    await send(other, 'apply', { ...(await written(longer('P850D'))), reason: 'faster' });
    const answer = await send(carla, 'apply', { ...draft, reason: 'slower' });
    const page = await answer.text();
    assert.match(page, /came into force meanwhile/);
    assert.ok(page.includes('P900D'));
  });

  it('needs a fresh proof of who one is, and leads back to the writing', async () => {
    const late = await at.person({ shop: ['compliance'] });
    const draft = { ...(await written(longer('P999D'))), reason: 'late' };
    const token = tokenIn(await read(late, EDIT)) ?? '';
    at.move(11 * 60_000);
    const answer = await late.browser.post('/p/shop/policies/apply', draft, {
      ...{ token, from: '/p/shop/policies/plan' },
    });
    assert.equal(leadsTo(answer), '/step-up?to=%2Fp%2Fshop%2Fpolicies%2Fplan');
    at.move(-11 * 60_000);
    assert.equal(leadsTo(await late.browser.get('/p/shop/policies/plan')), EDIT);
  });
});

describe('a policy that shortens', () => {
  it('waits for a second person, who sees what it would do', async () => {
    await send(carla, 'apply', { ...(await written(longer('P730D'))), reason: 'back' }).then(() => undefined);
    const { version } = await inForce();
    const draft = await written((text) => text.replace(/keepAtLeast: P3Y/, 'keepAtLeast: P2Y'));
    const waiting = await at.database.db
      .selectFrom('approval')
      .select('id')
      .where('outcome', 'is', null)
      .execute();
    for (const { id } of waiting)
      await at.database.acts.decideApproval({
        ...{ approvalId: id, outcome: 'refused', actor: { kind: 'staff', id: 'second' }, now: at.now() },
      });
    const answer = await send(carla, 'apply', { ...draft, reason: 'CASE-9' });
    const address = leadsTo(answer);
    assert.match(address, /^\/p\/shop\/policies\/requests\//);
    assert.ok((await read(other, '/p/shop/approvals')).includes(address));
    const page = await read(other, `${address}?count=yes`);
    assert.match(page, /<del>P3Y<\/del>\s*<ins>P2Y<\/ins>/);
    assert.match(page, /What it does to the archive/);
    assert.equal((await inForce()).version, version);
    await other.browser.post(`/p/shop/approvals/${address.split('/').at(-1) ?? ''}`, { outcome: 'approved' });
    assert.equal((await inForce()).version, version + 1);
    assert.match(await read(carla, address), /It was approved/);
  });

  it('that brings much into review at once wants its sentence typed', async () => {
    await addReview(at.database, { projectId: 'shop', now: at.now(), dueInDays: 3 });
    await at.database.db
      .updateTable('session')
      .set({ phase: 'archived', keep_until: new Date(at.now().getTime() + 300 * 86_400_000) })
      .where('project_id', '=', 'shop')
      .execute();
    const draft = await written(longer('P30D'));
    const page = await (await send(carla, 'plan', draft)).text();
    const sentence = /Type “(shop \d+)”/.exec(page)?.[1];
    assert.ok(sentence);
    const answer = await send(carla, 'apply', { ...draft, reason: 'new law' });
    assert.match(await answer.text(), /Type exactly/);
    const done = await send(carla, 'apply', { ...draft, reason: 'new law', confirm: sentence });
    assert.match(leadsTo(done), /policies\/requests/);
  });

  it('of another project is not there', async () => {
    const stranger = await at.person({ other: ['compliance'] });
    const { id } = await at.database.db
      .selectFrom('approval')
      .select('id')
      .limit(1)
      .executeTakeFirstOrThrow();
    assert.equal((await stranger.browser.get(`/p/other/policies/requests/${id}`)).status, 404);
  });
});

describe('versions', () => {
  it('are listed, and any two compared', async () => {
    assert.match(await read(carla, '/p/shop/policies/history'), /guidance/);
    assert.match(await read(carla, '/p/shop/policies/diff?from=1&to=2'), /<ins>P802D<\/ins>/);
    assert.equal((await carla.browser.get('/p/shop/policies/diff?from=1&to=77')).status, 404);
  });

  it('explain why a session is kept; one of another project is not there', async () => {
    const mine = await addReview(at.database, { projectId: 'shop', now: at.now(), dueInDays: 3 });
    assert.match(await read(carla, `/p/shop/policies/explain?session=${mine}`), /Kept until/);
    const theirs = await addReview(at.database, { projectId: 'other', now: at.now(), dueInDays: 3 });
    for (const id of [theirs, 'nonsense'])
      assert.equal((await carla.browser.get(`/p/shop/policies/explain?session=${id}`)).status, 404);
  });
});

describe('the breaker', () => {
  it('shows that deletions are paused, and lets them go on for a reason', async () => {
    const { db } = at.database;
    const pausedAt = () => db.selectFrom('project').select('deletions_paused_at').where('id', '=', 'shop');
    assert.equal((await carla.browser.get('/p/shop/policies/resume')).status, 404);
    await db.updateTable('project').set({ deletions_paused_at: at.now() }).where('id', '=', 'shop').execute();
    assert.match(await read(carla, '/p/shop/policies'), /Deletions are paused/);
    const text = await (await carla.browser.post('/p/shop/policies/resume', { reason: 'two words' })).text();
    assert.match(text, /a word or a ticket number/);
    await carla.browser.post('/p/shop/policies/resume', { reason: 'TICKET-4711' });
    assert.equal((await pausedAt().executeTakeFirstOrThrow()).deletions_paused_at, null);
  });
});
