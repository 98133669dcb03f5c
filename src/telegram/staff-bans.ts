import { Composer, type Context, type FilterQuery } from 'grammy';
import { isBanned, markBanTold } from '../db/bans.ts';
import { answerButton, customerOf } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';

/** What brings words, files or reactions of a person. */
const TAKEN: FilterQuery[] = [
  'message',
  'edited_message',
  'business_message',
  'edited_business_message',
  'message_reaction',
  'poll_answer',
];

/** Keeps what banned customers send from being taken, wherever they write; in private they are told once. */
export function createBanDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  composer.on(TAKEN, async (context, next) => {
    // Who writes as a group or a channel is known by its id, as when their message is taken.
    const telegramUserId = context.msg?.sender_chat?.id ?? context.from?.id ?? 0;
    const isPrivate = context.msg?.chat.type === 'private' && context.businessConnectionId === undefined;
    // These two bring no words of theirs.
    const isHarmless = isPrivate && context.hasCommand(['start', 'end']);
    if (isHarmless || !(await isBanned(deps.db, deps.project.id, telegramUserId))) await next();
    else if (isPrivate) await tellOnce(deps, context, telegramUserId);
  });
  // A conversation that is open again would take nothing of theirs.
  composer.callbackQuery(/^o:reopen:/, async (context, next) => {
    const { id: projectId, name: project } = deps.project;
    if (!(await isBanned(deps.db, projectId, context.from.id))) return next();
    const { speech } = await customerOf(deps, context);
    await answerButton(context, speech.say('banned', { project }), true);
  });
  return composer;
}

async function tellOnce(deps: DeskDeps, context: Context, telegramUserId: number) {
  const { id: projectId, name: project } = deps.project;
  if (!(await markBanTold(deps.db, { projectId, telegramUserId, now: deps.clock() }))) return;
  const { speech } = await customerOf(deps, context);
  await context.reply(speech.say('banned', { project }));
}
