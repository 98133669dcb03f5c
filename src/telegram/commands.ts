import type { Api } from 'grammy';
import type { LanguageCode } from 'grammy/types';
import { speechToStaff, unlessGone } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import type { Speech } from './texts.ts';

const CUSTOMER = [
  'start',
  'end',
  'language',
  'settings',
  'mydata',
  'status',
  'export',
  'deletemydata',
  'unsubscribe',
  'privacy',
  'developer_info',
] as const;

const STAFF = [
  'info',
  'close',
  'reopen',
  'tag',
  'untag',
  'note',
  'transfer',
  'silent',
  'delete',
  'ban',
  'unban',
  'hold',
  'release',
  'jurisdiction',
] as const;

/**
 * Tells Telegram which commands to offer whom, in every language. Offering is not allowing: every command
 * asks for the role of its sender itself.
 */
export async function offerCommands(api: Api, deps: Pick<DeskDeps, 'texts' | 'project'>): Promise<void> {
  const { texts, project } = deps;
  const scope = { type: 'all_private_chats' } as const;
  // Who has an app in a language that we have not is offered them in the project's.
  await api.setMyCommands(customerCommands(speechToStaff(deps)), { scope });
  for (const language of texts.languages)
    await api.setMyCommands(customerCommands(texts.speech([language], project.timeZone)), {
      scope,
      language_code: language as LanguageCode,
    });
  if (project.staffChatId === null) return;
  const { say } = speechToStaff(deps);
  const staff = STAFF.map((command) => ({ command, description: say(`command-staff-${command}`) }));
  await api.setMyCommands(staff, { scope: { type: 'chat', chat_id: project.staffChatId } });
}

/** Offers the customers' commands in one chat in the language that was chosen there. */
export async function offerCommandsIn(
  api: Api,
  { texts, project }: Pick<DeskDeps, 'texts' | 'project'>,
  { chatId, language }: { chatId: number; language: string },
): Promise<void> {
  const speech = texts.speech([language], project.timeZone);
  await api.setMyCommands(customerCommands(speech), { scope: { type: 'chat', chat_id: chatId } });
}

/** Takes back what was offered in one chat, where Telegram still knows the chat. */
export async function forgetCommandsIn(api: Api, chatId: number): Promise<void> {
  await unlessGone(() => api.deleteMyCommands({ scope: { type: 'chat', chat_id: chatId } }));
}

function customerCommands({ say }: Speech): { command: string; description: string }[] {
  return CUSTOMER.map((command) => ({ command, description: say(`command-${command}`) }));
}
