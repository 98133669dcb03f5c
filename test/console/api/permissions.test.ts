import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Endpoint } from '../../../src/console/api/endpoint.ts';
import { ENDPOINTS } from '../../../src/console/api/endpoints.ts';
import { PERMISSIONS } from '../../../src/console/api/permissions.ts';
import { mayDo, ROLES, type Role } from '../../../src/domain/roles.ts';
import { OPERATOR } from '../../cli/stage.ts';
import { createApiStage, type ApiStage } from './stage.ts';

let stage: ApiStage;
const own = new Map<Role, string>();
const foreign = new Map<Role, string>();
let names: Readonly<Record<string, string>>;

before(async () => {
  stage = await createApiStage();
  for (const role of ROLES) {
    own.set(role, await stage.makeToken([role]));
    foreign.set(role, await stage.makeToken([role], { projectId: 'clinic' }));
  }
  names = await everyKindOfThing();
});
after(() => stage.close());

/** One thing of the project `shop` for each name in a path. */
async function everyKindOfThing() {
  const { acts, db } = stage.database;
  const session = await stage.openSession();
  const act = { actor: OPERATOR, now: stage.now };
  const hold = await acts.placeHold({ ...act, sessionId: session, reason: 'lawsuit' });
  const release = await acts.releaseHold({ ...act, holdId: hold });
  const { subjectId } = await db
    .selectFrom('participant')
    .select('subject_id as subjectId')
    .where('session_id', '=', session)
    .executeTakeFirstOrThrow();
  const { number } = await acts.fileErasureRequest({
    ...{ projectId: 'shop', whom: { subjectId }, proof: 'T-1', ...act },
  });
  const exported = await acts.requestExport({
    ...{ projectId: 'shop', query: 'hello', format: 'jsonl', reason: 'T-1', now: stage.now },
    reader: { actor: OPERATOR, roles: [] },
  });
  const scheduled = await acts.addExportSchedule({
    ...{ projectId: 'shop', query: 'hello', format: 'jsonl', reason: 'T-1', now: stage.now, cron: 'daily' },
    reader: { actor: OPERATOR, roles: [] },
  });
  const { seq } = await db
    .selectFrom('audit_entry')
    .select('seq')
    .where('project_id', '=', 'shop')
    .orderBy('seq')
    .limit(1)
    .executeTakeFirstOrThrow();
  const approval = release.outcome === 'requested' ? release.approvalId : '';
  return {
    project: 'shop',
    session,
    hold,
    approval,
    erasure: number,
    version: '1',
    seq: String(seq),
    export: exported,
    schedule: scheduled,
  };
}

/** A request that every guard lets through and no act follows: what it says cannot be used. */
async function ask({ method, path }: Endpoint, token: string | undefined): Promise<number> {
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '');
  const { status } = await stage.send(url, {
    method: method.toUpperCase(),
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(method === 'post' && { 'content-type': 'application/json' }),
    },
    ...(method === 'post' && { body: '{"nothing":"of this"}' }),
  });
  return status;
}

describe('what a token may do', () => {
  for (const endpoint of ENDPOINTS) {
    const { operation } = endpoint;
    it(`${operation} needs ${PERMISSIONS[operation]}: 403 for every other role, 404 in every other project`, async () => {
      for (const role of ROLES) {
        const status = await ask(endpoint, own.get(role));
        const allowed = mayDo([role], PERMISSIONS[operation]);
        if (!allowed) assert.equal(status, 403, role);
        else
          assert.ok(
            endpoint.method === 'get'
              ? [200, 409].includes(status) || operation === 'readCheckpoint'
              : status === 400,
            `${role}: ${status}`,
          );
        assert.equal(await ask(endpoint, foreign.get(role)), 404, `${role} of another project`);
      }
      assert.equal(await ask(endpoint, undefined), 401);
    });
  }

  it('has one line for every operation, and none for what is none', () => {
    assert.deepEqual(ENDPOINTS.map(({ operation }) => operation).sort(), Object.keys(PERMISSIONS).sort());
  });
});
