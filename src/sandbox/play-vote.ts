import type { Hub } from './hub.ts';
import type { ChatRecord, MessageRecord, PersonRecord } from './records.ts';
import { badRequest } from './refusal.ts';
import type { Updates } from './updates.ts';

/** Votes in a poll. A bot hears of it only where the poll is its own and the voters are named. */
export function vote(
  hub: Hub,
  updates: Updates,
  given: { person: PersonRecord; chat: ChatRecord; record: MessageRecord; options: number[] },
): void {
  const { person, chat, record, options } = given;
  const { poll, from } = record.message;
  if (!poll) throw badRequest('there is no poll in the message');
  if (poll.is_closed) throw badRequest('poll has already been closed');
  if (options.some((at) => poll.options[at] === undefined)) throw badRequest('poll option is invalid');
  if (options.length > 1 && !poll.allows_multiple_answers) throw badRequest('poll allows one answer');
  for (const at of options) {
    const option = poll.options[at];
    if (option) option.voter_count += 1;
  }
  poll.total_voter_count += options.length > 0 ? 1 : 0;
  hub.messages(chat.id).put(record.message.message_id, record);
  hub.changed({ projectId: chat.projectId, chatId: chat.id });
  const bot = hub.bots.get(chat.botId);
  if (!bot || from?.id !== bot.id || poll.is_anonymous) return;
  updates.push(bot, {
    poll_answer: {
      poll_id: poll.id,
      user: person.user,
      option_ids: options,
      option_persistent_ids: options.map(String),
    },
  });
}
