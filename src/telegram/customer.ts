import { Composer, type Context } from 'grammy';
import { noticeState, noteNoticeShown } from '../db/notices.ts';
import { newestSession } from '../db/sessions.ts';
import { findStaff } from '../db/staff.ts';
import { findSubject } from '../db/subjects.ts';
import { AppError } from '../domain/errors.ts';
import { customerActor } from '../domain/events.ts';
import { contentOf, incomingMessage } from './content.ts';
import { answerButton, customerOf, speechToStaff, unlessGone } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import { chooseLanguage } from './language.ts';
import { showNotice } from './notice.ts';
import { profileOf } from './profile.ts';
import { readStartPayload } from './start-payload.ts';

/** What a customer does in private chat: beginning, messages, edits, closing and reopening. */
export function createCustomerDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  const chat = composer.chatType('private');
  chat.command('start', (context) => greet(deps, context, context.match));
  chat.command('end', (context) => end(deps, context));
  chat.callbackQuery(/^o:reopen:([0-9a-f-]{36})$/, (context) =>
    reopen(deps, context, context.match[1] ?? ''),
  );
  chat.on('message', (context) => receive(deps, context));
  chat.on('edited_message', (context) => receiveEdit(deps, context));
  return composer;
}

async function greet(deps: DeskDeps, context: Context, payload: string) {
  const { language, source } = readStartPayload(payload);
  const { id: projectId, name: project, noticeVersion: version } = deps.project;
  const telegramUserId = context.from?.id ?? 0;
  if (await findStaff(deps.db, projectId, telegramUserId)) {
    await context.reply(speechToStaff(deps).say('staff-welcome', { project }));
    return;
  }
  if (language) await chooseLanguage(deps, context, language);
  if (source) deps.log.info({ source }, 'somebody came by a link');
  const { speech } = await customerOf(deps, context);
  await context.reply(speech.say('welcome', { project }));
  const state = await noticeState(deps.db, { projectId, telegramUserId, version });
  await showNotice(deps, context, state);
}

async function end(deps: DeskDeps, context: Context) {
  const { person, speech } = await customerOf(deps, context);
  const session = person && (await newestSession(deps.db, person.id));
  if (session?.phase !== 'open') {
    await context.reply(speech.say('nothing-open'));
    return;
  }
  try {
    await deps.acts.closeSession({
      sessionId: session.id,
      reason: 'customer',
      actor: customerActor(person?.id ?? ''),
      now: deps.clock(),
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await context.reply(speech.say('too-late'));
  }
}

/** The button under the message that tells of the closing. The customer is told of the reopening as ever. */
async function reopen(deps: DeskDeps, context: Context, sessionId: string) {
  const { person, speech } = await customerOf(deps, context);
  const session = person && (await newestSession(deps.db, person.id));
  const isTheirs = session?.id === sessionId;
  if (isTheirs && (session.phase === 'open' || (await isReopened(deps, sessionId, person?.id ?? ''))))
    await answerButton(context);
  else await answerButton(context, speech.say('alert-too-late-to-reopen'), true);
  // Whatever came of it, there is nothing more to press.
  await unlessGone(() => context.editMessageReplyMarkup());
}

async function isReopened(deps: DeskDeps, sessionId: string, subjectId: string): Promise<boolean> {
  try {
    await deps.acts.reopenSession({ sessionId, actor: customerActor(subjectId), now: deps.clock() });
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

async function receive(deps: DeskDeps, context: Context) {
  const { message, from } = context;
  if (!message || !from) return;
  const { id: projectId, noticeVersion: version } = deps.project;
  // A colleague trying the bot must not become a customer with a retention period.
  if (await findStaff(deps.db, projectId, from.id)) {
    await context.reply(speechToStaff(deps).say('staff-welcome', { project: deps.project.name }));
    return;
  }
  const who = { projectId, telegramUserId: from.id, version };
  const state = await noticeState(deps.db, who);
  const asksAnew = state?.answer === null && !state.shown;
  // Whoever declined an older version has not agreed to a newer one.
  if (state?.latest === 'declined' && state.answer !== 'agreed') {
    const { speech } = await customerOf(deps, context);
    await context.reply(speech.say('not-stored'));
    if (asksAnew) await showNotice(deps, context, state);
    return;
  }
  await deps.acts.receiveMessage({
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
  if (asksAnew) await showNotice(deps, context, state);
  // Who writes for the first time has just seen it at /start.
  if (!state) await noteNoticeShown(deps.db, who);
}

async function receiveEdit(deps: DeskDeps, context: Context) {
  const message = context.editedMessage;
  const subject = await findSubject(deps.db, deps.project.id, context.from?.id ?? 0);
  if (!message || !subject) return;
  const { kind: _, ...edited } = contentOf(message);
  await deps.acts.editCustomerMessage({
    projectId: deps.project.id,
    botId: context.me.id,
    updateId: context.update.update_id,
    subjectId: subject.id,
    telegramMessageId: message.message_id,
    ...edited,
    editedAt: new Date((message.edit_date ?? message.date) * 1000),
    now: deps.clock(),
  });
}
