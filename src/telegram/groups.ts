import { Composer, type Context } from 'grammy';
import type { Chat, Message, User } from 'grammy/types';
import { newestSessionIn } from '../db/chat-sessions.ts';
import { findGroup, groupMoved, isGroupThere } from '../db/groups.ts';
import { findStaff } from '../db/staff.ts';
import { consentOf, findSubject } from '../db/subjects.ts';
import type { SubjectProfile } from '../domain/messages.ts';
import { answerTo } from '../domain/phases.ts';
import { contentOf, incomingMessage } from './content.ts';
import type { DeskDeps } from './deps.ts';
import { profileOf } from './profile.ts';

/** Groups of customers that the bot is in: who lets it in, what is written to it, edits, and their new ids. */
export function createGroupDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  const groups = composer
    .chatType(['group', 'supergroup'])
    .filter((context) => context.chat.id !== deps.project.staffChatId);
  groups.on('my_chat_member', (context) => noteMembership(deps, context));
  groups.on([':migrate_to_chat_id', ':migrate_from_chat_id'], (context) => migrate(deps, context));
  if (deps.project.groups === 'off') return composer;
  groups.on('message', (context) => receive(deps, context));
  groups.on('edited_message', (context) => receiveEdit(deps, context));
  return composer;
}

async function noteMembership({ acts, project, clock }: DeskDeps, context: Context) {
  const status = context.myChatMember?.new_chat_member.status;
  const group = { projectId: project.id, telegramChatId: context.chat?.id ?? 0, now: clock() };
  if (status === 'left' || status === 'kicked') await acts.leaveGroup(group);
  else if (project.groups !== 'off')
    await acts.enterGroup({ ...group, noticeVersion: project.noticeVersion });
}

async function migrate({ acts, project, clock }: DeskDeps, { message }: Context) {
  if (!message) return;
  const from = message.migrate_from_chat_id ?? message.chat.id;
  const to = message.migrate_to_chat_id ?? message.chat.id;
  await acts.migrateGroup({ projectId: project.id, from, to, now: clock() });
}

async function receive(deps: DeskDeps, context: Context) {
  const { message, from } = context;
  const sender = message && senderOf(message, from);
  if (!message || !sender || isServiceMessage(message) || !isMeant(deps, context, message)) return;
  const { project, acts, db, clock } = deps;
  const { id: projectId, noticeVersion } = project;
  const now = clock();
  const telegramChatId = message.chat.id;
  const group = await acts.enterGroup({ projectId, telegramChatId, noticeVersion, now });
  const update = { botId: context.me.id, updateId: context.update.update_id };
  const staff = await findStaff(db, projectId, sender.telegramUserId);
  if (staff) {
    await noteStaffMessage(deps, message, { groupId: group.id, staffId: staff.id, ...update });
    return;
  }
  const known = await findSubject(db, projectId, sender.telegramUserId);
  // Whoever said no in private has said it for everywhere, and is not told so before the others.
  if (known && (await consentOf(db, known.id, noticeVersion)) === 'declined') return;
  await acts.receiveMessage({
    ...incomingMessage(message),
    ...{ projectId, ...update, from: sender, now },
    chat: { kind: 'group', id: group.id },
  });
}

/** A colleague who helps in the group itself: it belongs to the session, and is shown in its topic. */
async function noteStaffMessage(
  { db, acts, clock }: DeskDeps,
  message: Message,
  { groupId, staffId, ...update }: { groupId: string; staffId: string; botId: number; updateId: number },
) {
  const now = clock();
  const current = await newestSessionIn(db, { kind: 'group', id: groupId }, '');
  // Nor is there one under an id that the group has no more.
  if (!current && !(await isGroupThere(db, groupId))) throw groupMoved(groupId);
  if (!current || answerTo('message', current, now) === 'new-session') return;
  const answer = { ...incomingMessage(message), ...update, sessionId: current.id, staffId, now };
  await acts.answerCustomer({ ...answer, writtenIn: 'chat' });
}

async function receiveEdit(deps: DeskDeps, context: Context) {
  const message = context.editedMessage;
  const sender = message && senderOf(message, context.from);
  const { id: projectId } = deps.project;
  const group = message && (await findGroup(deps.db, projectId, message.chat.id));
  if (!message || !sender || !group) return;
  const subject = await findSubject(deps.db, projectId, sender.telegramUserId);
  const { content, attachments } = contentOf(message);
  await deps.acts.editCustomerMessage({
    ...{ projectId, content, attachments, subjectId: subject?.id ?? '' },
    chat: { kind: 'group', id: group.id },
    botId: context.me.id,
    updateId: context.update.update_id,
    telegramMessageId: message.message_id,
    editedAt: new Date((message.edit_date ?? message.date) * 1000),
    now: deps.clock(),
  });
}

/** Who wrote: a person, or the group or a channel in whose name somebody did, which is nobody in particular. */
export function senderOf(
  { sender_chat: chat }: Pick<Message, 'sender_chat'>,
  from: User | undefined,
): { telegramUserId: number; language?: string; profile: SubjectProfile } | undefined {
  if (chat) return { telegramUserId: chat.id, profile: { firstName: titleOf(chat) } };
  if (!from || from.is_bot) return undefined;
  const language = from.language_code && { language: from.language_code };
  return { telegramUserId: from.id, profile: profileOf(from), ...language };
}

function titleOf(chat: Chat): string {
  return chat.title ?? 'anonymous';
}

/** Whether a message is for the bot, as the project has it. */
function isMeant({ project }: DeskDeps, { me }: Context, message: Message): boolean {
  const { groups } = project;
  if (groups === 'all') return true;
  const text = message.text ?? message.caption ?? '';
  const entities = message.entities ?? message.caption_entities ?? [];
  const name = `@${me.username}`.toLowerCase();
  const isNamed = entities.some((entity) => {
    const words = text.slice(entity.offset, entity.offset + entity.length).toLowerCase();
    if (entity.type === 'mention') return words === name;
    if (entity.type === 'text_mention') return entity.user.id === me.id;
    // Telegram brings a command without a name to every bot of the group.
    return entity.type === 'bot_command' && (words.endsWith(name) || !words.includes('@'));
  });
  return isNamed || (groups === 'reply' && message.reply_to_message?.from?.id === me.id);
}

const SERVICE = [
  'new_chat_members',
  'left_chat_member',
  'new_chat_title',
  'new_chat_photo',
  'delete_chat_photo',
  'group_chat_created',
  'supergroup_chat_created',
  'pinned_message',
  'message_auto_delete_timer_changed',
] as const;

/** What the group says of itself. */
function isServiceMessage(message: Message): boolean {
  return SERVICE.some((name) => message[name] !== undefined);
}
