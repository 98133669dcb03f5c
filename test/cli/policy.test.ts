import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { stringify } from 'yaml';
import { rolloutBatch } from '../../src/acts/rollout.ts';
import type { CliDeps, CliServices } from '../../src/cli/deps.ts';
import { createProgram, runProgram } from '../../src/cli/program.ts';
import { COMPLIANCE, SECOND, seedArchive } from '../acts/policies-stage.ts';
import { addProject, testProject } from '../support/database.ts';
import { createStage, OPERATOR, type Stage } from './stage.ts';

const DAY = 86_400_000;
const written = {
  idle: 'P7D',
  reopen: 'PT12H',
  keep: 'P730D',
  rules: [
    { id: 'transactions', when: { tag: 'transaction' }, keepAtLeast: 'P3Y', because: 'audits' },
    { id: 'records', when: { tag: 'healthcare' }, keepAtLeast: 'P20Y', because: 'medical records' },
  ],
  review: { window: 'P7D' },
  spam: { deleteAfter: 'P7D' },
};

interface Plan {
  readonly baseVersion: number;
  readonly sessions: number;
  readonly earlier: number;
  readonly later: number;
  readonly dueNow: number;
  readonly confirmation: string | null;
  readonly needsSecondPerson: boolean;
  readonly shortenings: string[];
}

describe('retention policy', () => {
  let stage: Stage;
  let directory: string;
  let files = 0;
  let projects = 0;
  before(async () => {
    stage = await createStage();
    directory = await mkdtemp(join(tmpdir(), 'retention-policy-'));
  });
  after(async () => {
    await stage.close();
    await rm(directory, { recursive: true, force: true });
  });

  const file = async (change: object = {}) => {
    const path = join(directory, `policy-${++files}.yaml`);
    await writeFile(path, stringify({ ...written, ...change }));
    return path;
  };
  /** A project with sessions that were closed one, two, … times `days` ago. */
  const project = async (count = 0, days = 1) => {
    const one = { ...testProject(), id: `shop-${++projects}` };
    await addProject(stage.database.db, one);
    const sessions = Array.from({ length: count }, (_, at) => ({
      closedAt: new Date(stage.now.getTime() - (at + 1) * days * DAY),
    }));
    const ids = await seedArchive(stage.database.db, one, sessions);
    return { id: one.id, ids };
  };

  describe('validate', () => {
    it('says by line and column what is wrong, and ends with 2', async () => {
      const path = await file({ keep: '12 months' });
      const { code, stdout, stderr } = await stage.run('policy', 'validate', path);
      assert.equal(code, 2);
      assert.match(stdout, new RegExp(`${path}:3:\\d+: keep: .*P12M`));
      assert.match(stderr, /cannot be used/);
    });

    it('takes a good file', async () => {
      const { code, stderr } = await stage.run('policy', 'validate', await file());
      assert.equal(code, 0);
      assert.match(stderr, /can be applied/);
    });

    it('ends with 3 where there is no such file', async () => {
      assert.equal((await stage.run('policy', 'validate', join(directory, 'none.yaml'))).code, 3);
    });
  });

  describe('plan', () => {
    it('counts what would change, and changes nothing', async () => {
      const { id, ids } = await project(20);
      const plan = await stage.json<Plan>('policy', 'plan', id, await file({ keep: 'P1Y' }));
      assert.deepEqual(
        [plan.baseVersion, plan.sessions, plan.earlier, plan.later, plan.dueNow, plan.needsSecondPerson],
        [1, 20, 20, 0, 0, true],
      );
      assert.deepEqual(plan.shortenings, ['keep: its base period of P730D becomes P1Y']);
      const { stdout } = await stage.run('policy', 'plan', id, await file({ keep: 'P1Y' }));
      assert.match(stdout, /Earlier +20/);
      assert.match(stdout, /base +base +20/);
      assert.ok(ids.some((one) => stdout.includes(one)));
      assert.deepEqual(await stage.json('policy', 'status', id), []);
    });

    it('refuses a file of another project, and a project that is none', async () => {
      const { id } = await project();
      const other = join(directory, 'project.yaml');
      await writeFile(
        other,
        stringify({ id: 'else', name: 'Else', notice: { version: '1' }, policy: written }),
      );
      assert.equal((await stage.run('policy', 'plan', id, other)).code, 2);
      assert.equal((await stage.run('policy', 'plan', 'nowhere', await file())).code, 3);
    });
  });

  describe('apply', () => {
    it('puts a longer policy into force at once, and shows how far it has come', async () => {
      const { id } = await project(5);
      const longer = await file({ keep: 'P4Y' });
      const { stdout, code } = await stage.run('policy', 'apply', id, longer, '--reason', 'more time');
      assert.equal(code, 0);
      assert.match(stdout, /Version 2 of .* is in force/);
      const status = () => stage.json<{ phase: string; decided: number }[]>('policy', 'status', id);
      assert.deepEqual(
        (await status()).map(({ phase, decided }) => [phase, decided]),
        [['deciding', 0]],
      );
      while (await rolloutBatch(stage.database, stage.now));
      assert.deepEqual(
        (await status()).map(({ phase, decided }) => [phase, decided]),
        [['done', 5]],
      );
      assert.match(
        (await stage.run('policy', 'apply', id, longer, '--reason', 'again')).stdout,
        /says the same/,
      );
    });

    it('lets a shorter one wait for a second person, who is not the first', async () => {
      const { id } = await project(5);
      const outcome = await stage.json<{ outcome: string; approvalId: string }>(
        ...['policy', 'apply', id, await file({ keep: 'P1Y' }), '--reason', 'less time'],
      );
      assert.equal(outcome.outcome, 'waiting');
      assert.match((await stage.run('approval', 'list')).stdout, new RegExp(`${id} +policy`));
      const shown = (await stage.run('approval', 'show', outcome.approvalId.slice(0, 8))).stdout;
      assert.match(shown, /keep: P730D → P1Y/);
      assert.match(shown, /Shorter: keep/);
      const own = await stage.run('approval', 'approve', outcome.approvalId);
      assert.deepEqual([own.code, /comes from you/.test(own.stderr)], [4, true]);
      const { approvalId } = outcome;
      await stage.database.acts.decideApproval({
        approvalId,
        outcome: 'approved',
        actor: SECOND,
        now: stage.now,
      });
      const [version] = await stage.json<{ version: number; author: string; approvedBy: string }[]>(
        ...['policy', 'history', id],
      );
      assert.deepEqual(
        [version?.version, version?.author, version?.approvedBy],
        [2, OPERATOR.id, 'compliance-2'],
      );
      assert.match(
        (await stage.run('policy', 'history', id)).stdout,
        /cli:test +compliance-2 +P1Y +2 +less time/,
      );
    });

    it('lets an operator approve or refuse what somebody else asked for, once', async () => {
      const { id } = await project();
      const asked = async (keep: string) => {
        const policy = { ...testProject().policy, keep };
        const act = { projectId: id, policy, reason: 'less', actor: COMPLIANCE, now: stage.now };
        const outcome = await stage.database.acts.applyPolicy(act);
        return outcome.outcome === 'waiting' ? outcome.approvalId : '';
      };
      assert.equal((await stage.run('approval', 'refuse', await asked('P1Y'))).code, 0);
      const second = await asked('P1Y');
      assert.equal((await stage.run('approval', 'approve', second.slice(0, 8))).code, 0);
      const again = await stage.run('approval', 'refuse', second);
      assert.deepEqual([again.code, /already approved by cli:test/.test(again.stderr)], [4, true]);
      assert.equal((await stage.run('approval', 'approve', 'ffffff')).code, 3);
    });

    it('asks to type what it means when more than a tenth of the archive would be due at once', async () => {
      const { id } = await project(20, 50);
      const shorter = await file({ keep: 'P1Y' });
      const { confirmation } = await stage.json<Plan>('policy', 'plan', id, shorter);
      assert.match(confirmation ?? '', new RegExp(`^${id} \\d+$`));
      const apply = (...more: string[]) =>
        stage.run('policy', 'apply', id, shorter, '--reason', 'x', ...more);
      const refused = await apply();
      assert.equal(refused.code, 4);
      assert.ok(refused.stderr.includes(`--confirm "${confirmation ?? ''}"`), refused.stderr);
      assert.equal((await apply('--confirm', `${id} 1`)).code, 4);
      assert.equal((await stage.run('approval', 'list', '--project', id)).stdout, '');
      assert.equal((await apply('--confirm', confirmation ?? '')).code, 0);
    });

    it('asks at the terminal where somebody sits at it, and takes nothing but the exact words', async () => {
      const { id } = await project(20, 50);
      const shorter = await file({ keep: 'P1Y' });
      const { confirmation } = await stage.json<Plan>('policy', 'plan', id, shorter);
      const typing = async (words: string) => {
        const asked: string[] = [];
        const nothing = new Writable({ write: (_chunk, _encoding, done) => done() });
        const services = { ...stage.database, close: () => Promise.resolve() } as unknown as CliServices;
        const deps: CliDeps = {
          stdout: nothing,
          stderr: nothing,
          clock: () => stage.now,
          actor: OPERATOR,
          ask: (question) => {
            asked.push(question);
            return Promise.resolve(words);
          },
          open: () => Promise.resolve(services),
          migrate: () => Promise.resolve([]),
          isOutage: () => false,
        };
        const args = ['policy', 'apply', id, shorter, '--reason', 'x'];
        return { code: await runProgram(deps, createProgram(deps), args), asked: asked.join() };
      };
      assert.equal((await typing('yes')).code, 4);
      const { code, asked } = await typing(confirmation ?? '');
      assert.equal(code, 0);
      assert.match(asked, /of 20 sessions into review at once/);
    });
  });

  describe('explain', () => {
    it('says in words why an archived session is kept', async () => {
      const id = await stage.archiveSession('A question', ['transaction']);
      const { stdout } = await stage.run('policy', 'explain', id);
      assert.match(stdout, /Kept until .* by the rule transactions \(policy version 1\)/);
      assert.match(stdout, /keeps at least 3 years from the closure .* because audits\. This decides/);
    });

    it('says what would be decided of an open session if it closed now', async () => {
      const id = await stage.openSession();
      const { stdout } = await stage.run('policy', 'explain', id);
      assert.match(stdout, /^It is open/);
      const json = await stage.json<{ decidedBy: string; storedKeepUntil: null }>('policy', 'explain', id);
      assert.deepEqual([json.decidedBy, json.storedKeepUntil], ['base', null]);
    });

    it('says so where the policy in force has not reached a session yet', async () => {
      const { id, ids } = await project(1);
      await stage.run('policy', 'apply', id, await file({ keep: 'P4Y' }), '--reason', 'more');
      assert.match((await stage.run('policy', 'explain', ids[0] ?? '')).stdout, /has not reached it yet/);
      while (await rolloutBatch(stage.database, stage.now));
      assert.match((await stage.run('policy', 'explain', ids[0] ?? '')).stdout, /^Kept until/);
    });
  });

  describe('diff', () => {
    it('shows rule by rule how versions differ, and a file from what is in force', async () => {
      const { id } = await project();
      await stage.run('policy', 'apply', id, await file({ keep: 'P3Y' }), '--reason', 'more');
      const [records] = written.rules.slice(1);
      const next = await file({ keep: 'P4Y', rules: [{ ...records, keepAtLeast: 'P25Y' }] });
      assert.equal((await stage.run('policy', 'diff', id)).stdout, '~ policy\n    keep: P730D → P3Y\n');
      assert.equal(
        (await stage.run('policy', 'diff', id, '1', '2')).stdout,
        '~ policy\n    keep: P730D → P3Y\n',
      );
      const { stdout, stderr } = await stage.run('policy', 'diff', id, next);
      assert.match(stdout, /keep: P3Y → P4Y/);
      assert.match(stdout, /- rule transactions/);
      assert.match(stdout, /~ rule records\n {4}keepAtLeast: P20Y → P25Y/);
      assert.match(stderr, /Shorter: rule transactions: its minimum of P3Y is gone/);
      assert.equal((await stage.run('policy', 'diff', id, '7')).code, 3);
      assert.equal((await stage.run('policy', 'diff', id, '1', 'two')).code, 2);
    });
  });

  it('packs lists the ready-made sets of rules and says that they are no legal advice', async () => {
    const { stdout, stderr } = await stage.run('policy', 'packs');
    assert.match(stdout, /general-support/);
    assert.match(stderr, /not legal advice/);
  });
});
