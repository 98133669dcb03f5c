import { appendAuditEntry } from '../audit/append.ts';
import { setBan } from '../db/bans.ts';
import { putDelivery } from '../db/deliveries.ts';
import { entryInTopic } from '../db/staff-entries.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import type { ActDeps } from './deps.ts';

/** A ban or its end, from a session's topic or from the customer's page. */
export interface BanAct {
  readonly projectId: string;
  /** Whose topic is told; `null` where none is open. */
  readonly sessionId: string | null;
  /** Who is meant, where that is known without a message. */
  readonly subjectId?: string | undefined;
  /** The message that is replied to: where several take part, its author is meant. */
  readonly staffMessageId?: number | undefined;
  /** A word or a ticket number, which the audit keeps. */
  readonly reason?: string;
  readonly actor: Actor;
  readonly now: Date;
}

const REASON = /^[A-Za-z0-9._#-]{1,40}$/;

/**
 * From here on nothing that the customer writes is taken. The ban is a fact on the customer's own row: it
 * ends with it, when their last session is deleted or they are erased.
 *
 * @throws AppError `input_invalid`, `already_decided` for who is banned
 */
export async function banCustomer(deps: ActDeps, act: BanAct): Promise<void> {
  if (act.reason && !REASON.test(act.reason))
    throw new AppError(
      'input_invalid',
      'The reason goes into the audit, which holds no free text: give a word or a ticket number, and write the rest as a /note. Example: /ban TICKET-4711',
      { refusal: 'audit-word' },
    );
  if (!(await change(deps, act, act.now)))
    throw new AppError('already_decided', 'This customer is banned already. /unban lifts it.', {
      refusal: 'banned-already',
    });
}

/** Takes what the customer writes again. @throws AppError `already_decided` for who is not banned */
export async function unbanCustomer(deps: ActDeps, act: BanAct): Promise<void> {
  if (!(await change(deps, act, null)))
    throw new AppError('already_decided', 'This customer is not banned: what they write is taken.', {
      refusal: 'not-banned',
    });
}

async function change(deps: ActDeps, act: BanAct, at: Date | null): Promise<boolean> {
  const { projectId, sessionId, now } = act;
  const subjectId = await customerMeant(deps, act);
  return deps.db.transaction().execute(async (tx) => {
    if (!(await setBan(tx, { subjectId, at }))) return false;
    await appendAuditEntry(tx, {
      at: now,
      actor: act.actor,
      action: at ? 'subject.banned' : 'subject.unbanned',
      object: { kind: 'subject', id: subjectId },
      projectId,
      ...(act.reason && { reason: act.reason }),
    });
    const content = { kind: 'status', what: at ? 'banned' : 'unbanned' } as const;
    if (sessionId) await putDelivery(tx, { projectId, sessionId, target: 'staff', content, now });
    return true;
  });
}

async function customerMeant({ db }: ActDeps, act: BanAct): Promise<string> {
  const { sessionId, staffMessageId, subjectId } = act;
  if (subjectId) return subjectId;
  if (sessionId) {
    const sessions = db.selectFrom('session').select('subject_id').where('id', '=', sessionId);
    const session = await sessions.executeTakeFirst();
    if (session?.subject_id) return session.subject_id;
    const repliedTo = staffMessageId && (await entryInTopic(db, { sessionId, staffMessageId }));
    if (repliedTo && repliedTo.authorRole === 'customer') return repliedTo.subjectId;
  }
  throw new AppError(
    'input_invalid',
    'Several people take part here: reply to a message of the one that is meant.',
    { refusal: 'several-people' },
  );
}
