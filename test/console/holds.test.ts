import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addReview } from './review-stage.ts';
import { openConsoleStage, type ConsoleStage, type StagePerson } from './stage.ts';

let at: ConsoleStage;
let sam: StagePerson;
let carla: StagePerson;
before(async () => {
  at = await openConsoleStage();
  // What is no demo asks a second person for every release.
  await at.database.db
    .updateTable('policy')
    .set((eb) => ({ document: eb.fn('jsonb_set', ['document', eb.val('{demo}'), eb.val('false')]) }) as never)
    .execute();
  sam = await at.person({ shop: ['supervisor'] });
  carla = await at.person({ shop: ['supervisor', 'compliance'] });
});
after(() => at.close());

async function text(response: Promise<Response>): Promise<string> {
  return (await response).text();
}

function holds() {
  return at.database.db.selectFrom('hold').selectAll().orderBy('placed_at').execute();
}

describe('holds', () => {
  it('are placed on a session, and shown with reason and author', async () => {
    const session = await addReview(at.database, { projectId: 'shop', now: at.now(), dueInDays: 3 });
    const from = `/p/shop/holds?session=${session}`;
    await sam.browser.post('/p/shop/holds', { session, reason: 'CASE-4711' }, { from });
    const page = await text(sam.browser.get('/p/shop/holds'));
    assert.ok(page.includes('CASE-4711') && page.includes(session));
  });

  it('want a reason, and keep what was written', async () => {
    const answer = await sam.browser.post('/p/shop/holds', { tag: 'refund' }, { from: '/p/shop/holds' });
    assert.equal(answer.status, 422);
    assert.ok((await answer.text()).includes('value="refund"'));
  });

  it('on everything at once are refused with a sentence', async () => {
    const answer = await sam.browser.post('/p/shop/holds', { reason: 'all' }, { from: '/p/shop/holds' });
    assert.match(await answer.text(), /Say what to hold/);
  });

  it('on what belongs to another project are not possible', async () => {
    const session = await addReview(at.database, { projectId: 'other', now: at.now(), dueInDays: 3 });
    const answer = await sam.browser.post(
      '/p/shop/holds',
      { session, reason: 'mine' },
      { from: `/p/shop/holds?session=${session}` },
    );
    assert.equal(answer.status, 404);
  });

  it('are released by two people: whoever asked cannot approve', async () => {
    const [hold] = await holds();
    const address = `/p/shop/holds/${hold?.id ?? ''}/release`;
    await sam.browser.post(address, { reason: 'settled' });
    assert.match(await text(sam.browser.get('/p/shop/holds')), /second person/);
    const approval = await at.database.db.selectFrom('approval').select('id').executeTakeFirstOrThrow();
    const approve = `/p/shop/approvals/${approval.id}`;
    const own = await sam.browser.post(approve, { outcome: 'approved' });
    assert.equal(own.status, 403);
    assert.equal((await holds())[0]?.released_at, null);
    await carla.browser.post(approve, { outcome: 'approved' });
    assert.ok((await holds())[0]?.released_at);
    assert.match(await text(carla.browser.get('/p/shop/approvals')), /Nothing waits/);
  });
});
