import { GrammyError, InlineKeyboard, type Context } from 'grammy';
import type { MessageEntity } from 'grammy/types';
import { colleaguesOf, deskFacts, type Colleague } from '../db/desk.ts';
import { mayDo } from '../domain/roles.ts';
import type { DeskDeps } from './deps.ts';
import { shortActor } from './cards.ts';
import { speechToStaff } from './customer-speech.ts';
import { refused } from './refusals.ts';

/** A keyboard that nobody scrolls through. */
const MOST = 20;

/** Everybody a session can be transferred to. */
async function answering({ db, project }: DeskDeps): Promise<Colleague[]> {
  const all = await colleaguesOf(db, project.id);
  return all.filter(({ roles }) => mayDo(roles, 'session.answer'));
}

/** Lists them as buttons, with the first names they have in Telegram, which are kept nowhere. */
export async function offerColleagues(deps: DeskDeps, context: Context, sessionId: string): Promise<void> {
  const colleagues = (await answering(deps)).slice(0, MOST);
  if (colleagues.length === 0) throw refused('input_invalid', 'nobody-answers');
  const users = await Promise.all(colleagues.map((colleague) => userOf(deps, context, colleague)));
  const speech = speechToStaff(deps);
  const keyboard = new InlineKeyboard();
  for (const [at, { id }] of colleagues.entries()) {
    const name = users[at]?.first_name;
    const label = name ? `${name} · ${shortActor(speech, id)}` : shortActor(speech, id);
    keyboard.text(label, `c:to:${sessionId}:${id.slice(0, 8)}`).row();
  }
  await context.reply(speech.say('transfer-head'), { reply_markup: keyboard });
}

/**
 * The colleague that the words of a command mean: `me`, a mention, a Telegram id, or the beginning of a
 * staff id.
 *
 * @throws AppError `input_invalid`
 */
export async function colleagueMeant(deps: DeskDeps, context: Context, words: string): Promise<Colleague> {
  const colleagues = await answering(deps);
  const mentioned = context.msg?.entities?.find(({ type }) => type === 'text_mention');
  const telegramId =
    mentioned?.type === 'text_mention'
      ? mentioned.user.id
      : /^me$/i.test(words)
        ? context.from?.id
        : /^\d+$/.test(words)
          ? Number(words)
          : undefined;
  const username = /^@(\w+)$/.exec(words)?.[1]?.toLowerCase();
  const found =
    colleagues.find((one) => telegramId !== undefined && one.telegramUserId === telegramId) ??
    (username === undefined
      ? byIdPrefix(colleagues, words)
      : await named(deps, context, colleagues, username));
  if (!found) throw refused('input_invalid', 'colleague-unknown');
  return found;
}

/** By the short id of a button. @throws AppError `input_invalid` for who has left meanwhile */
export async function colleagueByShortId(deps: DeskDeps, shortId: string): Promise<Colleague> {
  const found = byIdPrefix(await answering(deps), shortId);
  if (!found) throw refused('input_invalid', 'colleague-unknown');
  return found;
}

function byIdPrefix(colleagues: readonly Colleague[], prefix: string): Colleague | undefined {
  if (!/^[0-9a-f]{4,8}$/i.test(prefix)) return undefined;
  const matching = colleagues.filter(({ id }) => id.startsWith(prefix.toLowerCase()));
  return matching.length === 1 ? matching[0] : undefined;
}

/** Bots are told of no username before its owner writes, so everybody is looked up. */
async function named(
  deps: DeskDeps,
  context: Context,
  colleagues: readonly Colleague[],
  username: string,
): Promise<Colleague | undefined> {
  for (const colleague of colleagues)
    if ((await userOf(deps, context, colleague))?.username?.toLowerCase() === username) return colleague;
  return undefined;
}

/** Who a colleague is in Telegram; `undefined` for who is not in the group. */
async function userOf({ project }: DeskDeps, { api }: Context, { telegramUserId }: Colleague) {
  if (project.staffChatId === null || telegramUserId === null) return undefined;
  try {
    return (await api.getChatMember(project.staffChatId, telegramUserId)).user;
  } catch (error) {
    if (error instanceof GrammyError && error.error_code === 400) return undefined;
    throw error;
  }
}

/** A line that mentions who is responsible for a session; `undefined` for who has no Telegram account here. */
export async function mentionOfResponsible(
  deps: DeskDeps,
  sessionId: string,
): Promise<{ text: string; entity: MessageEntity.TextMentionMessageEntity } | undefined> {
  const { db, project } = deps;
  const assignedTo = (await deskFacts(db, sessionId))?.assignedTo;
  const colleague = (await colleaguesOf(db, project.id)).find(({ id }) => id === assignedTo);
  if (!colleague?.telegramUserId) return undefined;
  const speech = speechToStaff(deps);
  const who = shortActor(speech, colleague.id);
  const text = speech.say('transfer-yours', { who });
  const user = { id: colleague.telegramUserId, is_bot: false, first_name: who };
  return { text, entity: { type: 'text_mention', offset: text.indexOf(who), length: who.length, user } };
}
