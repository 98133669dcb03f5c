import { Composer, GrammyError, type Context } from 'grammy';
import { noteSeen } from '../db/inactivity.ts';
import { personOfSubject } from '../db/my-data.ts';
import type { Delivery } from '../db/tables.ts';
import type { DeskDeps } from './deps.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';

/**
 * Takes note of every sign of life (messages, commands, buttons, inline queries) and of customers who block
 * the bot or let it in again. What else an update means is for the desks after it.
 */
export function createMembershipDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  composer.use(async (context, next) => {
    if (context.from)
      await noteSeen(deps.db, {
        projectId: deps.project.id,
        telegramUserId: context.from.id,
        now: deps.clock(),
      });
    await next();
  });
  composer.on('my_chat_member', async (context, next) => {
    // In a group it is the group that let the bot in or put it out, and no customer.
    if (context.chat.type !== 'private') return next();
    await deps.acts.noteMembership({
      projectId: deps.project.id,
      telegramUserId: context.from.id,
      blocked: context.myChatMember.new_chat_member.status === 'kicked',
      now: deps.clock(),
    });
  });
  return composer;
}

/** Tells a silent customer until when they can keep what is here, which any message does. */
export async function sendInactivityWarning(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const person = delivery.subject_id ? await personOfSubject(deps.db, delivery.subject_id) : undefined;
  if (!person) return 'gone';
  const { name, language, timeZone } = deps.project;
  const { say, day } = deps.texts.speech([person.language, language], timeZone);
  const date = day(new Date(String(delivery.payload['eraseAt'])));
  await deps.api.sendMessage(person.telegramUserId, say('inactivity-warning', { project: name, date }));
  return 'sent';
}

/** Whether Telegram says that the person's account does not exist any more. */
export function accountIsGone(error: unknown): boolean {
  return (
    error instanceof GrammyError && error.error_code === 403 && error.description.includes('deactivated')
  );
}
