import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addCustomer, moveErasure } from './erasure-stage.ts';
import { leadsTo, openConsoleStage, type ConsoleStage, type StagePerson } from './stage.ts';

const HOUR_MS = 3_600_000;

let at: ConsoleStage;
let sam: StagePerson;
let carla: StagePerson;
before(async () => {
  at = await openConsoleStage();
  sam = await at.person({ shop: ['supervisor'] });
  carla = await at.person({ shop: ['compliance'] });
});
after(() => at.close());

async function read(person: StagePerson, path: string): Promise<string> {
  const response = await person.browser.get(path);
  assert.equal(response.status, 200, path);
  return response.text();
}

async function asked(projectId = 'shop', receivedAt = at.now()): Promise<string> {
  const { telegramUserId } = await addCustomer(at.database, projectId);
  const { number } = await at.database.acts.requestErasure({ projectId, telegramUserId, now: receivedAt });
  return number;
}

function file(person: StagePerson, fields: Record<string, string>) {
  return person.browser.post('/p/shop/erasures/new', fields);
}

function row(number: string) {
  return at.database.db
    .selectFrom('erasure')
    .selectAll()
    .where('number', '=', number)
    .executeTakeFirstOrThrow();
}

describe('the list of erasures', () => {
  it('shows where each request stands, with its clocks', async () => {
    const number = await asked();
    await moveErasure(at.database, number, 'confirmed', new Date(at.now().getTime() - 2 * HOUR_MS - 1000));
    const page = await read(sam, '/p/shop/erasures');
    assert.ok(page.includes(number));
    assert.match(page, /in 21 hours/);
    assert.match(page, /in 45 hours|in 1 day/);
  });

  it('is narrowed by where requests stand', async () => {
    const waiting = await asked();
    const done = await asked();
    await moveErasure(at.database, done, 'done', new Date(at.now().getTime() - 5 * HOUR_MS));
    const shown = await read(sam, '/p/shop/erasures?state=done');
    assert.ok(shown.includes(done) && !shown.includes(waiting));
  });

  it('leads to a request by its number, in either case', async () => {
    const number = await asked();
    const answer = await sam.browser.get(`/p/shop/erasures?number=${number.toLowerCase()}`);
    assert.equal(leadsTo(answer), `/p/shop/erasures/${number}`);
  });

  it('goes on to a next page, and shows none twice, though many came at the same time', async () => {
    const received = new Date(at.now().getTime() - 400 * 24 * HOUR_MS);
    for (let one = 0; one < 60; one++) await asked('shop', received);
    const numbers = (page: string) =>
      [...page.matchAll(/erasures\/(E-[0-9A-Z-]{9})"/g)].map(([, one]) => one);
    const seen: (string | undefined)[] = [];
    for (let next: string | undefined = '/p/shop/erasures'; next;) {
      const page = await read(sam, next);
      seen.push(...numbers(page));
      next = /href="([^"]*after=[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
    }
    const { count } = await at.database.db
      .selectFrom('erasure')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('project_id', '=', 'shop')
      .executeTakeFirstOrThrow();
    assert.equal(seen.length, count);
    assert.equal(new Set(seen).size, seen.length);
  });

  it('holds the requests of its own project alone', async () => {
    const other = await asked('other');
    assert.ok(!(await read(sam, '/p/shop/erasures')).includes(other));
    assert.equal((await sam.browser.get(`/p/shop/erasures/${other}`)).status, 404);
  });

  it('has the figures of each month', async () => {
    const number = await asked();
    await moveErasure(at.database, number, 'done', at.now());
    const page = await read(sam, '/p/shop/erasures/figures');
    assert.ok(page.includes(at.now().toISOString().slice(0, 7)));
    assert.match(page, /Median/);
  });
});

describe('the page of an erasure', () => {
  it('shows its steps, its counts and its workflow, and nothing of who asked', async () => {
    const { telegramUserId } = await addCustomer(at.database, 'shop');
    const { number, erasureId } = await at.database.acts.requestErasure({
      ...{ projectId: 'shop', telegramUserId, now: at.now() },
    });
    await moveErasure(at.database, number, 'done', new Date(at.now().getTime() - 3 * HOUR_MS));
    const page = await read(sam, `/p/shop/erasures/${number}`);
    for (const step of ['Received', 'Confirmed', 'Keys destroyed', 'removed', 'read back', 'Completed'])
      assert.ok(page.includes(step), step);
    assert.match(page, /keys 3, objects 5/);
    assert.ok(page.includes(`http://temporal.invalid/${erasureId}`));
    assert.ok(!page.includes(String(telegramUserId)));
  });

  it('says what a hold keeps, and until when', async () => {
    const { telegramUserId, subjectId } = await addCustomer(at.database, 'shop');
    const { number } = await at.database.acts.requestErasure({
      ...{ projectId: 'shop', telegramUserId, now: at.now() },
    });
    await moveErasure(at.database, number, 'done', at.now());
    const { id } = await row(number);
    const session = '7d7f0d3c-5b8e-4c07-9a5b-3f1f0f4a9d11';
    const { db } = at.database;
    const common = { kind: 'private' as const, project_id: 'shop', subject_id: subjectId };
    await db
      .insertInto('session')
      .values({
        ...{ ...common, id: session, phase: 'open', erasure_id: id },
        ...{ opened_at: at.now(), last_activity_at: at.now(), restricted_at: at.now() },
      } as never)
      .execute();
    await db
      .insertInto('participant')
      .values({
        session_id: session,
        subject_id: subjectId,
        erasure_id: id,
        restricted_ground: 'hold',
      } as never)
      .execute();
    const page = await read(sam, `/p/shop/erasures/${number}`);
    assert.match(page, /On hold/);
    assert.match(page, /the hold is released/);
  });

  it('has a receipt once it is done, and none before', async () => {
    const number = await asked();
    assert.equal((await sam.browser.get(`/p/shop/erasures/${number}/receipt`)).status, 404);
    await moveErasure(at.database, number, 'done', at.now());
    assert.match(await read(sam, `/p/shop/erasures/${number}/receipt`), /Nothing has to stay/);
  });
});

describe('filing a request for a customer', () => {
  it('waits for a second person, who sees it among the approvals', async () => {
    const { telegramUserId } = await addCustomer(at.database, 'shop');
    const answer = await file(sam, { telegram: String(telegramUserId), proof: 'TICKET-4711' });
    const address = leadsTo(answer);
    assert.match(address, /^\/p\/shop\/erasures\/E-/);
    assert.match(await read(sam, address), /who cannot be you/);
    const waiting = await read(carla, '/p/shop/approvals');
    assert.ok(waiting.includes(address));
    const approve = /href="([^"]*approvals[^"]*outcome=approved)"/.exec(await read(carla, address))?.[1];
    assert.ok(approve);
    const path = approve.split('?')[0] ?? '';
    await carla.browser.post(path, { outcome: 'approved' });
    assert.equal((await row(address.split('/').at(-1) ?? '')).state, 'confirmed');
  });

  it('by the id here puts right where they live, and the law that counts with it', async () => {
    const { subjectId } = await addCustomer(at.database, 'shop', 'BR');
    const answer = await file(sam, { subject: subjectId, proof: 'TICKET-1', jurisdiction: 'US-CA' });
    assert.equal((await row(leadsTo(answer).split('/').at(-1) ?? '')).regulation, 'CCPA');
  });

  it('keeps what was written, and says what is wrong beside it', async () => {
    const nobody = await file(sam, { telegram: '42', proof: 'TICKET-2' });
    assert.equal(nobody.status, 422);
    assert.match(await nobody.text(), /Nothing is kept about this person/);
    const { telegramUserId } = await addCustomer(at.database, 'shop');
    const named = await file(sam, { telegram: String(telegramUserId), proof: 'Jane Doe, 5 Elm Street' });
    const text = await named.text();
    assert.match(text, /such as a ticket number/);
    assert.ok(text.includes(String(telegramUserId)));
    assert.match(await (await file(sam, { proof: 'TICKET-3' })).text(), /Name the customer/);
  });

  it('knows no customer of another project', async () => {
    const { subjectId } = await addCustomer(at.database, 'other', 'BR');
    const answer = await file(sam, { subject: subjectId, proof: 'TICKET-4', jurisdiction: 'EU' });
    assert.equal(answer.status, 422);
    const { jurisdiction } = await at.database.db
      .selectFrom('subject')
      .select('jurisdiction')
      .where('id', '=', subjectId)
      .executeTakeFirstOrThrow();
    assert.equal(jurisdiction, 'BR');
  });
});

describe('answering a request', () => {
  it('by a refusal wants a ground of the list, which the customer is told', async () => {
    const number = await asked();
    const address = `/p/shop/erasures/${number}/refuse`;
    await sam.browser.post(address, {});
    assert.equal((await row(number)).state, 'requested');
    await sam.browser.post(address, { ground: 'not-identified' });
    assert.equal((await row(number)).refusal_ground, 'not-identified');
    assert.match(await read(sam, `/p/shop/erasures/${number}`), /could not be established/);
  });

  it('by moving the legal deadline does so once', async () => {
    const number = await asked();
    const before = (await row(number)).legal_deadline_at;
    const address = `/p/shop/erasures/${number}/extend`;
    await sam.browser.post(address, { ground: 'complexity' });
    assert.ok((await row(number)).legal_deadline_at > before);
    const again = await sam.browser.post(address, { ground: 'complexity' });
    assert.equal(again.status, 409);
  });

  it('of another project is not possible', async () => {
    const number = await asked('other');
    for (const act of ['refuse', 'extend']) {
      const answer = await sam.browser.post(
        `/p/shop/erasures/${number}/${act}`,
        { ground: 'not-identified' },
        { from: '/p/shop/erasures/new' },
      );
      assert.equal(answer.status, 404);
    }
    assert.equal((await row(number)).state, 'requested');
  });
});
