import type { Transaction } from 'kysely';
import { appendAuditEntry, type AuditEntry } from '../audit/append.ts';
import { putDelivery } from '../db/deliveries.ts';
import { findErasureSubject, lockErasure, runningErasure, type ErasureSubject } from '../db/erasures.ts';
import {
  customerOf,
  inactivityProjects,
  markBlocked,
  markWarned,
  silentSubjects,
  stillSilent,
  type InactivityProject,
  type SilentSubject,
} from '../db/inactivity.ts';
import type { Tables } from '../db/tables.ts';
import { lengthOf } from '../domain/durations.ts';
import type { ErasureOrigin } from '../domain/erasure.ts';
import { AppError } from '../domain/errors.ts';
import { customerActor, type Actor } from '../domain/events.ts';
import { announcedErasure, inactivityStep } from '../domain/inactivity.ts';
import type { ActDeps } from './deps.ts';
import { markErasure } from './erasure-marking.ts';
import { fileErasure } from './erasure-request.ts';

/** What a look at some silent subjects of a project came to. */
export interface PruneOutcome {
  readonly warned: number;
  readonly erased: number;
  /** Where the next look goes on; `null` when all have been looked at. */
  readonly next: string | null;
}

interface PruneAct {
  readonly projectId: string;
  /** The subject that an earlier look ended with. */
  readonly after: string | null;
  readonly actor: Actor;
  readonly source?: AuditEntry['source'];
  readonly now: Date;
}

/** How many subjects one look takes. */
export const PRUNE_BATCH = 100;

const DAY_MS = 86_400_000;

/**
 * Warns or erases those of the next subjects who have been silent for as long as the policy says. Every
 * subject is a transaction of its own, and its row says what was done: killed anywhere, or run twice a day,
 * nobody is warned or erased twice.
 */
export async function pruneSilent(deps: ActDeps, act: PruneAct): Promise<PruneOutcome> {
  const [project] = await inactivityProjects(deps.db, act.projectId);
  if (!project) return { warned: 0, erased: 0, next: null };
  const { id: projectId, timeZone, rule } = project;
  const untilWarning =
    lengthOf(rule.eraseAfter, act.now, timeZone) - lengthOf(rule.warnBefore, act.now, timeZone);
  // Months differ by days: this finds some too many, and the rule itself says which.
  const before = new Date(act.now.getTime() - Math.max(untilWarning - 4 * DAY_MS, untilWarning * 0.9));
  const subjects = await silentSubjects(deps.db, {
    projectId,
    before,
    after: act.after,
    limit: PRUNE_BATCH,
  });
  let [warned, erased] = [0, 0];
  for (const subject of subjects) {
    const step = inactivityStep(rule, subject, act.now, timeZone);
    if (step === 'warn' && (await warn(deps, project, subject, act))) warned += 1;
    if (step === 'erase' && (await eraseSilent(deps, project, subject, act))) erased += 1;
  }
  const last = subjects.at(-1);
  return { warned, erased, next: last && subjects.length === PRUNE_BATCH ? last.id : null };
}

async function warn(
  deps: ActDeps,
  { id: projectId, rule, timeZone }: InactivityProject,
  subject: SilentSubject,
  act: PruneAct,
): Promise<boolean> {
  const eraseAt = announcedErasure(rule, subject, act.now, timeZone);
  return deps.db.transaction().execute(async (tx) => {
    if (!(await markWarned(tx, subject, act.now))) return false;
    await putDelivery(tx, {
      projectId,
      subjectId: subject.id,
      target: 'customer',
      content: { kind: 'inactivity-warning', eraseAt: eraseAt.toISOString() },
      now: act.now,
    });
    await appendAuditEntry(tx, {
      at: act.now,
      actor: act.actor,
      action: 'subject.inactivity-warned',
      object: { kind: 'subject', id: subject.id },
      projectId,
      reason: `last seen ${dayOf(subject.lastSeenAt)}, erased ${dayOf(eraseAt)}`,
      ...(act.source && { source: act.source }),
    });
    return true;
  });
}

async function eraseSilent(
  deps: ActDeps,
  { id: projectId }: InactivityProject,
  subject: SilentSubject,
  act: PruneAct,
): Promise<boolean> {
  const known = await findErasureSubject(deps.db, projectId, subject.telegramUserId);
  if (!known) return false;
  return unlessMovedOn(() =>
    deps.db.transaction().execute(async (tx) => {
      const { telegramUserId } = subject;
      const erased = await eraseAtOnce(tx, deps, known, { ...act, telegramUserId, origin: 'inactivity' });
      if (!erased) return false;
      if (!(await stillSilent(tx, subject))) throw movedOn();
      return true;
    }),
  );
}

/** A sign of life undoes the whole transaction, and the subject is looked at again tomorrow. */
async function unlessMovedOn(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'rows_changed') return false;
    throw error;
  }
}

function movedOn(): AppError {
  return new AppError('rows_changed', 'The customer came back at this moment.');
}

/** Files and confirms in one; `false` where a request of the customer's own is under way. */
async function eraseAtOnce(
  tx: Transaction<Tables>,
  deps: ActDeps,
  subject: ErasureSubject,
  act: Omit<PruneAct, 'after'> & { telegramUserId: number; origin: ErasureOrigin },
): Promise<boolean> {
  if (await runningErasure(tx, subject.id)) return false;
  const { erasureId } = await fileErasure(tx, deps, subject, act);
  const { actor, now, source } = act;
  await markErasure(tx, await lockErasure(tx, erasureId), { actor, now, ...(source && { source }) });
  return true;
}

/**
 * Erases a customer whose account Telegram says is gone, where the policy erases silent customers at all:
 * whoever is gone will never write again.
 *
 * @returns whether an erasure began
 */
export async function eraseGoneAccount(
  deps: ActDeps,
  act: { sessionId: string | null; subjectId: string | null; now: Date },
): Promise<boolean> {
  const customer = await customerOf(deps.db, act);
  if (!customer) return false;
  const { projectId, telegramUserId } = customer;
  const [project] = await inactivityProjects(deps.db, projectId);
  const subject = project && (await findErasureSubject(deps.db, projectId, telegramUserId));
  if (!subject) return false;
  const actor = { kind: 'system', id: 'sender' } as const;
  const { now } = act;
  return unlessMovedOn(() =>
    deps.db
      .transaction()
      .execute((tx) => eraseAtOnce(tx, deps, subject, { ...customer, origin: 'account-gone', actor, now })),
  );
}

/** Records that a customer blocked the bot, from when on their silence counts, or let it in again. */
export async function noteMembership(
  deps: ActDeps,
  act: { projectId: string; telegramUserId: number; blocked: boolean; now: Date },
): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const subjectId = await markBlocked(tx, act);
    if (!subjectId) return;
    await appendAuditEntry(tx, {
      at: act.now,
      actor: customerActor(subjectId),
      action: act.blocked ? 'subject.blocked' : 'subject.unblocked',
      object: { kind: 'subject', id: subjectId },
      projectId: act.projectId,
    });
  });
}

/** Records a day's pruning of a project, once however often it is asked to. */
export async function recordPruning(
  deps: Pick<ActDeps, 'db'>,
  act: {
    projectId: string;
    day: string;
    counts: { warned: number; erased: number };
    actor: Actor;
    source?: AuditEntry['source'];
    now: Date;
  },
): Promise<void> {
  await appendAuditEntry(deps.db, {
    at: act.now,
    actor: act.actor,
    action: 'inactivity.pruned',
    object: { kind: 'project', id: act.projectId },
    projectId: act.projectId,
    counts: act.counts,
    opId: `inactivity:${act.projectId}:${act.day}`,
    ...(act.source && { source: act.source }),
  });
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
