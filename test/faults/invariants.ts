import assert from 'node:assert/strict';
import type { Scene, Violation } from './invariant.ts';
import { rowInvariants } from './invariants-rows.ts';
import { storeInvariants } from './invariants-stores.ts';
import { traceInvariants } from './invariants-traces.ts';
import { until } from './until.ts';

/** Looks at all that can be seen from here. @returns what does not hold */
export async function findViolations(scene: Scene): Promise<Violation[]> {
  return [
    ...(await rowInvariants(scene)),
    ...(await storeInvariants(scene)),
    ...(await traceInvariants(scene)),
    ...(await phasesApart(scene)),
    ...(await auditBroken(scene)),
  ];
}

/**
 * Holds that nothing is violated. What is only on its way, such as a workflow that was just told, is given
 * its time; what stays is a violation.
 */
export async function assertInvariants(scene: Omit<Scene, 'now'>, patienceMs = 20_000): Promise<void> {
  let last: Violation[] = [];
  await until(
    'every invariant holds',
    async () => {
      last = await findViolations({ ...scene, now: new Date() });
      return last.length === 0;
    },
    patienceMs,
  ).catch(() => undefined);
  assert.deepEqual(last, []);
}

async function phasesApart({ db, phaseInWorkflow }: Scene): Promise<Violation[]> {
  if (!phaseInWorkflow) return [];
  const sessions = await db
    .selectFrom('session')
    .select(['id', 'phase'])
    .where('phase', '!=', 'deleted')
    .execute();
  const violations: Violation[] = [];
  for (const { id, phase } of sessions) {
    const told = await phaseInWorkflow(id);
    if (told === phase) continue;
    const what = 'a workflow stands elsewhere than its row';
    violations.push({
      invariant: 'I7',
      what,
      evidence: { session: id, row: phase, workflow: told ?? 'none' },
    });
  }
  return violations;
}

async function auditBroken({ auditFindings }: Scene): Promise<Violation[]> {
  const findings = (await auditFindings?.()) ?? [];
  return findings.map((evidence) => ({ invariant: 'I8', what: 'the audit log is not whole', evidence }));
}
