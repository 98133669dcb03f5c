import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openSessionsStage, type SessionsStage } from './sessions-stage.ts';
import type { Browser, StagePerson } from './stage.ts';
import { leadsTo } from './stage.ts';

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

after(() => at.stop());

const text = async (answer: Promise<Response>, status = 200) => {
  const response = await answer;
  const body = await response.text();
  assert.equal(response.status, status, body.slice(0, 4000));
  return body;
};
const page = (who: StagePerson, path: string, status = 200) =>
  text(who.browser.get(`/p/shop${path}`), status);
const send = (
  who: StagePerson,
  path: string,
  fields: Parameters<Browser['post']>[1],
  from = path,
): Promise<Response> => who.browser.post(`/p/shop${path}`, fields, { from: `/p/shop${from}` });
const after_ = async (response: Response, who: StagePerson) => {
  assert.equal(response.status, 303, await response.text());
  return text(who.browser.get(leadsTo(response)));
};

describe('the notification of answers', () => {
  it('turns the notification of answers off, and on again, once for each time it is asked', async () => {
    const { sessionId } = await at.say('hello');
    const here = `/sessions/${sessionId}`;
    const entriesOf = async (action: string) =>
      (await at.entries(action)).filter(({ object_id: id }) => id === sessionId).length;
    await send(agent, `${here}/silence`, { silent: 'yes' }, here);
    const again = await send(agent, `${here}/silence`, { silent: 'yes' }, here);
    assert.match(await after_(again, agent), /Answer with a notification/);
    assert.equal(await entriesOf('session.silenced'), 1);
    const loud = await send(agent, `${here}/silence`, { silent: 'no' }, here);
    assert.match(await after_(loud, agent), /Answer without a notification/);
    assert.equal(await entriesOf('session.unsilenced'), 1);
  });

  it('gives the notification of answers to those who answer, while there is something to answer', async () => {
    const { sessionId } = await at.say('hello');
    const here = `/sessions/${sessionId}`;
    await at.archive(sessionId);
    assert.doesNotMatch(await page(supervisor, here), /Answer without a notification/);
    const refused = await send(compliance, `${here}/silence`, { silent: 'yes' }, here);
    assert.equal(refused.status, 403);
    assert.equal(
      (await at.entries('session.silenced')).filter((one) => one.object_id === sessionId).length,
      0,
    );
  });
});
