import type { BotCommandScope } from '@grammyjs/types';
import { badRequest } from '../refusal.ts';
import type { Methods } from './method.ts';

/** The bot about itself: getMe, its commands, its descriptions, saying goodbye. */
export const botMethods: Methods = {
  getMe: ({ bot }) => ({
    ...bot.user,
    is_bot: true,
    can_join_groups: true,
    can_read_all_group_messages: true,
    supports_inline_queries: false,
    can_connect_to_business: true,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
    can_manage_bots: false,
    supports_join_request_queries: false,
  }),

  setMyCommands({ hub, bot }, { commands, scope, language_code }) {
    if (!commands) throw badRequest("can't parse commands JSON object");
    if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH');
    for (const { command, description } of commands) {
      if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID');
      if (description.length < 1 || description.length > 256)
        throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID');
    }
    bot.commands[commandsKey(scope, language_code)] = [...commands];
    hub.bots.put(bot.id, bot);
    hub.changed({ projectId: bot.projectId });
    return true;
  },
  getMyCommands: ({ bot }, { scope, language_code }) => bot.commands[commandsKey(scope, language_code)] ?? [],
  deleteMyCommands({ hub, bot }, { scope, language_code }) {
    const { [commandsKey(scope, language_code)]: _, ...others } = bot.commands;
    bot.commands = others;
    hub.bots.put(bot.id, bot);
    return true;
  },

  setMyDescription({ hub, bot }, { description }) {
    bot.description = description ?? '';
    hub.bots.put(bot.id, bot);
    return true;
  },
  getMyDescription: ({ bot }) => ({ description: bot.description }),
  setMyShortDescription({ hub, bot }, { short_description }) {
    bot.shortDescription = short_description ?? '';
    hub.bots.put(bot.id, bot);
    return true;
  },
  getMyShortDescription: ({ bot }) => ({ short_description: bot.shortDescription }),

  logOut: () => true,
  close: () => true,
};

/** Where Telegram files a list of commands: its scope, the chat and user it names, its language. */
export function commandsKey(scope: BotCommandScope | undefined, language: string | undefined): string {
  const { type = 'default', ...ids } = scope ?? {};
  return [type, ...Object.values(ids).map(String), language ?? ''].join('|');
}
