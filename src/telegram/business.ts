import { Composer, type Context } from 'grammy';
import type { BusinessConnection as Told, Message } from 'grammy/types';
import { findConnection, type BusinessConnection } from '../db/business.ts';
import { findStaff } from '../db/staff.ts';
import { consentOf, findSubject } from '../db/subjects.ts';
import { contentOf, incomingMessage } from './content.ts';
import type { DeskDeps } from './deps.ts';
import { profileOf } from './profile.ts';

/** Business accounts the bot is connected to: their customers' messages, their owners', edits and deletions. */
export function createBusinessDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  composer.on('business_connection', async (context) => {
    await record(deps, context.businessConnection);
  });
  composer.on('business_message', (context) => receive(deps, context, context.businessMessage));
  composer.on('edited_business_message', (context) =>
    receiveEdit(deps, context, context.editedBusinessMessage),
  );
  composer.on('deleted_business_messages', (context) => remove(deps, context));
  return composer;
}

function record({ acts, project, clock }: DeskDeps, told: Told): Promise<BusinessConnection> {
  const rights = Object.entries(told.rights ?? {}).flatMap(([name, given]) => (given ? [name] : []));
  return acts.recordConnection({
    projectId: project.id,
    telegramId: told.id,
    ownerTelegramId: told.user.id,
    enabled: told.is_enabled,
    canReply: told.rights?.can_reply === true,
    rights: rights.sort(),
    now: clock(),
  });
}

/** The connection of an update; one from before the bot listened is asked for. */
async function connectionOf(
  deps: DeskDeps,
  context: Context,
  telegramId: string | undefined,
): Promise<BusinessConnection | undefined> {
  if (telegramId === undefined) return undefined;
  const known = await findConnection(deps.db, deps.project.id, telegramId);
  return known ?? record(deps, await context.api.getBusinessConnection(telegramId));
}

async function receive(deps: DeskDeps, context: Context, message: Message) {
  const { from, chat } = message;
  // What the bot sent in the owner's name is kept already.
  if (!from || chat.type !== 'private' || message.sender_business_bot?.id === context.me.id) return;
  const connection = await connectionOf(deps, context, message.business_connection_id);
  if (!connection) return;
  const { id: projectId, noticeVersion } = deps.project;
  const isOwner = from.id === connection.ownerTelegramId;
  const known = await findSubject(deps.db, projectId, chat.id);
  if (known && (await consentOf(deps.db, known.id, noticeVersion)) === 'declined') return;
  const staff = isOwner ? await findStaff(deps.db, projectId, from.id) : undefined;
  await deps.acts.receiveMessage({
    ...incomingMessage(message),
    projectId,
    botId: context.me.id,
    updateId: context.update.update_id,
    chat: { kind: 'business', id: connection.id },
    from: {
      telegramUserId: chat.id,
      profile: profileOf({ ...chat, first_name: chat.first_name ?? '' }),
      ...(!isOwner && from.language_code && { language: from.language_code }),
    },
    ...(isOwner && { byOwner: { staffId: staff?.id ?? null } }),
    now: deps.clock(),
  });
}

async function receiveEdit(deps: DeskDeps, context: Context, message: Message) {
  if (message.sender_business_bot?.id === context.me.id) return;
  const { id: projectId } = deps.project;
  const connection = await connectionOf(deps, context, message.business_connection_id);
  const subject = await findSubject(deps.db, projectId, message.chat.id);
  if (!connection || !subject) return;
  const { content, attachments } = contentOf(message);
  await deps.acts.editCustomerMessage({
    ...{ projectId, content, attachments, subjectId: subject.id },
    chat: { kind: 'business', id: connection.id },
    botId: context.me.id,
    updateId: context.update.update_id,
    telegramMessageId: message.message_id,
    editedAt: new Date((message.edit_date ?? message.date) * 1000),
    now: deps.clock(),
  });
}

/** What is deleted there is deleted here: first what is live, then what the archive holds. */
async function remove(deps: DeskDeps, context: Context) {
  const deleted = context.deletedBusinessMessages;
  if (!deleted) return;
  const { id: projectId } = deps.project;
  const connection = await findConnection(deps.db, projectId, deleted.business_connection_id);
  const subject = await findSubject(deps.db, projectId, deleted.chat.id);
  if (!connection || !subject) return;
  const what = {
    connectionId: connection.id,
    subjectId: subject.id,
    telegramMessageIds: deleted.message_ids,
    now: deps.clock(),
  };
  const { removed } = await deps.acts.removeDeletedMessages(what);
  if (removed < deleted.message_ids.length) await deps.removeFromArchive(what);
}
