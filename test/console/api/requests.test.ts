import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { AppError } from '../../../src/domain/errors.ts';
import { createApiStage, type ApiStage, type ProblemJson } from './stage.ts';
import { OPERATOR } from '../../cli/stage.ts';

let stage: ApiStage;
before(async () => (stage = await createApiStage()));
after(() => stage.close());

const DAY_MS = 86_400_000;

describe('a token', () => {
  it('is stored as a hash, and recognised by how it begins', async () => {
    const { rows } = await sql<{ row: string; prefix: string }>`
      select t::text as row, prefix from api_token t`.execute(stage.database.db);
    assert.ok(rows.every(({ row }) => !row.includes(stage.token.slice(13))));
    assert.ok(rows.some(({ prefix }) => stage.token.startsWith(prefix)));
  });

  it('is refused once it is revoked, once it is over, and when it is none', async () => {
    const token = await stage.makeToken(['compliance']);
    assert.equal((await stage.get('/projects/shop/reviews', { token })).status, 200);
    await stage.database.acts.revokeToken({ token: token.slice(0, 12), actor: OPERATOR, now: stage.now });
    const refused = await stage.get<ProblemJson>('/projects/shop/reviews', { token });
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer/);
    const short = await stage.makeToken(['compliance']);
    const { now } = stage;
    stage.now = new Date(now.getTime() + 91 * DAY_MS);
    assert.equal((await stage.get('/projects/shop/reviews', { token: short })).status, 401);
    stage.now = now;
    for (const none of [
      'x',
      `rtk_aaaaaaaa_${'a'.repeat(43)}`,
      `${short.slice(0, -1)}${short.endsWith('A') ? 'B' : 'A'}`,
    ])
      assert.equal((await stage.get('/projects/shop/reviews', { token: none })).status, 401);
  });

  it('never may do more than the member of staff who answers for it', async () => {
    const { db, acts } = stage.database;
    const staff = await db
      .selectFrom('staff')
      .select(['id', 'roles'])
      .where('project_id', '=', 'shop')
      .execute();
    const supervisor = staff.find(({ roles }) => roles.includes('supervisor'))?.id ?? '';
    await assert.rejects(stage.makeToken(['compliance'], { owner: supervisor }), { code: 'not_allowed' });
    const token = await stage.makeToken(['supervisor'], { owner: supervisor });
    assert.equal((await stage.get('/projects/shop/reviews', { token })).status, 200);
    await sql`update staff set roles = '{agent}' where id = ${supervisor}`.execute(db);
    assert.equal((await stage.get('/projects/shop/reviews', { token })).status, 403);
    await sql`update staff set roles = '{supervisor}' where id = ${supervisor}`.execute(db);
    assert.ok(acts);
  });

  it('is no second person beside the one who answers for it, whichever of them asked', async () => {
    const { db, acts } = stage.database;
    const [supervisor] = await db
      .selectFrom('staff')
      .select('id')
      .where('project_id', '=', 'shop')
      .where(sql<boolean>`'supervisor' = any(roles)`)
      .execute();
    const owner = supervisor?.id ?? '';
    const token = await stage.makeToken(['supervisor'], { owner });
    const other = await stage.makeToken(['supervisor'], { owner });
    const sessionId = await stage.openSession();
    const act = { actor: { kind: 'staff', id: owner } as const, now: stage.now };
    const held = await stage.post<{ holdId: string }>(
      '/projects/shop/holds',
      { scope: 'session', sessionId, reason: 'lawsuit' },
      { token },
    );
    const asked = await stage.post<{ approvalId: string }>(
      `/holds/${held.json.holdId}/release`,
      { reason: 'settled' },
      { token },
    );
    const { approvalId } = asked.json;
    await assert.rejects(acts.decideApproval({ ...act, approvalId, outcome: 'approved' }), {
      code: 'not_allowed',
    });
    const sibling = await stage.post(`/approvals/${approvalId}`, { outcome: 'approved' }, { token: other });
    assert.equal(sibling.status, 403);
    const maker = await acts
      .decideApproval({ approvalId, outcome: 'approved', actor: OPERATOR, now: stage.now })
      .catch((error: unknown) => error);
    assert.equal(
      (maker as { code?: string }).code,
      'not_allowed',
      'who made the token is no second person either',
    );
    await acts.decideApproval({
      ...{ approvalId, outcome: 'approved', now: stage.now },
      actor: { kind: 'staff', id: 'somebody-else' },
    });
    const second = await acts.placeHold({ ...act, sessionId, reason: 'again' });
    const release = await acts.releaseHold({ ...act, holdId: second, reason: 'settled' });
    assert.ok(release.outcome === 'requested');
    const own = await stage.post(`/approvals/${release.approvalId}`, { outcome: 'approved' }, { token });
    assert.equal(own.status, 403, 'the person asked, the token approves');
  });

  it('gives no second approval of a deletion beside the one who answers for it, nor they beside it', async () => {
    const { db, acts } = stage.database;
    const twoPeople = (asked: boolean) =>
      sql`
      update policy set document = jsonb_set(document, '{review,secondPerson}', to_jsonb(${asked}::boolean))
      where project_id = 'shop'`.execute(stage.database.aside);
    await twoPeople(true);
    const supervisor = await db
      .selectFrom('staff')
      .select('id')
      .where('project_id', '=', 'shop')
      .where(sql<boolean>`'supervisor' = any(roles)`)
      .executeTakeFirstOrThrow();
    const token = await stage.makeToken(['supervisor'], { owner: supervisor.id });
    const approve = { decision: 'approve', round: 1 } as const;
    const inPerson = { ...approve, actor: { kind: 'staff', id: supervisor.id } as const, now: stage.now };
    const tokenFirst = await stage.reviewSession();
    assert.equal((await stage.post(`/sessions/${tokenFirst}/review`, approve, { token })).status, 200);
    await assert.rejects(acts.decideReview({ ...inPerson, sessionId: tokenFirst }), { code: 'not_allowed' });
    const tokenSecond = await stage.reviewSession();
    assert.equal(await acts.decideReview({ ...inPerson, sessionId: tokenSecond }), 'approved-once');
    assert.equal((await stage.post(`/sessions/${tokenSecond}/review`, approve, { token })).status, 403);
    const other = { ...inPerson, actor: { kind: 'staff', id: 'somebody-else' } as const };
    assert.equal(await acts.decideReview({ ...other, sessionId: tokenSecond }), 'decided');
    await twoPeople(false);
  });

  it('is an actor of its own in the audit', async () => {
    const sessionId = await stage.openSession();
    await stage.post(`/sessions/${sessionId}/events/tag`, { tag: 'refund' });
    const entries = await stage.get<{ items: { action: string; actor: { id: string; role: string } }[] }>(
      `/projects/shop/audit/entries?session=${sessionId}&action=tag`,
    );
    const { actor } = entries.json.items[0] ?? {};
    assert.match(actor?.id ?? '', /^token:[0-9a-f-]{36}$/);
    assert.equal(actor?.role, 'supervisor+compliance');
  });
});

describe('an Idempotency-Key', () => {
  const headers = (key: string) => ({ headers: { 'idempotency-key': key } });

  it('gives the repetition of a request the answer of the first, and acts once', async () => {
    const sessionId = await stage.openSession();
    const path = `/sessions/${sessionId}/events/close`;
    const first = await stage.post(path, {}, headers('close-1'));
    const again = await stage.post(path, {}, headers('close-1'));
    assert.equal(first.status, 200);
    assert.deepEqual(again.json, first.json);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal((await stage.post(path, {}, headers('close-2'))).status, 409);
    assert.equal(
      (await stage.post(path, {}, headers('close-2'))).headers.get('idempotency-replayed'),
      'true',
    );
  });

  it('is refused for another request, and free again after one that could not be read', async () => {
    const sessionId = await stage.openSession();
    const path = `/sessions/${sessionId}/events/tag`;
    assert.equal((await stage.post(path, { tag: 'NOT A TAG' }, headers('tag-1'))).status, 400);
    assert.equal((await stage.post(path, { tag: 'refund' }, headers('tag-1'))).status, 200);
    const other = await stage.post<ProblemJson>(path, { tag: 'complaint' }, headers('tag-1'));
    assert.equal(other.status, 422);
    assert.equal(other.json.code, 'key_reused');
  });

  it('belongs to its token alone', async () => {
    const token = await stage.makeToken(['supervisor']);
    const sessionId = await stage.openSession();
    const path = `/sessions/${sessionId}/events/tag`;
    await stage.post(path, { tag: 'refund' }, headers('shared'));
    const second = await stage.post(path, { tag: 'complaint' }, { token, ...headers('shared') });
    assert.equal(second.status, 200);
  });

  it('of requests at the same moment lets one act, and answers the others alike or with 409', async () => {
    const sessionId = await stage.openSession();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        stage.post<{ holdId?: string }>(
          '/projects/shop/holds',
          { scope: 'session', sessionId, reason: 'lawsuit' },
          headers('once'),
        ),
      ),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    assert.ok([...statuses].every((status) => status === 201 || status === 409));
    assert.equal(new Set(answers.flatMap(({ json }) => json.holdId ?? [])).size, 1);
    const holds = await stage.database.db
      .selectFrom('hold')
      .select('id')
      .where('session_id', '=', sessionId)
      .execute();
    assert.equal(holds.length, 1);
  });
});

describe('an Idempotency-Key of a request that was not answered for good', () => {
  const headers = (key: string) => ({ headers: { 'idempotency-key': key } });
  const kept = (key: string) =>
    stage.database.db
      .selectFrom('idempotency_key')
      .selectAll()
      .where('key_sha256', '=', createHmac('sha256', stage.token).update(key).digest());

  it('is free again after what passes, and keeps a refusal that does not', async () => {
    const { acts } = stage.database;
    const sessionId = await stage.openSession();
    const path = `/sessions/${sessionId}/events/close`;
    const close = acts.closeSession;
    Object.assign(acts, {
      closeSession: () => Promise.reject(new AppError('rows_changed', 'Rows changed meanwhile.')),
    });
    try {
      assert.equal((await stage.post<ProblemJson>(path, {}, headers('passes'))).json.code, 'rows_changed');
    } finally {
      Object.assign(acts, { closeSession: close });
    }
    assert.equal((await stage.post(path, {}, headers('passes'))).status, 200);
    const refused = await stage.post<ProblemJson>(path, {}, headers('stays'));
    assert.equal(refused.json.code, 'phase_conflict');
    assert.equal((await kept('stays').executeTakeFirst())?.status, 409);
  });

  it('acts once although the process died before its answer was kept', async () => {
    const sessionId = await stage.openSession();
    const path = `/sessions/${sessionId}/events/close`;
    await stage.post(path, {}, headers('cut-off'));
    const { request_sha256: request } = await kept('cut-off').executeTakeFirstOrThrow();
    await stage.database.db
      .updateTable('idempotency_key')
      .set({ status: null, response: null, created_at: new Date(stage.now.getTime() - 3_600_000) })
      .where('request_sha256', '=', request)
      .execute();
    const again = await stage.post<ProblemJson>(path, {}, headers('cut-off'));
    assert.equal(again.status, 409);
    assert.equal(again.json.code, 'still_at_work');
    assert.match(again.json.detail, /look with GET/);
  });

  it('tells nothing of the request to whoever reads the database', async () => {
    const sessionId = await stage.openSession();
    const path = `/sessions/${sessionId}/events/close`;
    await stage.post(path, {}, headers('guessed'));
    const { request_sha256: request } = await kept('guessed').executeTakeFirstOrThrow();
    const guess = createHash('sha256').update(`POST /api/v1${path}\n{}`).digest();
    assert.ok(!request.equals(guess));
    const keyed = createHmac('sha256', stage.token).update(`POST /api/v1${path}\n{}`).digest();
    assert.ok(request.equals(keyed));
  });
});

describe('every error', () => {
  const post = (body: string, headers: Record<string, string>) =>
    stage.send('/projects/shop/search', {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${stage.token}`, ...headers },
    });

  async function problem(response: Response): Promise<ProblemJson> {
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const json = (await response.json()) as ProblemJson;
    assert.equal(json.status, response.status);
    return json;
  }

  it('is a problem of RFC 9457: for what is not there, and for a method that is not served', async () => {
    const headers = { authorization: `Bearer ${stage.token}` };
    assert.equal((await problem(await stage.send('/nowhere', { headers }))).status, 404);
    const wrong = await stage.send('/projects/shop/reviews', { method: 'DELETE', headers });
    assert.equal(wrong.headers.get('allow'), 'GET');
    assert.equal((await problem(wrong)).status, 405);
    const preflight = await stage.send('/projects/shop/reviews', {
      method: 'OPTIONS',
      headers: { origin: 'https://x.example' },
    });
    assert.equal(preflight.status, 405);
    assert.equal(preflight.headers.get('access-control-allow-origin'), null);
  });

  it('is one for a body of another type, one that is no JSON, and one that is too large', async () => {
    assert.equal(
      (await problem(await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }))).status,
      415,
    );
    assert.equal((await problem(await post('{', { 'content-type': 'application/json' }))).status, 400);
    const large = await post(`"${'x'.repeat(3_000_000)}"`, { 'content-type': 'application/json' });
    assert.equal((await problem(large)).status, 413);
  });

  it('keeps what a query says to itself', async () => {
    const response = await post(JSON.stringify({ query: '"Anna', reason: 'T-1' }), {
      'content-type': 'application/json',
    });
    const json = await problem(response);
    assert.equal(json.code, 'input_invalid');
    assert.doesNotMatch(JSON.stringify(json), /Anna/);
  });

  it('of the service itself says nothing of its cause', async () => {
    const broken = await createApiStage({
      receiptFor: () => Promise.reject(new Error('password of anna in /srv/x')),
    });
    try {
      await broken.openSession();
      const entries = await broken.get<{ items: { seq: number }[] }>('/projects/shop/audit/entries');
      const seq = entries.json.items[0]?.seq ?? 0;
      const { status, json } = await broken.get<ProblemJson>(`/projects/shop/audit/entries/${seq}/proof`);
      assert.equal(status, 500);
      assert.doesNotMatch(JSON.stringify(json), /anna|srv/);
    } finally {
      await broken.close();
    }
  });

  it('of too many requests says when to go on', async () => {
    const narrow = await createApiStage({ requestsPerMinute: 2 });
    try {
      const statuses: number[] = [];
      for (let n = 0; n < 3; n++) statuses.push((await narrow.get('/projects/shop/reviews')).status);
      assert.deepEqual(statuses, [200, 200, 429]);
      const { headers } = await narrow.get('/projects/shop/reviews');
      assert.equal(headers.get('ratelimit-limit'), '2');
      assert.equal(headers.get('ratelimit-remaining'), '0');
      assert.match(headers.get('retry-after') ?? '', /^[1-9]\d?$/);
    } finally {
      await narrow.close();
    }
  });
});
