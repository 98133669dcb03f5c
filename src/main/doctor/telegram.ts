import type { Api } from 'grammy';
import { failure, ok, warning, type Check, type Verdict } from '../../domain/doctor.ts';

/** What of the Bot API a look at a bot needs. */
export type BotLook = Pick<Api, 'getMe' | 'getWebhookInfo' | 'getChat' | 'getChatMember'>;

/** A project as its bot serves it. */
export interface BotProject {
  readonly id: string;
  readonly staffChatId: number | null;
  /** Where customers read what is kept of them. */
  readonly noticeUrl: string | null;
}

/** The bot of a project: its token, what it may do in the staff group, and whether updates reach it. */
export function checkBot(api: BotLook, project: BotProject): Check {
  return {
    area: 'telegram',
    check: `bot of ${project.id}`,
    async run() {
      const me = await api.getMe();
      const isAdmin = { is: false };
      const staff = await staffGroup(api, project, me.id, isAdmin);
      const named = (check: string, verdict: Verdict) => ({ check: `${project.id}: ${check}`, ...verdict });
      return [
        named('token', ok(`@${me.username}`)),
        named('webhook', webhook(await api.getWebhookInfo())),
        named('staff group', staff),
        named('privacy mode', privacy(me.can_read_all_group_messages, isAdmin.is)),
        named('privacy notice', notice(project)),
      ];
    },
  };
}

function webhook({ url }: { url?: string | undefined }): Verdict {
  if (!url) return ok('none, updates are fetched');
  return failure(
    'one is set',
    'Telegram sends updates there and refuses to let them be fetched: no message arrives here.',
    'curl https://api.telegram.org/botTOKEN/deleteWebhook',
  );
}

async function staffGroup(
  api: BotLook,
  { staffChatId, id }: BotProject,
  botId: number,
  isAdmin: { is: boolean },
): Promise<Verdict> {
  const setting = `telegram.staffChat in the project file of ${id}`;
  if (staffChatId === null)
    return warning('none', 'Nobody can answer customers in Telegram.', `Set ${setting}.`);
  const chat = await api.getChat(staffChatId);
  if (chat.type !== 'supergroup' || !chat.is_forum)
    return failure(
      'has no topics',
      'No session gets a topic, so staff see no message.',
      'Switch topics on in the settings of the group.',
    );
  const member = await api.getChatMember(staffChatId, botId);
  if (member.status !== 'administrator')
    return failure(
      `the bot is ${member.status === 'left' || member.status === 'kicked' ? 'not in it' : 'no administrator'}`,
      'It can make no topics and sees only what answers it: agents’ replies do not reach customers.',
      'Make the bot an administrator of the group, with the rights to manage topics and to delete messages.',
    );
  isAdmin.is = true;
  const missing = [
    ...(member.can_manage_topics ? [] : ['manage topics']),
    ...(member.can_delete_messages ? [] : ['delete messages']),
  ];
  if (missing.length === 0) return ok('the bot is an administrator with all it needs');
  return failure(
    `the bot may not ${missing.join(' nor ')}`,
    'Topics of new sessions are not made, or those of deleted ones stay, messages and all.',
    `Give the bot the right to ${missing.join(' and to ')} in the group.`,
  );
}

function privacy(seesAll: boolean, isAdmin: boolean): Verdict {
  if (seesAll) return ok('off, it sees every message of its groups');
  if (isAdmin) return ok('on; in the staff group it sees all as an administrator');
  return warning(
    'on',
    'In groups where it is no administrator it sees only what answers it.',
    'Send /setprivacy to @BotFather, or make the bot an administrator of the group.',
  );
}

function notice({ noticeUrl, id }: BotProject): Verdict {
  if (noticeUrl) return ok(noticeUrl);
  return warning(
    'has no address',
    'Customers cannot read on what grounds their data is kept before they write.',
    `Set notice.url in the project file of ${id}, and the same with /setprivacypolicy at @BotFather.`,
  );
}
