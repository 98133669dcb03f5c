import { Composer, InlineKeyboard, type Context } from 'grammy';
import { noteNoticeShown, type NoticeState } from '../db/notices.ts';
import { answerButton, customerOf, unlessGone } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import { offerPlaces } from './settings.ts';

/** The privacy notice: shown once in each version, and answered with the version that was shown. */
export function createNoticeDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  const chat = composer.chatType('private');
  chat.callbackQuery(/^notice:(agreed|declined)$/, (context) =>
    answer(deps, context, context.match[1] as 'agreed' | 'declined'),
  );
  chat.callbackQuery('notice:details', async (context) => {
    const { speech } = await customerOf(deps, context);
    await context.reply(speech.say('notice-details'));
    await answerButton(context);
  });
  return composer;
}

/** Shows the notice that is in force. @param state how they stand to it, where they are known */
export async function showNotice(deps: DeskDeps, context: Context, state?: NoticeState): Promise<void> {
  const { id: projectId, name: project, noticeVersion: version } = deps.project;
  const { telegramUserId, speech } = await customerOf(deps, context);
  const { say } = speech;
  const hasChanged = state !== undefined && state.answer === null && state.latest !== null;
  await context.reply(say(hasChanged ? 'notice-changed' : 'notice', { project }), {
    reply_markup: new InlineKeyboard()
      .text(say('button-agree'), 'notice:agreed')
      .text(say('button-details'), 'notice:details')
      .text(say('button-decline'), 'notice:declined'),
  });
  await noteNoticeShown(deps.db, { projectId, telegramUserId, version });
}

async function answer(deps: DeskDeps, context: Context, choice: 'agreed' | 'declined') {
  await deps.acts.answerNotice({
    projectId: deps.project.id,
    telegramUserId: context.from?.id ?? 0,
    ...(context.from?.language_code && { language: context.from.language_code }),
    noticeVersion: deps.project.noticeVersion,
    choice,
    now: deps.clock(),
  });
  const { speech } = await customerOf(deps, context);
  await unlessGone(() => context.editMessageText(speech.say(choice)));
  if (choice === 'agreed') await offerPlaces(deps, context);
  await answerButton(context);
}
