import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { verifyReceipt } from '../../../src/audit/receipt.ts';
import { openSigningKeys } from '../../../src/main/audit-deps.ts';
import { OPERATOR } from '../../cli/stage.ts';
import { createApiStage, type ApiStage, type ProblemJson } from './stage.ts';

let stage: ApiStage;
before(async () => (stage = await createApiStage()));
after(() => stage.close());

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

async function allPages<T>(path: string): Promise<T[]> {
  const found: T[] = [];
  for (let cursor = ''; ;) {
    const { status, json } = await stage.get<Page<T>>(`${path}limit=2${cursor}`);
    assert.equal(status, 200);
    assert.ok(json.items.length <= 2);
    found.push(...json.items);
    if (json.next === null) return found;
    cursor = `&cursor=${json.next}`;
  }
}

const POLICY = (keep: string) =>
  `keep: ${keep}\nidle: P7D\nreopen: PT12H\nreview:\n  window: P7D\nspam:\n  deleteAfter: P7D\n`;

describe('sessions', () => {
  it('are listed page by page, each once, the newest first', async () => {
    const { now } = stage;
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      stage.now = new Date(now.getTime() + n * 1000);
      ids.unshift(await stage.openSession());
    }
    stage.now = now;
    const found = await allPages<{ id: string }>('/projects/shop/sessions?phase=open&');
    assert.deepEqual(
      found.map(({ id }) => id).filter((id) => ids.includes(id)),
      ids,
    );
    const bad = await stage.get<ProblemJson>('/projects/shop/sessions?cursor=bm9uZQ');
    assert.equal(bad.json.code, 'input_invalid');
  });

  it('that are restricted are there for compliance alone', async () => {
    const sessionId = await stage.archiveSession();
    await stage.database.aside
      .updateTable('session')
      .set({ restricted_at: stage.now })
      .where('id', '=', sessionId)
      .execute();
    const listed = async (token: string) => {
      const { json } = await stage.get<Page<{ id: string }>>('/projects/shop/sessions?phase=archived', {
        token,
      });
      return json.items.some(({ id }) => id === sessionId);
    };
    const supervisor = await stage.makeToken(['supervisor']);
    assert.equal((await stage.get(`/sessions/${sessionId}`, { token: supervisor })).status, 404);
    assert.equal(await listed(supervisor), false);
    assert.equal((await stage.get(`/sessions/${sessionId}`)).status, 200);
    assert.equal(await listed(stage.token), true);
  });

  it('say why they are still here, rule by rule', async () => {
    const sessionId = await stage.archiveSession('Hello', ['transaction']);
    const { json } = await stage.get<{
      standing: string;
      decision: { decidedBy: string; trace: { rule: string; because: string }[] };
    }>(`/sessions/${sessionId}`);
    assert.equal(json.standing, 'archived');
    assert.equal(json.decision.decidedBy, 'transactions');
    assert.ok(
      json.decision.trace.some(({ rule, because }) => rule === 'transactions' && because === 'audits'),
    );
  });

  it('are read with a reason, which the audit keeps; archived ones on demand', async () => {
    const sessionId = await stage.archiveSession('A sapphire was broken');
    const path = `/sessions/${sessionId}/transcript`;
    assert.equal((await stage.post(path, { reason: 'T-1' })).status, 409);
    const read = await stage.post<{ entries: { revisions: { text: string }[] }[]; audit: { seq: number } }>(
      path,
      {
        reason: 'T-1',
        openArchive: true,
      },
    );
    assert.equal(read.json.entries[0]?.revisions[0]?.text, 'A sapphire was broken');
    const entry = await stage.get<{ action: string; reason: string }>(
      `/projects/shop/audit/entries/${read.json.audit.seq}`,
    );
    assert.equal(entry.json.action, 'transcript.read');
    assert.equal(entry.json.reason, 'T-1');
    const agent = await stage.makeToken(['agent']);
    assert.equal(
      (await stage.post(path, { reason: 'T-1', openArchive: true }, { token: agent })).status,
      403,
    );
  });

  it('are closed, reopened, tagged, dated and placed', async () => {
    const sessionId = await stage.openSession();
    const event = (name: string, body: unknown) =>
      stage.post<{ phase: string }>(`/sessions/${sessionId}/events/${name}`, body);
    assert.equal((await event('close', {})).json.phase, 'closed');
    assert.equal((await event('close', {})).status, 409);
    assert.equal((await event('reopen', {})).json.phase, 'open');
    assert.equal((await event('tag', { tag: 'refund' })).status, 200);
    assert.equal((await event('untag', { tag: 'refund' })).status, 200);
    assert.equal((await event('date', { event: 'contract-end', at: '2027-03-01T00:00:00Z' })).status, 200);
    assert.equal((await event('jurisdiction', { jurisdiction: 'CH', reason: 'T-1' })).status, 200);
    const { json } = await stage.get<{
      events: Record<string, string>;
      jurisdictions: string[];
      tags: unknown[];
    }>(`/sessions/${sessionId}`);
    assert.deepEqual(json.events, { 'contract-end': '2027-03-01T00:00:00.000Z' });
    assert.deepEqual(json.jurisdictions, ['CH']);
    assert.deepEqual(json.tags, []);
  });
});

describe('search', () => {
  it('finds by words and tags, ranks, turns pages and is audited', async () => {
    for (const text of ['amber amber', 'amber and jade', 'jade alone']) await stage.openSession(text);
    const ask = (body: object) =>
      stage.post<{ items: { rank: number; snippets: unknown[] }[]; next: string | null }>(
        '/projects/shop/search',
        {
          reason: 'T-2',
          ...body,
        },
      );
    const first = await ask({ query: 'amber OR jade', limit: 2 });
    assert.deepEqual(
      first.json.items.map(({ rank }) => rank),
      [1, 2],
    );
    const second = await ask({ query: 'amber OR jade', limit: 2, page: first.json.next });
    assert.equal(second.json.items.length, 1);
    const entries = await stage.get<Page<{ action: string; reason: string }>>(
      '/projects/shop/audit/entries?action=search.read',
    );
    assert.ok(entries.json.items.length >= 2 && entries.json.items.every(({ reason }) => reason));
    const archived = await stage.archiveSession('amber in the archive');
    const { json } = await stage.post<{ items: { sessionId: string; checked: boolean }[] }>(
      '/projects/shop/search',
      {
        query: 'archive',
        reason: 'T-2',
        openArchive: true,
      },
    );
    assert.deepEqual(
      json.items.map(({ sessionId, checked }) => [sessionId, checked]),
      [[archived, true]],
    );
  });

  it('never reaches into another project', async () => {
    const token = await stage.makeToken(['compliance'], { projectId: 'clinic' });
    const { json } = await stage.post<{ items: unknown[] }>(
      '/projects/clinic/search',
      { query: 'amber OR project:shop', reason: 'T-2' },
      { token },
    );
    assert.deepEqual(json.items, []);
  });
});

describe('reviews', () => {
  it('are listed, and decided once: whoever comes second learns who was first', async () => {
    const sessionId = await stage.reviewSession();
    const listed = await stage.get<Page<{ sessionId: string; round: number }>>('/projects/shop/reviews');
    assert.ok(listed.json.items.some((one) => one.sessionId === sessionId && one.round === 1));
    const path = `/sessions/${sessionId}/review`;
    const decided = await stage.post<{ phase: string }>(path, {
      decision: 'extend',
      round: 1,
      until: '2029-01-01T00:00:00Z',
    });
    assert.equal(decided.json.phase, 'archived');
    const late = await stage.post<ProblemJson>(path, { decision: 'approve', round: 1 });
    assert.equal(late.status, 409);
    assert.equal(late.json.decision?.decision, 'extend');
    assert.match(late.json.decision?.decidedBy ?? '', /^token:/);
  });

  it('are held and relabelled too', async () => {
    const held = await stage.reviewSession();
    const body = { decision: 'hold', round: 1, reason: 'lawsuit' };
    assert.equal((await stage.post<{ held: boolean }>(`/sessions/${held}/review`, body)).json.held, true);
    const relabelled = await stage.reviewSession();
    const tag = { decision: 'relabel', round: 1, tag: 'healthcare' };
    assert.equal(
      (await stage.post<{ phase: string }>(`/sessions/${relabelled}/review`, tag)).json.phase,
      'archived',
    );
    const short = await stage.reviewSession();
    const useless = { decision: 'relabel', round: 1, tag: 'refund' };
    assert.equal(
      (await stage.post<ProblemJson>(`/sessions/${short}/review`, useless)).json.code,
      'input_invalid',
    );
  });
});

describe('holds', () => {
  it('are placed on a session, a person or what a query finds, listed, and released by two', async () => {
    const sessionId = await stage.openSession();
    const place = (body: object) =>
      stage.post<{ holdId: string; sessions: number }>('/projects/shop/holds', {
        reason: 'lawsuit',
        ...body,
      });
    const session = await place({ scope: 'session', sessionId });
    assert.equal(session.status, 201);
    const { json } = await stage.get<{ subjectId: string }>(`/sessions/${sessionId}`);
    assert.equal((await place({ scope: 'subject', subjectId: json.subjectId })).json.sessions, 1);
    assert.equal((await place({ scope: 'query', tag: 'finance', firstDay: '2020-01-01' })).status, 201);
    assert.equal((await place({ scope: 'query' })).status, 400);
    const listed = await allPages<{ id: string }>('/projects/shop/holds?');
    assert.ok(listed.some(({ id }) => id === session.json.holdId));
    const asked = await stage.post<{ outcome: string; approvalId: string }>(
      `/holds/${session.json.holdId}/release`,
      {
        reason: 'settled',
      },
    );
    assert.equal(asked.json.outcome, 'requested');
    const path = `/approvals/${asked.json.approvalId}`;
    assert.equal((await stage.post(path, { outcome: 'approved' })).status, 403);
    const waiting = await stage.get<Page<{ id: string }>>('/projects/shop/approvals');
    assert.ok(waiting.json.items.some(({ id }) => id === asked.json.approvalId));
    await stage.database.acts.decideApproval({
      ...{ approvalId: asked.json.approvalId, outcome: 'approved', now: stage.now },
      actor: { kind: 'staff', id: 'second-person' },
    });
    assert.equal((await stage.post(path, { outcome: 'refused' })).status, 409);
  });

  it('are never placed on what belongs to another project', async () => {
    const token = await stage.makeToken(['compliance'], { projectId: 'clinic' });
    const sessionId = await stage.openSession();
    const body = { scope: 'session', sessionId, reason: 'x' };
    assert.equal((await stage.post('/projects/clinic/holds', body, { token })).status, 404);
  });
});

describe('policies', () => {
  it('are read, validated, planned and applied; a shorter one waits for a second person', async () => {
    const inForce = await stage.get<{ version: number; policy: { keep: string } }>('/projects/shop/policy');
    assert.equal(inForce.json.policy.keep, 'P730D');
    const valid = await stage.post<{ valid: boolean; findings: { line: number }[] }>(
      '/projects/shop/policy/validate',
      { document: 'keep: forever\n' },
    );
    assert.equal(valid.json.valid, false);
    assert.equal(valid.json.findings[0]?.line, 1);
    const document = POLICY('P300D');
    const plan = await stage.post<{
      baseVersion: number;
      needsSecondPerson: boolean;
      confirmation: string | null;
    }>('/projects/shop/policy/plan', { document });
    assert.equal(plan.json.needsSecondPerson, true);
    const apply = await stage.post<{ outcome: string; approvalId: string }>('/projects/shop/policy', {
      ...{ document, baseVersion: plan.json.baseVersion, reason: 'guidance' },
      ...(plan.json.confirmation !== null && { confirm: plan.json.confirmation }),
    });
    assert.equal(apply.json.outcome, 'waiting');
    const supervisor = await stage.makeToken(['supervisor']);
    const path = `/approvals/${apply.json.approvalId}`;
    assert.equal((await stage.post(path, { outcome: 'approved' }, { token: supervisor })).status, 403);
    const broken = await stage.post<ProblemJson>('/projects/shop/policy', {
      document: 'keep: forever\n',
      baseVersion: 1,
      reason: 'x',
    });
    assert.equal(broken.json.code, 'policy_invalid');
    assert.match(broken.json.errors?.[0]?.detail ?? '', /^1:/);
    const versions = await stage.get<{ items: unknown[] }>('/projects/shop/policy/versions');
    assert.equal(versions.json.items.length, 1);
    assert.equal((await stage.get('/projects/shop/policy/versions/7')).status, 404);
  });
});

describe('erasures', () => {
  async function file(): Promise<{ number: string; approvalId: string; sessionId: string }> {
    const sessionId = await stage.openSession();
    await stage.post(`/sessions/${sessionId}/events/jurisdiction`, { jurisdiction: 'EU' });
    const { json } = await stage.get<{ subjectId: string }>(`/sessions/${sessionId}`);
    const filed = await stage.post<{ number: string; approvalId: string }>('/projects/shop/erasures', {
      subjectId: json.subjectId,
      proof: 'T-3',
    });
    assert.equal(filed.status, 201);
    return { ...filed.json, sessionId };
  }

  it('are filed by one and confirmed by another, and hide the person at once', async () => {
    const { number, sessionId } = await file();
    assert.equal((await stage.post(`/erasures/${number}/confirm`, {})).status, 403);
    const { token } = await stage.database.acts.createToken({
      ...{ projectId: 'shop', name: 'second', roles: ['compliance'], now: stage.now },
      actor: { kind: 'operator', id: 'cli:other' },
      expiresAt: new Date(stage.now.getTime() + 86_400_000),
    });
    const confirmed = await stage.post<{ state: string }>(`/erasures/${number}/confirm`, {}, { token });
    assert.equal(confirmed.json.state, 'confirmed');
    assert.equal((await stage.get(`/sessions/${sessionId}`)).status, 404);
    const shown = await stage.get<{ state: string; deadlineAt: string }>(`/erasures/${number}`);
    assert.ok(shown.json.deadlineAt);
    await stage.signAudit();
    const receipt = await stage.get<unknown>(`/erasures/${number}/receipt`);
    assert.equal(receipt.status, 200);
    const { keys } = await openSigningKeys(stage.database.secretsDir);
    const verifiers = (await keys.list()).map(({ verifier }) => verifier);
    assert.equal(verifyReceipt(receipt.json, verifiers).verdict, 'genuine');
  });

  it('are refused on a ground of the list, extended once, and listed', async () => {
    const { number } = await file();
    assert.equal((await stage.post(`/erasures/${number}/extend`, { ground: 'complexity' })).status, 200);
    assert.equal((await stage.post(`/erasures/${number}/extend`, { ground: 'complexity' })).status, 409);
    assert.equal((await stage.post(`/erasures/${number}/refuse`, { ground: 'no mood' })).status, 400);
    const refused = await stage.post<{ state: string }>(`/erasures/${number}/refuse`, {
      ground: 'not-identified',
    });
    assert.equal(refused.json.state, 'refused');
    const listed = await allPages<{ number: string }>('/projects/shop/erasures?');
    assert.ok(listed.some((one) => one.number === number));
  });
});

describe('exports', () => {
  it('are asked for, listed, shown and removed', async () => {
    const body = { query: 'tag:complaint', format: 'jsonl', reason: 'T-4' };
    const asked = await stage.post<{ exportId: string }>('/projects/shop/exports', body);
    assert.equal(asked.status, 202);
    const path = `/exports/${asked.json.exportId}`;
    assert.equal((await stage.get<{ state: string }>(path)).json.state, 'requested');
    const listed = await allPages<{ id: string }>('/projects/shop/exports?');
    assert.ok(listed.some(({ id }) => id === asked.json.exportId));
    assert.equal((await stage.post(`${path}/remove`, {})).status, 200);
    const refused = await stage.post<ProblemJson>('/projects/shop/exports', {
      ...body,
      destination: 'gs://elsewhere',
    });
    assert.equal(refused.json.code, 'input_invalid');
  });
});

describe('the audit', () => {
  it('is listed by filter and page, and proves an entry to anybody', async () => {
    const sessionId = await stage.openSession();
    await stage.database.acts.closeSession({ sessionId, reason: 'api', actor: OPERATOR, now: stage.now });
    const entries = await allPages<{ seq: number; action: string }>(
      `/projects/shop/audit/entries?session=${sessionId}&`,
    );
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['session.closed', 'session.opened'],
    );
    const path = `/projects/shop/audit/entries/${entries[0]?.seq}`;
    assert.equal((await stage.get(`${path}/proof`)).status, 409, 'it waits for its place');
    await stage.signAudit();
    const proof = await stage.get<unknown>(`${path}/proof`);
    const { keys } = await openSigningKeys(stage.database.secretsDir);
    const verifiers = (await keys.list()).map(({ verifier }) => verifier);
    assert.equal(verifyReceipt(proof.json, verifiers).verdict, 'genuine');
    const { json } = await stage.get<{ size: number; signed: number }>('/projects/shop/audit/status');
    assert.equal(json.signed, json.size);
    const head = await stage.get<{ note: string }>('/projects/shop/audit/checkpoint');
    assert.match(head.json.note, /^telegram-retention\//);
  });
});
