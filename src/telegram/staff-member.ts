import type { Context } from 'grammy';
import { sessionOfTopic, type SessionHead } from '../db/sessions.ts';
import { findStaff, type StaffMember } from '../db/staff.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { mayDo, ROLES, type Action } from '../domain/roles.ts';
import type { DeskDeps } from './deps.ts';
import { refused, whyNot } from './refusals.ts';

/** Who acts in which session, once it is known that they may. */
export interface TopicAct {
  readonly session: SessionHead;
  readonly member: StaffMember;
  readonly actor: Actor;
}

/** Runs an act in the topic's session for a member of staff who may do it, and tells why where not. */
export async function inSessionTopic(
  deps: DeskDeps,
  context: Context,
  needs: Action,
  act: (found: TopicAct) => Promise<unknown>,
): Promise<void> {
  const topicId = context.msg?.message_thread_id;
  const session = topicId === undefined ? undefined : await sessionOfTopic(deps.db, deps.project.id, topicId);
  // What is written outside the sessions' topics is the team's own talk.
  if (!session) return;
  try {
    if (isAnonymous(context)) throw refused('not_allowed', 'anonymous');
    const member = await memberWho(deps, context.from?.id ?? 0, needs);
    await act({ session, member, actor: actorOf(member) });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await context.reply(`⚠️ ${whyNot(deps, context, error)}`, {
      reply_parameters: { message_id: context.msg?.message_id ?? 0, allow_sending_without_reply: true },
    });
  }
}

/** The member of staff behind a Telegram id, if a role of theirs allows an act. @throws AppError `not_allowed` */
export async function memberWho(deps: DeskDeps, telegramUserId: number, needs: Action): Promise<StaffMember> {
  const member = await findStaff(deps.db, deps.project.id, telegramUserId);
  if (!member) throw refused('not_allowed', 'not-on-staff');
  if (mayDo(member.roles, needs)) return member;
  const roles = ROLES.filter((role) => mayDo([role], needs));
  throw refused('not_allowed', { why: 'needs-role', roles, have: member.roles });
}

/** The member of staff who presses a button of a review. @throws AppError `not_allowed` */
export function memberWhoDecides(deps: DeskDeps, context: Context): Promise<StaffMember> {
  return memberWho(deps, context.from?.id ?? 0, 'review.decide');
}

/** A member of staff as the audit names them. */
export function actorOf(member: StaffMember): Actor {
  return { kind: 'staff', id: member.id, role: member.roles.join(' ') };
}

/** Whether somebody writes in the name of a group or channel: anybody could be behind it. */
export function isAnonymous(context: Context): boolean {
  return context.msg?.sender_chat !== undefined;
}
