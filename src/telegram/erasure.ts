import { Composer, InlineKeyboard, type Context } from 'grammy';
import type { RequestOutcome } from '../acts/erasure-request.ts';
import { readErasure } from '../db/erasures.ts';
import { contactFacts, erasureOfPerson, heldSessions, saveProgressMessage } from '../db/my-data.ts';
import { AppError } from '../domain/errors.ts';
import { groupKept } from '../domain/kept.ts';
import {
  answerButton,
  customerOf,
  pseudonymOf,
  speechTo,
  unlessGone,
  type Customer,
} from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import { erasureText, previewKept, staysLines, viewErasure } from './erasure-card.ts';
import { createPace } from './pace.ts';
import { keyboardOf } from './send-erasure.ts';

const ASKING = ['deletemydata', 'removemydata', 'forgetme'];

/** What a link to the private chat carries, so that pressing Start asks at once. */
export const ASK_PAYLOAD = 'deletemydata';

/** The button that asks for an erasure, wherever it is offered. */
export const ASK_BUTTON = 'e:ask';

/** "Delete my data": asking, confirming with a one-time button, and how far it is. */
export function createErasureDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  const pace = createPace({
    perMinute: 3,
    clock: deps.clock,
    tooMuch: (context) => context.reply(speechTo(deps, context).say('slow-down')),
  });
  composer.chatType(['group', 'supergroup']).command(ASKING, pace, (context) => sendToPrivate(deps, context));
  const chat = composer.chatType('private');
  chat.command(ASKING, pace, (context) => ask(deps, context));
  chat
    .command('start')
    .filter((context) => context.match === ASK_PAYLOAD)
    .use(pace, (context) => ask(deps, context));
  chat.command('status', pace, (context) => status(deps, context, context.match.trim().toUpperCase()));
  chat.callbackQuery(ASK_BUTTON, pace, async (context) => {
    await answerButton(context);
    await ask(deps, context);
  });
  // Wherever it is pressed: a button that was passed on is refused, not ignored.
  composer.callbackQuery(/^e:(yes|no):([\w-]{22})$/, (context) =>
    press(deps, context, context.match[1] === 'yes', context.match[2] ?? ''),
  );
  chat.on('message', (context, next) => noticeContact(deps, context, next));
  return composer;
}

/** Data is nobody's business but the person's own, and an anonymous author is nobody in particular. */
async function sendToPrivate(deps: DeskDeps, context: Context) {
  const { say } = speechTo(deps, context);
  const isAnonymous = context.msg?.sender_chat !== undefined;
  const link = `https://t.me/${context.me.username}?start=${ASK_PAYLOAD}`;
  await context.reply(isAnonymous ? say('no-anonymous') : say('write-in-private'), {
    reply_markup: new InlineKeyboard().url(say('button-open-private'), link),
  });
}

async function ask(deps: DeskDeps, context: Context) {
  const customer = await customerOf(deps, context);
  const request = customer.person && (await requested(deps, customer));
  if (!request) {
    await context.reply(customer.speech.say('nothing-kept'));
    return;
  }
  if (request.nonce === null) {
    await showProgress(deps, context, customer, request.number);
    return;
  }
  const { progress_message_id: before } = await readErasure(deps.db, request.erasureId);
  const sent = await context.reply(await question(deps, customer, request), {
    reply_markup: new InlineKeyboard()
      .text(customer.speech.say('button-confirm-erasure'), `e:yes:${request.nonce}`)
      .row()
      .text(customer.speech.say('button-keep-data'), `e:no:${request.nonce}`),
  });
  await saveProgressMessage(deps.db, request.erasureId, sent.message_id);
  // The older button is worthless since the newer exists; nobody should press it in vain.
  if (before !== null) await unlessGone(() => context.api.editMessageReplyMarkup(sent.chat.id, before));
}

async function requested(deps: DeskDeps, { telegramUserId }: Customer): Promise<RequestOutcome | undefined> {
  try {
    return await deps.acts.requestErasure({ projectId: deps.project.id, telegramUserId, now: deps.clock() });
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** Step one: what goes, what stays and why, and that there is no way back. */
async function question(
  deps: DeskDeps,
  { person, speech }: Customer,
  { erasureId, number }: RequestOutcome,
): Promise<string> {
  const { say } = speech;
  const sessions = person ? await heldSessions(deps.db, person.id, deps.clock()) : [];
  const looked = await previewKept(
    deps,
    sessions.filter(({ erasing }) => !erasing),
  );
  const going = looked.flatMap(({ session, kept }) => (kept ? [] : [session]));
  const staying = groupKept(looked.flatMap(({ kept }) => kept ?? []));
  const { confirmable_until: until } = await readErasure(deps.db, erasureId);
  return [
    say('ask-title', { number, project: deps.project.name }),
    [
      say('ask-goes', {
        sessions: going.length,
        messages: going.reduce((sum, { messages }) => sum + messages, 0),
      }),
      say('ask-person'),
    ].join('\n'),
    staysLines(speech, staying).join('\n'),
    say('ask-end', { until: speech.moment(until ?? deps.clock()) }),
  ].join('\n\n');
}

/** Step two: the pressed button proves who it is, or is refused without a word about anybody. */
async function press(deps: DeskDeps, context: Context, confirms: boolean, nonce: string) {
  const { say } = speechTo(deps, context);
  const act = {
    projectId: deps.project.id,
    telegramUserId: context.from?.id ?? 0,
    nonce,
    now: deps.clock(),
  };
  try {
    if (context.chat?.type !== 'private')
      throw new AppError('not_allowed', 'The button was pressed outside the private chat.');
    if (!confirms) await deps.acts.withdrawErasure(act);
    else
      await deps.acts.confirmErasure({
        ...act,
        ...(context.msg && { progressMessageId: context.msg.message_id }),
      });
  } catch (error) {
    if (!(error instanceof AppError) || !REFUSALS.has(error.code)) throw error;
    await answerButton(
      context,
      error.code === 'already_decided' ? say('alert-under-way') : say('alert-not-yours'),
      true,
    );
    return;
  }
  if (!confirms) await unlessGone(() => context.editMessageText(say('alert-kept')));
  await answerButton(context, confirms ? say('alert-confirmed') : say('alert-kept'));
}

const REFUSALS = new Set(['not_allowed', 'already_decided', 'not_found']);

async function status(deps: DeskDeps, context: Context, number: string) {
  await showProgress(deps, context, await customerOf(deps, context), number || undefined);
}

/** Shows how far a request is; the message it was shown in before gives way to this one. */
async function showProgress(deps: DeskDeps, context: Context, customer: Customer, number?: string) {
  const { speech, telegramUserId } = customer;
  const erasure = await erasureOfPerson(deps.db, {
    projectId: deps.project.id,
    pseudonym: pseudonymOf(deps, telegramUserId),
    ...(number && { number }),
  });
  if (!erasure) {
    await context.reply(speech.say('nothing-running'));
    return;
  }
  const text = erasureText(speech, await viewErasure(deps, erasure));
  const sent = await context.reply(text, { reply_markup: keyboardOf(speech, erasure) });
  if (erasure.state !== 'confirmed') return;
  await saveProgressMessage(deps.db, erasure.id, sent.message_id);
  const before = erasure.progress_message_id;
  if (before !== null) await unlessGone(() => context.api.deleteMessage(sent.chat.id, before));
}

/** Whoever writes wants contact again; and what they begin while an erasure runs is not part of it. */
async function noticeContact(deps: DeskDeps, context: Context, next: () => Promise<void>) {
  const telegramUserId = context.from?.id ?? 0;
  const projectId = deps.project.id;
  const before = await contactFacts(deps.db, projectId, telegramUserId);
  if (before?.unsubscribedAt)
    await deps.customerData.resubscribe({ projectId, subjectId: before.subjectId, now: deps.clock() });
  await next();
  if (!before?.erasing || before.hasNewSession) return;
  const after = await contactFacts(deps.db, projectId, telegramUserId);
  if (!after?.erasing || !after.hasNewSession) return;
  const { say } = speechTo(deps, context, after.language);
  await context.reply(say('new-conversation', { number: after.erasing }));
}
