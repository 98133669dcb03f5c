import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import {
  countCovered,
  dueSessions,
  freedSessions,
  interruptRounds,
  lockOutDeletions,
  writeHold,
  type Hold,
  type NewHold,
} from '../db/holds.ts';
import { putThrottledEvents } from '../db/throttled-events.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { checkHold, openedBetween } from '../domain/holds.ts';
import { tagName } from '../domain/rules.ts';
import type { ActDeps } from './deps.ts';

interface HoldAct {
  readonly reason: string;
  readonly endsAt?: Date;
  readonly actor: Actor;
  readonly now: Date;
}

/** What a wider hold came to. */
export interface WiderHold {
  readonly holdId: string;
  /** How many sessions it keeps now; later ones it keeps as they come. */
  readonly sessions: number;
  /** How many it came too late for: their deletion had begun. */
  readonly tooLate: number;
}

/**
 * Places a hold on all sessions of a subject, past and future.
 *
 * @throws AppError `input_invalid`, `not_found`
 */
export async function holdSubject(deps: ActDeps, act: HoldAct & { subjectId: string }): Promise<WiderHold> {
  checkHold(act, `all sessions of subject ${act.subjectId}`);
  return deps.db.transaction().execute(async (tx) => {
    const subject = await tx
      .selectFrom('subject')
      .select('project_id as projectId')
      .where('id', '=', act.subjectId)
      .executeTakeFirst();
    if (!subject)
      throw new AppError(
        'not_found',
        `There is no subject ${act.subjectId}. retention session show names that of a session.`,
      );
    return place(tx, { ...subject, target: { scope: 'subject', subject_id: act.subjectId } }, act);
  });
}

/**
 * Places a hold on all sessions of a project that carry a tag, were opened between two days (both
 * included, by the project's calendar), or both; future ones too. One that
 * loses the tag stays held, by a hold of its own.
 *
 * @throws AppError `input_invalid`, `not_found`
 */
export async function holdQuery(
  deps: ActDeps,
  act: HoldAct & { projectId: string; tag?: string; firstDay?: string; lastDay?: string },
): Promise<WiderHold> {
  const { projectId, tag, firstDay: first, lastDay: last } = act;
  checkHold(act, `sessions of ${projectId}`);
  if (tag === undefined && first === undefined && last === undefined)
    throw new AppError(
      'input_invalid',
      `A hold on sessions of ${projectId} needs a tag or days. Example: tagged complaint, opened from 2026-01-01`,
    );
  if (tag !== undefined && !tagName.safeParse(tag).success)
    throw new AppError('input_invalid', `${JSON.stringify(tag)} is not a tag. Example: complaint`);
  return deps.db.transaction().execute(async (tx) => {
    const project = await tx
      .selectFrom('project')
      .select('time_zone as timeZone')
      .where('id', '=', projectId)
      .executeTakeFirst();
    if (!project)
      throw new AppError('not_found', `There is no project ${projectId}. See: retention projects list`);
    const days = { ...(first !== undefined && { first }), ...(last !== undefined && { last }) };
    const { from, before } = openedBetween(days, project.timeZone);
    const target = { scope: 'query', tag: tag ?? null, opened_from: from, opened_before: before } as const;
    return place(tx, { projectId, target }, act);
  });
}

async function place(
  tx: Transaction<Tables>,
  on: Pick<NewHold, 'projectId' | 'target'>,
  act: HoldAct,
): Promise<WiderHold> {
  const { projectId } = on;
  const { actor, now } = act;
  await lockOutDeletions(tx, projectId);
  const hold = await writeHold(tx, {
    ...on,
    ...{ reason: act.reason, author: actor.id, endsAt: act.endsAt ?? null, now },
  });
  await interruptRounds(tx, hold, { by: actor.id, now });
  const sessionIds = await dueSessions(tx, hold, now);
  await putThrottledEvents(tx, { projectId, sessionIds, event: 'held', now });
  const counts = await countCovered(tx, hold);
  await recordHold(tx, hold, { actor, action: 'hold.placed', counts, now });
  return { holdId: hold.id, ...counts };
}

/** What follows once a wider hold is marked as released. */
export async function freeSessions(
  tx: Transaction<Tables>,
  hold: Hold,
  act: { actor: Actor; now: Date; requestId?: string },
): Promise<void> {
  const { now } = act;
  // A round that opened in the moment in which the hold was placed has run on under it.
  await interruptRounds(tx, hold, { by: act.actor.id, now });
  const sessionIds = await freedSessions(tx, hold, now);
  await putThrottledEvents(tx, { projectId: hold.project_id, sessionIds, event: 'released', now });
  const counts = { sessions: sessionIds.length };
  await recordHold(tx, hold, { ...act, action: 'hold.released', counts });
}

/** The reason stays with the hold: it is free text, and the audit holds none. */
async function recordHold(
  tx: Transaction<Tables>,
  hold: Hold,
  act: { actor: Actor; action: string; counts: Record<string, number>; now: Date; requestId?: string },
): Promise<void> {
  await appendAuditEntry(tx, {
    at: act.now,
    actor: act.actor,
    action: act.action,
    object: { kind: 'hold', id: hold.id },
    projectId: hold.project_id,
    counts: act.counts,
    ...(act.requestId && { requestId: act.requestId }),
  });
}
