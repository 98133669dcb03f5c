import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addReview } from './review-stage.ts';
import { leadsTo, openConsoleStage, type ConsoleStage, type StagePerson } from './stage.ts';

let at: ConsoleStage;
let sam: StagePerson;
let carla: StagePerson;
before(async () => {
  at = await openConsoleStage();
  sam = await at.person({ shop: ['supervisor'] });
  carla = await at.person({ shop: ['compliance'] });
});
after(() => at.close());

function inReview(dueInDays: number, more: { rule?: string; tags?: string[]; projectId?: string } = {}) {
  return addReview(at.database, { projectId: 'shop', now: at.now(), dueInDays, ...more });
}

async function roundOf(sessionId: string) {
  return at.database.db
    .selectFrom('review')
    .select(['ended', 'ended_by'])
    .where('session_id', '=', sessionId)
    .executeTakeFirstOrThrow();
}

async function read(person: StagePerson, path: string): Promise<string> {
  const response = await person.browser.get(path);
  assert.equal(response.status, 200, path);
  return response.text();
}

function confirmAddress(decision: string, ...sessions: string[]): string {
  const query = new URLSearchParams({ decision });
  for (const id of sessions) query.append('s', `${id}:1`);
  return `/p/shop/reviews/confirm?${query.toString()}`;
}

function decide(
  person: StagePerson,
  decision: string,
  sessions: string[],
  fields: Record<string, string> = {},
) {
  return person.browser.post(
    '/p/shop/reviews/decide',
    { s: sessions.map((id) => `${id}:1`), decision, ...fields },
    { from: confirmAddress(decision, ...sessions) },
  );
}

describe('the queue of reviews', () => {
  it('shows what waits, the most urgent first, with what silence will do', async () => {
    const later = await inReview(6, { rule: 'refunds', tags: ['refund'] });
    const sooner = await inReview(1);
    const page = await read(sam, '/p/shop/reviews');
    assert.ok(page.indexOf(sooner) < page.indexOf(later));
    assert.match(page, /deleted/);
  });

  it('is narrowed by rule, tag and days left', async () => {
    const refund = await inReview(6, { rule: 'refunds', tags: ['refund'] });
    const base = await inReview(1);
    for (const filter of ['rule=refunds', 'tag=refund']) {
      const page = await read(sam, `/p/shop/reviews?${filter}`);
      assert.ok(page.includes(refund) && !page.includes(base), filter);
    }
    const urgent = await read(sam, '/p/shop/reviews?days=3');
    assert.ok(urgent.includes(base) && !urgent.includes(refund));
  });

  it('goes on to a next page where there are more than fifty, and no review stands on both', async () => {
    const filter = 'tag=many';
    for (let one = 0; one < 51; one++) await inReview(5, { tags: ['many'] });
    const first = await read(sam, `/p/shop/reviews?${filter}`);
    const next = /href="([^"]*after=[^"]*)"/.exec(first)?.[1]?.replaceAll('&amp;', '&');
    const second = await read(sam, next ?? assert.fail('no next page'));
    const idsOf = (page: string) => [...page.matchAll(/name="s"\s+value="([^":]+)/g)].map(([, id]) => id);
    assert.equal(idsOf(first).length, 50);
    assert.equal(idsOf(second).length, 1);
    assert.ok(!idsOf(first).includes(idsOf(second)[0]));
  });
});

describe('deciding', () => {
  it('asks first, says how many and which, and then does it', async () => {
    const [one, two] = [await inReview(3), await inReview(4)];
    const question = await read(sam, confirmAddress('approve', one, two));
    assert.match(question, /2 sessions/);
    assert.match(question, /cannot be taken back/);
    assert.equal((await roundOf(one)).ended, null);
    const answer = await decide(sam, 'approve', [one, two]);
    assert.equal(leadsTo(answer), '/p/shop/reviews');
    assert.match(await read(sam, '/p/shop/reviews'), /2 approved\./);
    for (const id of [one, two]) assert.equal((await roundOf(id)).ended, 'approve');
  });

  it('of what somebody else decided meanwhile is counted as theirs', async () => {
    const [one, two] = [await inReview(3), await inReview(4)];
    await read(sam, confirmAddress('approve', one, two));
    await decide(carla, 'hold', [one], { reason: 'CASE-7' });
    await decide(sam, 'approve', [one, two]);
    assert.match(await read(sam, '/p/shop/reviews'), /1 approved/);
    assert.equal((await roundOf(one)).ended, 'hold');
  });

  it('leaves out what is on hold, and says so before', async () => {
    const [held, free] = [await inReview(3), await inReview(4)];
    await at.database.acts.placeHold({
      ...{ sessionId: held, reason: 'claim', now: at.now() },
      actor: { kind: 'staff', id: 'somebody' },
    });
    assert.match(await read(sam, confirmAddress('approve', held, free)), /Left out: 1 on hold/);
  });

  it('to keep longer wants a day that lies ahead', async () => {
    const id = await inReview(3);
    const early = await decide(sam, 'extend', [id], { until: '2020-01-01' });
    assert.match(await early.text(), /Name a day that lies ahead/);
    await decide(sam, 'extend', [id], { until: '2099-01-01' });
    assert.equal((await roundOf(id)).ended, 'extend');
  });

  it('to hold wants a reason', async () => {
    const id = await inReview(3);
    assert.match(await (await decide(sam, 'hold', [id])).text(), /Say why/);
    assert.equal((await roundOf(id)).ended, null);
  });

  it('without a tick goes back and says what to do', async () => {
    assert.equal(
      leadsTo(await sam.browser.get('/p/shop/reviews/confirm?decision=approve')),
      '/p/shop/reviews',
    );
    assert.match(await read(sam, '/p/shop/reviews'), /tick at least one/);
  });

  it('needs a fresh proof of who one is', async () => {
    const late = await at.person({ shop: ['supervisor'] });
    const id = await inReview(3);
    at.move(11 * 60_000);
    const answer = await late.browser.get(confirmAddress('approve', id));
    assert.match(leadsTo(answer) ?? '', /^\/(step-up|confirm)/);
    at.move(-11 * 60_000);
  });
});

describe('what an erasure keeps or takes', () => {
  const change = (id: string, row: { restricted_at?: Date; deletion_began_at?: Date; erasure_id?: string }) =>
    at.database.db.updateTable('session').set(row).where('id', '=', id).execute();

  it('waits for nobody: it is not in the queue, and deciding on it is refused', async () => {
    const [kept, going, free] = [await inReview(1), await inReview(1), await inReview(1)];
    await change(kept, { restricted_at: at.now() });
    await change(going, { deletion_began_at: at.now() });
    const page = await read(carla, '/p/shop/reviews');
    assert.deepEqual(
      [kept, going, free].map((id) => page.includes(id)),
      [false, false, true],
    );
    for (const decision of ['approve', 'extend', 'hold'])
      assert.match(
        await read(sam, confirmAddress(decision, kept, free)),
        /Left out: 1 restricted by an erasure/,
      );
    await decide(sam, 'approve', [kept, free]);
    assert.match(await read(sam, '/p/shop/reviews'), /1 restricted by an erasure, 1 approved/);
    assert.equal((await roundOf(kept)).ended, null);
  });

  it('has a page for compliance alone, and nothing to decide on it', async () => {
    const id = await inReview(1);
    await change(id, { restricted_at: at.now() });
    assert.equal((await sam.browser.get(`/p/shop/reviews/${id}`)).status, 404);
    const page = await read(carla, `/p/shop/reviews/${id}`);
    assert.match(page, /Restricted: nobody decides on it/);
    assert.doesNotMatch(page, /Approve deletion|name="tag"/);
  });
});

describe('the page of a review', () => {
  it('says why the session was kept, and what each tag would do', async () => {
    const id = await inReview(3);
    const page = await read(sam, `/p/shop/reviews/${id}`);
    assert.match(page, /Kept until/);
    assert.match(page, /Without a decision it is deleted/);
  });

  it('of another project is not there', async () => {
    const id = await inReview(3, { projectId: 'other' });
    assert.equal((await sam.browser.get(`/p/shop/reviews/${id}`)).status, 404);
    const answer = await sam.browser.get(confirmAddress('approve', id));
    assert.equal(answer.status, 404);
  });
});
