import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openSessionsStage, type SessionsStage } from './sessions-stage.ts';
import { leadsTo, type Browser, type StagePerson } from './stage.ts';

let at: SessionsStage;
let agent: StagePerson;
let supervisor: StagePerson;
let compliance: StagePerson;

before(async () => {
  at = await openSessionsStage();
  agent = await at.person({ shop: ['agent'] });
  supervisor = await at.person({ shop: ['supervisor'] });
  compliance = await at.person({ shop: ['compliance'] });
});
after(() => at?.stop());

const text = async (answer: Promise<Response>, status = 200) => {
  const response = await answer;
  const body = await response.text();
  assert.equal(response.status, status, body.slice(0, 4000));
  return body;
};
const page = (who: StagePerson, path: string, status = 200) =>
  text(who.browser.get(`/p/shop${path}`), status);
const send = (who: StagePerson, path: string, fields: Parameters<Browser['post']>[1], from = path) =>
  who.browser.post(`/p/shop${path}`, fields, { from: `/p/shop${from}` });
const next = async (response: Response, who: StagePerson) => {
  assert.equal(response.status, 303, await response.text());
  return text(who.browser.get(leadsTo(response)));
};

describe('the customer’s page', () => {
  it('bans them and lifts the ban after a question, for a reason that the audit keeps', async () => {
    const { subjectId, sessionId } = await at.say('buy this');
    const here = `/customers/${subjectId}`;
    assert.ok((await page(agent, here)).includes(`${here}/ban"`));
    assert.match(await page(agent, `${here}/ban`), /Nothing that they write from then on is taken/);
    const wordless = await send(agent, `${here}/ban`, { reason: 'because they shout' });
    assert.match(await text(Promise.resolve(wordless), 422), /id="reason-error"/);
    const banned = await next(await send(agent, `${here}/ban`, { reason: 'T-66' }), agent);
    assert.match(banned, /They are banned/);
    assert.ok(banned.includes(`${here}/unban"`));
    assert.deepEqual(
      (await at.entries('subject.banned')).map(({ reason, object_id: id }) => [reason, id]),
      [['T-66', subjectId]],
    );
    const told = at.database.db.selectFrom('delivery').select('payload').where('session_id', '=', sessionId);
    assert.ok((await told.execute()).some(({ payload }) => JSON.stringify(payload).includes('"banned"')));
    const twice = await send(agent, `${here}/ban`, { reason: 'T-67' }, here);
    assert.match(await text(Promise.resolve(twice), 409), /banned already/);
    const lifted = await send(agent, `${here}/unban`, { reason: 'T-68' });
    assert.match(await next(lifted, agent), /The ban is lifted/);
    assert.equal((await at.entries('subject.unbanned')).length, 1);
  });

  it('bans nobody for who may not see them', async () => {
    const { subjectId, sessionId } = await at.say('long ago');
    await at.archive(sessionId);
    await page(agent, `/customers/${subjectId}/ban`, 404);
    await text(send(compliance, `/customers/${subjectId}/ban`, { reason: 'T-1' }, '/sessions'), 403);
    const done = await send(supervisor, `/customers/${subjectId}/ban`, { reason: 'T-1' });
    assert.match(await next(done, supervisor), /They are banned/);
  });
});
