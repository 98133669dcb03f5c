import type { Context } from 'grammy';
import { findStaff, type StaffMember } from '../db/staff.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { mayDo } from '../domain/roles.ts';
import { speechToStaff } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';

/** The member of staff who presses a button of a review. @throws AppError `not_allowed` */
export async function memberWhoDecides(deps: DeskDeps, context: Context): Promise<StaffMember> {
  const member = await findStaff(deps.db, deps.project.id, context.from?.id ?? 0);
  if (member && mayDo(member.roles, 'review.decide')) return member;
  throw new AppError('not_allowed', speechToStaff(deps).say('alert-only-deciders'));
}

/** A member of staff as the audit names them. */
export function actorOf(member: StaffMember): Actor {
  return { kind: 'staff', id: member.id, role: member.roles.join(' ') };
}

/** Answers a button with why it was refused. */
export async function orSayWhy(context: Context, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await context.answerCallbackQuery({ text: error.message.slice(0, 200), show_alert: true });
  }
}
