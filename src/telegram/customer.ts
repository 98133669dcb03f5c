import { Composer, InlineKeyboard, type Context } from 'grammy';
import { newestSession } from '../db/sessions.ts';
import { findStaff } from '../db/staff.ts';
import { consentOf, findSubject } from '../db/subjects.ts';
import { AppError } from '../domain/errors.ts';
import { customerActor } from '../domain/events.ts';
import type { SubjectProfile } from '../domain/messages.ts';
import { contentOf, incomingMessage } from './content.ts';
import type { DeskDeps } from './deps.ts';
import { offerPlaces } from './settings.ts';
import { TEXTS } from './texts.ts';

/** What a customer does in private chat: consent, messages, edits, closing. */
export function createCustomerDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  const chat = composer.chatType('private');
  chat.command('start', (context) => greet(deps, context));
  chat.command('end', (context) => end(deps, context));
  chat.callbackQuery(/^notice:(agreed|declined|details)$/, (context) =>
    answerNotice(deps, context, context.match[1] ?? ''),
  );
  chat.on('message', (context) => receive(deps, context));
  chat.on('edited_message', (context) => receiveEdit(deps, context));
  return composer;
}

async function greet(deps: DeskDeps, context: Context) {
  if (await findStaff(deps.db, deps.project.id, context.from?.id ?? 0)) {
    await context.reply(TEXTS.staffWelcome(deps.project.name));
    return;
  }
  await context.reply(TEXTS.welcome(deps.project.name));
  await showNotice(deps, context);
}

async function showNotice(deps: DeskDeps, context: Context) {
  const keyboard = new InlineKeyboard()
    .text('I agree', 'notice:agreed')
    .text('Details', 'notice:details')
    .text('No thanks', 'notice:declined');
  await context.reply(TEXTS.notice(deps.project.name), { reply_markup: keyboard });
}

async function answerNotice(deps: DeskDeps, context: Context, choice: string) {
  if (choice === 'agreed' || choice === 'declined') {
    await deps.acts.answerNotice({
      projectId: deps.project.id,
      telegramUserId: context.from?.id ?? 0,
      ...(context.from?.language_code && { language: context.from.language_code }),
      noticeVersion: deps.project.noticeVersion,
      choice,
      now: deps.clock(),
    });
    await context.editMessageText(TEXTS[choice]());
    if (choice === 'agreed') await offerPlaces(deps, context);
  } else await context.reply(TEXTS.noticeDetails());
  await context.answerCallbackQuery();
}

async function end(deps: DeskDeps, context: Context) {
  const subject = await findSubject(deps.db, deps.project.id, context.from?.id ?? 0);
  const session = subject && (await newestSession(deps.db, subject.id));
  if (session?.phase !== 'open') {
    await context.reply(TEXTS.nothingOpen());
    return;
  }
  try {
    await deps.acts.closeSession({
      sessionId: session.id,
      reason: 'customer',
      actor: customerActor(subject?.id ?? ''),
      now: deps.clock(),
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await context.reply(TEXTS.tooLate());
  }
}

async function receive(deps: DeskDeps, context: Context) {
  const { message, from } = context;
  if (!message || !from) return;
  const { id: projectId, noticeVersion } = deps.project;
  // A colleague trying the bot must not become a customer with a retention period.
  if (await findStaff(deps.db, projectId, from.id)) {
    await context.reply(TEXTS.staffWelcome(deps.project.name));
    return;
  }
  const known = await findSubject(deps.db, projectId, from.id);
  const consent = known && (await consentOf(deps.db, known.id, noticeVersion));
  if (consent === 'declined') {
    await context.reply(TEXTS.notStored());
    return;
  }
  const { began } = await deps.acts.receiveMessage({
    ...incomingMessage(message),
    projectId,
    botId: context.me.id,
    updateId: context.update.update_id,
    from: {
      telegramUserId: from.id,
      profile: profileOf(from),
      ...(from.language_code && { language: from.language_code }),
    },
    now: deps.clock(),
  });
  // Who writes for the first time has just seen it at /start.
  if (began && known && consent === undefined) await showNotice(deps, context);
}

async function receiveEdit(deps: DeskDeps, context: Context) {
  const message = context.editedMessage;
  const subject = await findSubject(deps.db, deps.project.id, context.from?.id ?? 0);
  if (!message || !subject) return;
  await deps.acts.editCustomerMessage({
    projectId: deps.project.id,
    botId: context.me.id,
    updateId: context.update.update_id,
    subjectId: subject.id,
    telegramMessageId: message.message_id,
    content: contentOf(message).content,
    editedAt: new Date((message.edit_date ?? message.date) * 1000),
    now: deps.clock(),
  });
}

function profileOf(from: { first_name: string; last_name?: string; username?: string }): SubjectProfile {
  return {
    firstName: from.first_name,
    ...(from.last_name && { lastName: from.last_name }),
    ...(from.username && { username: from.username }),
  };
}
