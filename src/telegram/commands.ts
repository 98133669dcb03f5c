import type { Api } from 'grammy';
import { SPOKEN, speechOf, type Spoken } from './erasure-texts.ts';

const CUSTOMER = [
  { command: 'start', description: 'Begin, and see the privacy notice' },
  { command: 'end', description: 'Close this conversation' },
  { command: 'settings', description: 'Where you live, and how long you are kept' },
];

const STAFF = [
  { command: 'close', description: 'Close this session' },
  { command: 'reopen', description: 'Open it again, while its window lasts' },
  { command: 'tag', description: 'Label it: /tag refund' },
  { command: 'untag', description: 'Remove a label: /untag refund' },
  { command: 'hold', description: 'Stop any deletion: /hold reason' },
  { command: 'jurisdiction', description: 'Correct where the customer lives: /jurisdiction EU' },
  { command: 'release', description: 'Release what holds it' },
];

/**
 * Tells Telegram which commands to offer whom. Offering is not allowing: every command asks for the role
 * of its sender itself.
 */
export async function offerCommands(api: Api, staffChatId: number | null): Promise<void> {
  const scope = { type: 'all_private_chats' } as const;
  await api.setMyCommands(customerCommands('en'), { scope });
  for (const language of SPOKEN)
    if (language !== 'en')
      await api.setMyCommands(customerCommands(language), { scope, language_code: language });
  if (staffChatId !== null) await api.setMyCommands(STAFF, { scope: { type: 'chat', chat_id: staffChatId } });
}

/** The customers' commands in a language, those that it has no words for in English. */
function customerCommands(language: Spoken): { command: string; description: string }[] {
  const { commands } = speechOf([language], 'UTC').words;
  const translated = Object.entries(commands).map(([command, description]) => ({ command, description }));
  return [...translated, ...CUSTOMER.filter(({ command }) => !(command in commands))];
}
