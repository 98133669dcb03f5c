import type { Transaction } from 'kysely';
import { appendAuditEntry, type AuditEntry } from '../audit/append.ts';
import { clearPaused, decidedDeletions, setPaused } from '../db/breaker.ts';
import { putDelivery } from '../db/deliveries.ts';
import { nextStepOf, type Life } from '../db/life.ts';
import { putThrottledEvents } from '../db/throttled-events.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import type { NextStep } from '../domain/next-step.ts';
import type { ActDeps } from './deps.ts';

const BREAKER: Actor = { kind: 'system', id: 'breaker' };

/**
 * Pauses the deletions of a project, in the transaction of the one that would have been too many, and
 * tells those who can resume them; once, however many come at the same time.
 */
export async function pauseDeletions(
  tx: Transaction<Tables>,
  life: Life,
  act: { now: Date; source?: AuditEntry['source'] },
): Promise<NextStep> {
  const { projectId } = life;
  if (await setPaused(tx, projectId, act.now)) {
    await appendAuditEntry(tx, {
      at: act.now,
      actor: BREAKER,
      action: 'deletions.paused',
      object: { kind: 'project', id: projectId },
      projectId,
      ...(act.source && { source: act.source }),
    });
    await tellStaff(tx, projectId, 'deletions-paused', act.now);
  }
  return nextStepOf({ ...life, deletionsPausedAt: act.now });
}

const REASON = /^[A-Za-z0-9._#-]{1,40}$/;

/**
 * Lets the deletions of a project go on that the breaker has paused, with a fresh allowance for the day.
 *
 * @param act.reason a word or a ticket number: it goes into the audit, which holds no free text
 * @returns how many sessions go on
 * @throws AppError `input_invalid`, `not_found`, `phase_conflict` when nothing is paused
 */
export async function resumeDeletions(
  deps: ActDeps,
  act: { projectId: string; reason: string; actor: Actor; now: Date },
): Promise<{ sessions: number }> {
  const { projectId, now } = act;
  if (!REASON.test(act.reason))
    throw new AppError(
      'input_invalid',
      `To resume the deletions of ${projectId}, give a word or a ticket number. Example: TICKET-4711`,
      { refusal: 'audit-word' },
    );
  return deps.db.transaction().execute(async (tx) => {
    const project = await tx
      .selectFrom('project')
      .select(['id', 'time_zone as timeZone'])
      .where('id', '=', projectId)
      .executeTakeFirst();
    if (!project)
      throw new AppError('not_found', `There is no project ${projectId}. See: retention projects list`);
    if (!(await clearPaused(tx, project, now)))
      throw new AppError(
        'phase_conflict',
        `The deletions of ${projectId} are not paused. See: retention breaker status ${projectId}`,
        { refusal: 'not-paused' },
      );
    const sessionIds = await decidedDeletions(tx, projectId);
    await putThrottledEvents(tx, { projectId, sessionIds, event: 'redated', now });
    await appendAuditEntry(tx, {
      at: now,
      actor: act.actor,
      action: 'deletions.resumed',
      object: { kind: 'project', id: projectId },
      projectId,
      reason: act.reason,
      counts: { sessions: sessionIds.length },
    });
    await tellStaff(tx, projectId, 'deletions-resumed', now);
    return { sessions: sessionIds.length };
  });
}

async function tellStaff(tx: Transaction<Tables>, projectId: string, key: string, now: Date) {
  await putDelivery(tx, { projectId, target: 'supervisors', content: { kind: 'text', key }, now });
}
