import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { wordsOf } from '../../src/console/refusals.ts';
import { wayBack } from '../../src/console/way-back.ts';
import { AppError } from '../../src/domain/errors.ts';
import { openSessionsStage, type SessionsStage } from './sessions-stage.ts';
import type { StagePerson } from './stage.ts';

const COMMAND = /retention [a-z]|--[a-z]|\s\/[a-z]/;

describe('an error on a page', () => {
  it('names no command of a terminal or a chat', () => {
    const errors = [
      new AppError('not_found', 'There is no hold 12 in force. See: retention hold list'),
      new AppError('already_decided', 'Erasure E-1 is under way. See: retention erasure show E-1'),
      new AppError('input_invalid', 'A hold on it needs a reason. Example: --reason "claim 4711"'),
      new AppError('input_invalid', 'A note needs words. Example: /note calls back on Monday'),
      new AppError(
        'not_allowed',
        'You are not admin in shop. An operator makes it with: retention token create',
      ),
    ];
    for (const error of errors) {
      assert.doesNotMatch(wordsOf(error), COMMAND);
      assert.ok(wordsOf(error).startsWith(`${error.message.split('. ')[0] ?? ''}.`), wordsOf(error));
    }
    const gone = new AppError('not_found', 'There is no hold 12 in force. See: retention hold list');
    assert.equal(wordsOf(gone), 'There is no hold 12 in force. It may have been removed meanwhile.');
  });

  it('says what it says elsewhere where that fits a page', () => {
    const message = 'A hold cannot end at 2020-01-01T00:00:00.000Z: that has passed.';
    assert.equal(wordsOf(new AppError('input_invalid', message)), message);
  });

  it('tells nobody the files and keys of the machine', () => {
    for (const code of ['config_invalid', 'key_unknown', 'archive_damaged', 'store_unavailable'] as const)
      assert.doesNotMatch(wordsOf(new AppError(code, '/srv/keys/kek is gone. Restore it.')), /kek|srv/);
  });

  it('says how a session stands, and what cannot be done to it', () => {
    const refusal = { why: 'standing', act: 'close', standing: 'archived', deletionBeganAt: null } as const;
    const words = wordsOf(
      new AppError('phase_conflict', 'Cannot close it. See: retention session show', { refusal }),
    );
    assert.match(words, /^The session is archived, so it cannot be closed\./);
  });
});

describe('the way back from an error', () => {
  const id = '0191d3c2-0000-7000-8000-000000000001';
  it('leads to what the page is about, or to the list where that is gone', () => {
    assert.equal(wayBack(`/p/shop/sessions/${id}/close`, 409)?.href, `/p/shop/sessions/${id}`);
    assert.equal(wayBack(`/p/shop/sessions/${id}/close`, 404)?.href, '/p/shop/sessions');
    assert.equal(wayBack(`/p/shop/customers/${id}`, 404)?.href, '/p/shop/sessions');
    assert.equal(wayBack('/p/shop/erasures/E-7KQM-2XWB/confirm', 409)?.href, '/p/shop/erasures/E-7KQM-2XWB');
  });

  it('leads nowhere one may not go, nor round in a circle', () => {
    assert.equal(wayBack('/p/shop/audit', 403), undefined);
    assert.equal(wayBack('/p/shop/sessions', 503), undefined);
    assert.equal(wayBack('/p/shop/constructor/x', 404), undefined);
  });
});

describe('a page that could not do what was asked', () => {
  let at: SessionsStage;
  let agent: StagePerson;

  before(async () => {
    at = await openSessionsStage();
    agent = await at.person({ shop: ['agent'] });
  });
  after(() => at?.stop());

  it('says why in words of its own, and links to the session', async () => {
    const { sessionId } = await at.say('hello');
    const here = `/p/shop/sessions/${sessionId}`;
    const answer = await agent.browser.post(`${here}/reopen`, {}, { from: here });
    const page = await answer.text();
    assert.equal(answer.status, 409);
    assert.match(page, /The session is open, so it cannot be reopened/);
    assert.ok(page.includes(`href="${here}">Back to it`), page);
  });
});
