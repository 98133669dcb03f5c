import { Composer, type Context } from 'grammy';
import { findGroup } from '../db/groups.ts';
import { messageOfPoll } from '../db/relay-facts.ts';
import { findStaff } from '../db/staff.ts';
import type { CustomerChat } from '../domain/messages.ts';
import { mayDo } from '../domain/roles.ts';
import { reactionContent } from './content.ts';
import type { DeskDeps } from './deps.ts';

/** Reactions of customers and staff, and answers to the polls that staff ask. */
export function createReactionDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  composer.on('message_reaction', (context) => react(deps, context));
  composer.on('poll_answer', (context) => answerPoll(deps, context));
  return composer;
}

async function react(deps: DeskDeps, context: Context) {
  const told = context.messageReaction;
  // Who reacts in a chat's name is nobody in particular.
  if (!told?.user || told.user.is_bot) return;
  const { id: projectId, staffChatId } = deps.project;
  const staff = await findStaff(deps.db, projectId, told.user.id);
  const reaction = {
    ...{ projectId, botId: context.me.id, updateId: context.update.update_id, now: deps.clock() },
    ...{ kind: 'reaction' as const, content: reactionContent(told.new_reaction) },
    at: new Date(told.date * 1000),
  };
  if (told.chat.id === staffChatId) {
    if (!staff || !mayDo(staff.roles, 'session.answer')) return;
    const about = { staffMessageId: told.message_id };
    await deps.acts.storeReaction({ ...reaction, about, by: { staffId: staff.id } });
    return;
  }
  const chat = await chatOf(deps, told.chat);
  if (!chat || staff) return;
  const about = { chat, telegramMessageId: told.message_id };
  await deps.acts.storeReaction({ ...reaction, about, by: { telegramUserId: told.user.id } });
}

async function chatOf(
  { db, project }: DeskDeps,
  chat: { id: number; type: string },
): Promise<CustomerChat | undefined> {
  if (chat.type === 'private') return { kind: 'private', id: null };
  const group = await findGroup(db, project.id, chat.id);
  return group && { kind: 'group', id: group.id };
}

async function answerPoll(deps: DeskDeps, context: Context) {
  const answer = context.pollAnswer;
  if (!answer?.user) return;
  const messageId = await messageOfPoll(deps.db, answer.poll_id);
  if (messageId === undefined) return;
  const now = deps.clock();
  await deps.acts.storeReaction({
    ...{ projectId: deps.project.id, botId: context.me.id, updateId: context.update.update_id, now },
    ...{ kind: 'poll_answer', at: now, about: { messageId }, by: { telegramUserId: answer.user.id } },
    content: { extra: { poll_answer: { options: [...answer.option_ids] } } },
  });
}
