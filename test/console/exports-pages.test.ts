import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readExport } from '../../src/db/exports.ts';
import { leadsTo, type Browser, type StagePerson } from './stage.ts';
import { openSessionsStage, type SessionsStage } from './sessions-stage.ts';

const HOSTILE = `<script>alert(1)</script>`;

let at: SessionsStage;
let supervisor: StagePerson;
let other: StagePerson;

before(async () => {
  at = await openSessionsStage();
  supervisor = await at.person({ shop: ['supervisor'], other: ['supervisor'] });
  other = await at.person({ shop: ['compliance'] });
});

after(() => at.stop());

const text = async (answer: Promise<Response>, status = 200) => {
  const response = await answer;
  const body = await response.text();
  assert.equal(response.status, status, body.slice(0, 4000));
  return body;
};
const send = (who: StagePerson, path: string, fields: Parameters<Browser['post']>[1], from = path) =>
  who.browser.post(`/p/shop${path}`, fields, { from: `/p/shop${from}` });
const page = (who: StagePerson, path: string, status = 200) =>
  text(who.browser.get(`/p/shop${path}`), status);
const next = async (response: Response, who: StagePerson) => {
  assert.equal(response.status, 303, await response.text());
  return text(who.browser.get(leadsTo(response)));
};

async function order(fields: Record<string, string>): Promise<string> {
  const sent = { format: 'jsonl', reason: 'TICKET-1', ...fields };
  const response = await send(supervisor, '/exports', sent, '/exports/new');
  assert.equal(response.status, 303, (await response.text()).slice(0, 3000));
  return leadsTo(response).split('/').at(-1) ?? '';
}

describe('ordering an export', () => {
  it('begins with the query of a link, and says beside the field what is wrong with it', async () => {
    assert.match(await page(supervisor, '/exports/new?q=tag%3Arefund'), /value="tag:refund"/);
    const wrong = await page(supervisor, '/exports/new?q=phase%3Anowhere', 422);
    assert.match(wrong, /id="q-error"/);
    assert.match(wrong, /value="phase:nowhere"/);
    assert.match(
      await page(supervisor, `/exports/new?q=${'a'.repeat(1001)}`, 422),
      /1,000 characters at most/,
    );
  });

  it('takes the criteria of a search, and keeps them out of the page and the log', async () => {
    const { sessionId } = await at.say('the crimson umbrella', { telegramUserId: 6_100_001 });
    await at.say('another umbrella');
    const id = await order({ q: 'crimson OR scarlet', customer: '6100001', zip: 'yes' });
    const shown = await page(supervisor, `/exports/${id}`);
    assert.match(shown, /finding the sessions/);
    assert.match(shown, /data-refresh="3"/);
    assert.doesNotMatch(shown, /crimson|6100001/);
    await at.writeExport(id);
    const ready = await page(supervisor, `/exports/${id}`);
    assert.match(ready, />ready</);
    assert.match(ready, /1 of 1/);
    assert.match(ready, /data-refresh="0"/);
    const found = await at.database.db
      .selectFrom('export_session')
      .select('session_id')
      .where('export_id', '=', id)
      .execute();
    assert.deepEqual(found, [{ session_id: sessionId }]);
  });

  it('shows what is wrong beside its field, and keeps what was written', async () => {
    const wrong = async (fields: Record<string, string>, message: RegExp) => {
      const sent = { format: 'jsonl', reason: 'T-1', q: 'kept words', ...fields };
      const body = await text(send(supervisor, '/exports', sent, '/exports/new'), 422);
      assert.match(body, message);
      assert.match(body, /value="kept words|value="&quot;/);
    };
    await wrong({ reason: '' }, /Say why/);
    await wrong({ keepDays: '900' }, /90 days at most/);
    await wrong({ replace: '(a+)+=x' }, /id="replace-error"/);
    await wrong({ cron: 'now and then' }, /id="cron-error"[\s\S]*is no schedule/);
    await wrong({ q: `"${HOSTILE}` }, /id="q-error"/);
    await wrong({ destination: 'file:///elsewhere' }, /delivers exports nowhere/);
  });

  it('exports all of the project where nothing is named, and no other', async () => {
    const { sessionId } = await at.say('elsewhere', { projectId: 'other' });
    const id = await order({});
    await at.writeExport(id);
    const rows = await at.database.db
      .selectFrom('export_session')
      .select('session_id')
      .where('export_id', '=', id)
      .execute();
    assert.ok(rows.length >= 2);
    assert.ok(!rows.some((row) => row.session_id === sessionId));
    await text(supervisor.browser.get(`/p/other/exports/${id}`), 404);
    await page(supervisor, '/exports/no-id', 404);
  });

  it('takes out what it is asked to, by patterns as well', async () => {
    await at.say('my card is 4111111111111111', { telegramUserId: 6_200_001 });
    const fields = { customer: '6200001', hashIds: 'yes', dropNames: 'yes', replace: '[0-9]{13,19}=[card]' };
    const id = await order(fields);
    await at.writeExport(id);
    const row = await readExport(at.database.db, id);
    const parts: Buffer[] = [];
    for await (const { body } of at.deps.content.exportFiles(row))
      for await (const chunk of body) parts.push(chunk);
    const written = Buffer.concat(parts).toString();
    assert.match(written, /my card is \[card\]/);
    assert.doesNotMatch(written, /4111111111111111|Anna|6200001/);
  });
});

describe('fetching and removing', () => {
  it('gives the files to who asked for them, after they prove who they are, and records it', async () => {
    const id = await order({ q: 'umbrella' });
    await at.writeExport(id);
    const here = `/exports/${id}`;
    assert.doesNotMatch(await page(other, here), /Fetch the files/);
    await text(send(other, `${here}/fetch`, { reason: 'T-1' }), 403);
    assert.match(await text(send(supervisor, `${here}/fetch`, {}), 422), /Say why/);
    const response = await send(supervisor, `${here}/fetch`, { reason: 'T-5' });
    assert.equal(response.headers.get('content-type'), 'application/zip');
    assert.match(response.headers.get('content-disposition') ?? '', /filename="shop-export-\w{8}\.zip"/);
    assert.equal(
      Buffer.from(await response.arrayBuffer())
        .subarray(0, 2)
        .toString(),
      'PK',
    );
    assert.equal((await at.entries('export.fetched')).at(-1)?.reason, 'T-5');
    at.move(11 * 60_000);
    const asked = await supervisor.browser.get(`/p/shop${here}/fetch`);
    assert.match(leadsTo(asked), /^\/step-up/);
    at.move(-11 * 60_000);
  });

  it('says what ending means before it ends, and shows the counts of what is gone', async () => {
    const id = await order({ q: 'umbrella', reason: 'T-6' });
    const here = `/exports/${id}`;
    assert.match(await page(supervisor, `${here}/end`), /The sessions themselves are not touched/);
    const ended = await send(supervisor, `${here}/end`, {});
    assert.match(await next(ended, supervisor), /being removed: cancelled/);
    const twice = await send(supervisor, `${here}/end`, {}, '/exports');
    assert.equal(twice.status, 409);
  });

  it('lists exports, the newest first, without what was asked for', async () => {
    const id = await order({ q: 'velvet' });
    const list = await page(supervisor, '/exports');
    assert.ok(list.includes(`/p/shop/exports/${id}`));
    assert.doesNotMatch(list, /velvet/);
    const ids = [...list.matchAll(/\/p\/shop\/exports\/([0-9a-f-]{36})"/g)].map(([, one]) => one);
    assert.equal(ids[0], id);
  });
});

describe('schedules', () => {
  it('are made by the same form, listed and removed', async () => {
    const fields = { format: 'csv', reason: 'WEEKLY', q: 'tag:refund', cron: 'weekly' };
    const made = await send(supervisor, '/exports', fields, '/exports/new');
    const list = await next(made, supervisor);
    assert.match(list, /The schedule is made/);
    assert.match(list, /<code>17 4 \* \* 1<\/code>/);
    const schedule = /name="schedule" value="([^"]+)"/.exec(list)?.[1] ?? '';
    const gone = await send(supervisor, '/exports/schedules/remove', { schedule }, '/exports');
    assert.match(await next(gone, supervisor), /Nothing is exported by itself/);
    const again = await send(supervisor, '/exports/schedules/remove', { schedule }, '/exports');
    assert.equal(again.status, 404);
  });
});
