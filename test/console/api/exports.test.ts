import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createExportActivities } from '../../../activities/export.ts';
import { openDirectoryStore } from '../../../src/archive/directory.ts';
import { createLog } from '../../../src/log.ts';
import { OPERATOR } from '../../cli/stage.ts';
import { createApiStage, type ApiStage, type ProblemJson } from './stage.ts';

let stage: ApiStage;
let write: (exportId: string) => Promise<void>;
let ownerId: string;

before(async () => {
  stage = await createApiStage({
    translations: {
      translate: () => Promise.resolve(undefined),
      translateTranscript: ({ entries }, { to }) =>
        Promise.resolve({
          ...{ to, unavailable: 0 },
          entries: new Map(entries.map(({ ref }) => [ref, { text: 'Wo ist mein Paket?', from: 'en' }])),
        }),
    },
  });
  const store = await openDirectoryStore(stage.archiveDir);
  const stores = { of: () => Promise.resolve(store), at: () => Promise.resolve(store) };
  const activities = createExportActivities({
    ...stage.database,
    ...{ stores, log: createLog('silent'), reached: () => undefined },
    fetchAttachment: () => Promise.resolve({ refused: 'no_bot' as const }),
  } as unknown as Parameters<typeof createExportActivities>[0]);
  write = async (exportId) => {
    const moment = { exportId, now: stage.now.getTime() };
    for (const step of ['planExport', 'writeExport', 'deliverExport'] as const)
      await new MockActivityEnvironment().run(() => activities[step](moment));
  };
  ownerId = randomUUID();
  await stage.database.db
    .insertInto('staff')
    .values({
      ...{ id: ownerId, project_id: 'shop', telegram_user_id: 77, created_at: stage.now },
      roles: ['supervisor'],
      file_roles: ['supervisor'],
    })
    .execute();
});
after(() => stage.close());

const fetchFile = (exportId: string, body: unknown, token = stage.token) =>
  stage.send(`/exports/${exportId}/fetch`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });

describe('the files of an export', () => {
  it('are fetched as one compressed file by the token that asked, audited with the reason', async () => {
    await stage.openSession('The amber kettle leaks');
    const asked = await stage.post<{ exportId: string }>('/projects/shop/exports', {
      ...{ query: 'kettle', format: 'jsonl', reason: 'T-1' },
    });
    const { exportId } = asked.json;
    const early = await fetchFile(exportId, { reason: 'T-2' });
    assert.equal(early.status, 409);
    await write(exportId);
    const other = await stage.makeToken(['supervisor']);
    assert.equal((await fetchFile(exportId, { reason: 'T-2' }, other)).status, 403);
    assert.equal((await fetchFile(exportId, {})).status, 400);
    const response = await fetchFile(exportId, { reason: 'T-2' });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/zip');
    assert.match(response.headers.get('content-disposition') ?? '', /"shop-export-\w{8}\.zip"/);
    assert.ok(response.body);
    const bytes = await buffer(response.body);
    assert.equal(bytes.subarray(0, 2).toString(), 'PK');
    const { reason, actor_id: actor } = await stage.database.db
      .selectFrom('audit_entry')
      .select(['reason', 'actor_id'])
      .where('action', '=', 'export.fetched')
      .executeTakeFirstOrThrow();
    assert.equal(reason, 'T-2');
    assert.match(actor, /^token:/);
  });
});

describe('what an export leaves out', () => {
  it('is named by patterns, of which those that could take for ever are refused', async () => {
    const order = { query: 'kettle', format: 'csv', reason: 'T-1' };
    const asking = (pattern: string) =>
      stage.post<ProblemJson>('/projects/shop/exports', { ...order, scrub: { replace: [{ pattern }] } });
    const refused = await asking('(a+)+$');
    assert.deepEqual([refused.status, refused.json.code], [400, 'input_invalid']);
    assert.doesNotMatch(JSON.stringify(refused.json), /\(a\+/);
    assert.equal((await asking('[0-9]{13,19}')).status, 202);
  });
});

describe('scheduled exports', () => {
  it('are added, listed without what they ask for, and removed once', async () => {
    const path = '/projects/shop/export-schedules';
    const order = { query: 'user:123456789', format: 'csv', reason: 'T-3', cron: '30 6 * * 1-5' };
    const added = await stage.post<{ scheduleId: string }>(path, order);
    assert.equal(added.status, 201);
    const listed = await stage.get<{ items: { id: string; cron: string }[] }>(path);
    assert.deepEqual(
      listed.json.items.map(({ id, cron }) => [id, cron]),
      [[added.json.scheduleId, '30 6 * * 1-5']],
    );
    assert.doesNotMatch(JSON.stringify(listed.json), /123456789/);
    const clinic = await stage.makeToken(['compliance'], { projectId: 'clinic' });
    const remove = `/export-schedules/${added.json.scheduleId}/remove`;
    assert.equal((await stage.post(remove, {}, { token: clinic })).status, 404);
    assert.equal((await stage.post(remove, {})).status, 200);
    assert.equal((await stage.post(remove, {})).status, 404);
    const wrong = await stage.post<ProblemJson>(path, { ...order, cron: 'now and then' });
    assert.equal(wrong.json.code, 'input_invalid');
  });
});

describe('saved searches', () => {
  it('say which sessions are meant, to a token whose owner saved them', async () => {
    const sessionId = await stage.openSession('The violet lantern broke');
    const { acts } = stage.database;
    await acts.saveSearch({ owner: ownerId, name: 'lanterns', query: 'lantern', now: stage.now });
    const token = await stage.makeToken(['supervisor'], { owner: ownerId });
    const body = { saved: 'lanterns', reason: 'T-4' };
    const path = '/projects/shop/search';
    const found = await stage.post<{ items: { sessionId: string }[] }>(path, body, { token });
    assert.deepEqual(
      found.json.items.map((one) => one.sessionId),
      [sessionId],
    );
    const narrower = { ...body, query: 'tag:refund' };
    const none = await stage.post<{ items: unknown[] }>(path, narrower, { token });
    assert.deepEqual(none.json.items, []);
    const order = { ...body, format: 'jsonl' };
    assert.equal((await stage.post('/projects/shop/exports', order, { token })).status, 202);
    assert.equal((await stage.post('/projects/shop/exports', order)).status, 404, 'a token without an owner');
    assert.equal((await stage.post(path, { reason: 'T-4' }, { token })).status, 400);
  });
});

describe('a transcript', () => {
  it('comes translated where that is asked for', async () => {
    const path = `/sessions/${await stage.openSession()}/transcript`;
    interface Read {
      readonly translated: { readonly to: string } | null;
      readonly entries: readonly { readonly translation: { readonly text: string } | null }[];
    }
    const plain = await stage.post<Read>(path, { reason: 'T-5' });
    assert.equal(plain.json.translated, null);
    const read = await stage.post<Read>(path, { reason: 'T-5', translate: 'de' });
    assert.equal(read.json.translated?.to, 'de');
    assert.equal(read.json.entries[0]?.translation?.text, 'Wo ist mein Paket?');
  });
});

describe('a restricted session', () => {
  it('is not there for events and reading of anybody but compliance', async () => {
    const sessionId = await stage.openSession();
    await stage.database.aside
      .updateTable('session')
      .set({ restricted_at: stage.now })
      .where('id', '=', sessionId)
      .execute();
    const token = await stage.makeToken(['supervisor']);
    const tag = (asking: { token?: string }) =>
      stage.post(`/sessions/${sessionId}/events/tag`, { tag: 'refund' }, asking);
    assert.equal((await tag({ token })).status, 404);
    assert.equal((await stage.post(`/sessions/${sessionId}/events/close`, {}, { token })).status, 404);
    assert.equal(
      (await stage.post(`/sessions/${sessionId}/transcript`, { reason: 'T-6' }, { token })).status,
      404,
    );
    assert.notEqual((await tag({})).status, 404);
  });

  it('takes no hold, message or decision of them, and waits for no decision of anybody', async () => {
    const sessionId = await stage.reviewSession();
    const reviews = () => stage.get<{ items: { sessionId: string }[] }>('/projects/shop/reviews');
    const waits = async () => (await reviews()).json.items.some((one) => one.sessionId === sessionId);
    assert.equal(await waits(), true);
    await stage.database.aside
      .updateTable('session')
      .set({ restricted_at: stage.now })
      .where('id', '=', sessionId)
      .execute();
    assert.equal(await waits(), false);
    const token = await stage.makeToken(['supervisor']);
    const hold = { scope: 'session', sessionId, reason: 'lawsuit' };
    const messages = [{ externalId: 'm1', author: 'customer', text: 'x', sentAt: '2026-03-01T11:00:00Z' }];
    const decision = { decision: 'approve', round: 1 };
    for (const [path, body] of [
      ['/projects/shop/holds', hold],
      [`/sessions/${sessionId}/messages`, { messages }],
      [`/sessions/${sessionId}/review`, decision],
    ] as const)
      assert.equal((await stage.post(path, body, { token })).status, 404, path);
    const refused = await stage.post<ProblemJson>(`/sessions/${sessionId}/review`, decision);
    assert.deepEqual([refused.status, refused.json.code], [409, 'phase_conflict']);
    const { ended } = await stage.database.db
      .selectFrom('review')
      .select('ended')
      .where('session_id', '=', sessionId)
      .executeTakeFirstOrThrow();
    assert.equal(ended, null);
  });
});

describe('an archived session', () => {
  it('is not there for a token that reads no archives, as in the console', async () => {
    const live = await stage.openSession();
    const archived = await stage.archiveSession();
    const token = await stage.makeToken(['agent']);
    const ids = async (asking: { token?: string }) => {
      const { json } = await stage.get<{ items: { id: string }[] }>(
        '/projects/shop/sessions?limit=100',
        asking,
      );
      return json.items.map(({ id }) => id).filter((id) => id === live || id === archived);
    };
    assert.deepEqual(await ids({ token }), [live]);
    assert.deepEqual((await ids({})).sort(), [live, archived].sort());
    assert.equal((await stage.get(`/sessions/${live}`, { token })).status, 200);
    assert.equal((await stage.get(`/sessions/${archived}`, { token })).status, 403);
  });
});

describe('what an erasure keeps by law', () => {
  it('is named to compliance, and counted for others', async () => {
    const sessionId = await stage.openSession();
    const { acts } = stage.database;
    await acts.placeHold({ sessionId, reason: 'lawsuit', actor: OPERATOR, now: stage.now });
    const { json } = await stage.get<{ subjectId: string }>(`/sessions/${sessionId}`);
    const { number, approvalId } = await acts.fileErasureRequest({
      ...{ projectId: 'shop', whom: { subjectId: json.subjectId }, proof: 'T-8', now: stage.now },
      actor: OPERATOR,
    });
    const second = { ...OPERATOR, id: 'cli:other' };
    await acts.decideApproval({ approvalId, outcome: 'approved', actor: second, now: stage.now });
    const kept = async (asking: { token?: string }) => {
      const read = await stage.get<{ kept: { sessionId: string | null; ground: string }[] }>(
        `/erasures/${number}`,
        asking,
      );
      return read.json.kept.map((one) => [one.sessionId, one.ground]);
    };
    assert.deepEqual(await kept({}), [[sessionId, 'hold']]);
    assert.deepEqual(await kept({ token: await stage.makeToken(['supervisor']) }), [[null, 'hold']]);
  });
});

describe('the approval of an erasure', () => {
  it('names it by its number, both ways, and is decided like any other', async () => {
    const sessionId = await stage.openSession();
    const { json } = await stage.get<{ subjectId: string }>(`/sessions/${sessionId}`);
    const filed = await stage.post<{ number: string; approvalId: string }>('/projects/shop/erasures', {
      ...{ subjectId: json.subjectId, proof: 'T-7' },
    });
    const { number, approvalId } = filed.json;
    const read = () => stage.get<{ state: string; approvalId: string | null }>(`/erasures/${number}`);
    assert.equal((await read()).json.approvalId, approvalId);
    const waiting = await stage.get<{ items: { id: string; erasure: string | null }[] }>(
      '/projects/shop/approvals',
    );
    assert.equal(waiting.json.items.find(({ id }) => id === approvalId)?.erasure, number);
    const { token } = await stage.database.acts.createToken({
      ...{ projectId: 'shop', name: 'second', roles: ['compliance'], now: stage.now },
      actor: { ...OPERATOR, id: 'cli:other' },
      expiresAt: new Date(stage.now.getTime() + 86_400_000),
    });
    assert.equal((await stage.post(`/approvals/${approvalId}`, { outcome: 'approved' })).status, 403);
    const decided = await stage.post<{ erasure: string }>(
      `/approvals/${approvalId}`,
      { outcome: 'approved' },
      { token },
    );
    assert.equal(decided.json.erasure, number);
    assert.deepEqual([(await read()).json.state, (await read()).json.approvalId], ['confirmed', null]);
  });
});
