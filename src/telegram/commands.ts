import type { Api } from 'grammy';

const CUSTOMER = [
  { command: 'start', description: 'Begin, and see the privacy notice' },
  { command: 'end', description: 'Close this conversation' },
];

const STAFF = [
  { command: 'close', description: 'Close this session' },
  { command: 'reopen', description: 'Open it again, while its window lasts' },
  { command: 'tag', description: 'Label it: /tag refund' },
  { command: 'untag', description: 'Remove a label: /untag refund' },
  { command: 'hold', description: 'Stop any deletion: /hold reason' },
  { command: 'release', description: 'Release what holds it' },
];

/**
 * Tells Telegram which commands to offer whom. Offering is not allowing: every command asks for the role
 * of its sender itself.
 */
export async function offerCommands(api: Api, staffChatId: number | null): Promise<void> {
  await api.setMyCommands(CUSTOMER, { scope: { type: 'all_private_chats' } });
  if (staffChatId !== null) await api.setMyCommands(STAFF, { scope: { type: 'chat', chat_id: staffChatId } });
}
