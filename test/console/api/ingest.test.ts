import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { createApiStage, type ApiStage, type ProblemJson } from './stage.ts';

let stage: ApiStage;
before(async () => (stage = await createApiStage()));
after(() => stage.close());

let people = 7_000_000_000;
const newSession = (externalId: string) => ({
  externalId,
  customer: { telegramUserId: ++people, language: 'de', firstName: 'Greta' },
});
const message = (externalId: string, text: string) => ({
  externalId,
  author: 'customer',
  text,
  sentAt: '2026-03-01T11:00:00Z',
});

async function begin(externalId: string): Promise<string> {
  const { json } = await stage.post<{ sessionId: string }>('/projects/shop/sessions', newSession(externalId));
  return json.sessionId;
}

describe('POST /projects/{project}/sessions', () => {
  it('takes a session of another desk in once, however often it is sent', async () => {
    const body = newSession('ticket-1');
    const first = await stage.post<{ sessionId: string; created: boolean }>('/projects/shop/sessions', body);
    const second = await stage.post<{ sessionId: string; created: boolean }>('/projects/shop/sessions', body);
    assert.equal(first.status, 200);
    assert.deepEqual(second.json, { sessionId: first.json.sessionId, created: false });
    const row = await stage.database.db
      .selectFrom('outbox')
      .select('event')
      .where('session_id', '=', first.json.sessionId)
      .execute();
    assert.deepEqual(row, [{ event: 'opened' }]);
  });

  it('makes one session of two that come at the same moment', async () => {
    const body = newSession('ticket-twice');
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => stage.post<{ created: boolean }>('/projects/shop/sessions', body)),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal(answers.filter(({ json }) => json.created).length, 1);
  });

  it('refuses a second open session with one customer, and names the first', async () => {
    const body = newSession('ticket-2');
    const { json } = await stage.post<{ sessionId: string }>('/projects/shop/sessions', body);
    const { status, json: problem } = await stage.post<ProblemJson>('/projects/shop/sessions', {
      ...body,
      externalId: 'ticket-3',
    });
    assert.equal(status, 409);
    assert.equal(problem.code, 'phase_conflict');
    assert.match(problem.detail, new RegExp(json.sessionId));
  });

  it('keeps nowhere what the other desk calls a session', async () => {
    await begin('named-after-anna@example.com');
    const { rows } = await sql<{ found: number }>`
      select count(*)::int as found from session s, outbox o, audit_entry a
      where row(s.*, o.*, a.*)::text like '%anna@example%'`.execute(stage.database.db);
    assert.equal(rows[0]?.found, 0);
  });
});

describe('POST /sessions/{session}/messages', () => {
  it('stores each message once, and finds it by its words', async () => {
    const sessionId = await begin('ticket-4');
    const messages = [
      message('m1', 'Der Zirkon ist zerbrochen'),
      message('m2', 'Hello'),
      message('m1', 'twice'),
    ];
    const path = `/sessions/${sessionId}/messages`;
    const first = await stage.post<{ messages: { id: string; outcome: string }[] }>(path, { messages });
    assert.deepEqual(
      first.json.messages.map(({ outcome }) => outcome),
      ['stored', 'stored', 'duplicate'],
    );
    const again = await stage.post<{ messages: { outcome: string }[] }>(path, { messages });
    assert.deepEqual(
      again.json.messages.map(({ outcome }) => outcome),
      ['duplicate', 'duplicate', 'duplicate'],
    );
    const found = await stage.post<{ items: { sessionId: string }[] }>('/projects/shop/search', {
      query: 'zirkon',
      reason: 'TEST-1',
    });
    assert.deepEqual(
      found.json.items.map((hit) => hit.sessionId),
      [sessionId],
    );
    const waiting = await stage.database.db
      .selectFrom('delivery')
      .select('kind')
      .where('session_id', '=', sessionId)
      .execute();
    assert.deepEqual(waiting, [], 'nothing is sent to Telegram');
  });

  it('reopens a session within its window, and refuses one that is archived', async () => {
    const sessionId = await begin('ticket-5');
    await stage.post(`/sessions/${sessionId}/events/close`, {});
    const path = `/sessions/${sessionId}/messages`;
    await stage.post(path, { messages: [message('m1', 'one more thing')] });
    const { json } = await stage.get<{ phase: string }>(`/sessions/${sessionId}`);
    assert.equal(json.phase, 'open');
    const archived = await stage.archiveSession();
    const refused = await stage.post<ProblemJson>(`/sessions/${archived}/messages`, {
      messages: [message('m9', 'too late')],
    });
    assert.equal(refused.status, 409);
    assert.equal(refused.json.code, 'phase_conflict');
  });

  it('says which place of a request cannot be used, and never what it said', async () => {
    const sessionId = await begin('ticket-6');
    const { status, headers, json } = await stage.post<ProblemJson>(`/sessions/${sessionId}/messages`, {
      messages: [message('m1', 'fine'), { ...message('m2', 'x'), sentAt: 'Anna', nickname: 'Annie' }],
    });
    assert.equal(status, 400);
    assert.equal(headers.get('content-type'), 'application/problem+json');
    assert.deepEqual(json.errors?.map(({ pointer }) => pointer).sort(), [
      '/messages/1',
      '/messages/1/sentAt',
    ]);
    assert.doesNotMatch(JSON.stringify(json), /Ann/);
  });
});
