import { GrammyError, type Api } from 'grammy';
import { failure, ok, warning, type Check, type Verdict } from '../../domain/doctor.ts';
import { checkCommands } from './telegram-commands.ts';
import { checkStaff, checkSupervisorsGroup, type BotMember } from './telegram-staff.ts';

/** What of the Bot API a look at a bot needs. */
export type BotLook = Pick<
  Api,
  'getMe' | 'getWebhookInfo' | 'getChat' | 'getChatMember' | 'getMyCommands' | 'sendChatAction'
>;

/** A project as its bot serves it. */
export interface BotProject {
  readonly id: string;
  readonly staffChatId: number | null;
  readonly supervisorsChatId: number | null;
  /** Where Telegram should send updates; `null` where they are fetched. */
  readonly webhookUrl: string | null;
  /** Where customers read what is kept of them. */
  readonly noticeUrl: string | null;
  readonly staff: readonly BotMember[];
  /** The languages in which customers are offered commands. */
  readonly languages: readonly string[];
  /** The kinds of updates that the service asks Telegram for. */
  readonly updates: readonly string[];
}

/** The bot of a project: its token, what it may do in its groups, whom it reaches, and whether updates reach it. */
export function checkBot(api: BotLook, project: BotProject): Check {
  return {
    area: 'telegram',
    check: `bot of ${project.id}`,
    async run() {
      const me = await api.getMe().catch(refusedToken);
      if ('level' in me) return [{ check: `${project.id}: token`, ...me }];
      const { isAdmin, verdict } = await staffGroup(api, project, me.id);
      const webhookInfo = await api.getWebhookInfo();
      const named = (check: string, found: Verdict) => ({ check: `${project.id}: ${check}`, ...found });
      return [
        named('token', ok(`@${me.username}`)),
        named('webhook', webhook(webhookInfo, project.webhookUrl)),
        named('waiting updates', waiting(webhookInfo)),
        named('kinds of updates', kinds(webhookInfo.allowed_updates, project.updates)),
        named('staff group', verdict),
        ...(project.supervisorsChatId === null
          ? []
          : [
              named('supervisors’ group', await checkSupervisorsGroup(api, project.supervisorsChatId, me.id)),
            ]),
        named('privacy mode', privacy(me.can_read_all_group_messages, isAdmin)),
        named('staff', await checkStaff(api, project)),
        named('commands', await checkCommands(api, project)),
        named('privacy notice', notice(project)),
        named('business accounts', business(me.can_connect_to_business)),
      ];
    },
  };
}

/** Telegram answers 401 or 404 to a token that is none any more. */
function refusedToken(error: unknown): Verdict {
  if (!(error instanceof GrammyError) || (error.error_code !== 401 && error.error_code !== 404)) throw error;
  return failure(
    'Telegram does not know it',
    'The bot receives and sends nothing.',
    'Send /token to @BotFather, and set RETENTION_BOT_TOKEN_… to what it says.',
  );
}

function webhook({ url }: { url?: string | undefined }, wanted: string | null): Verdict {
  if (wanted === null && !url) return ok('none, updates are fetched');
  if (wanted !== null && url === wanted) return ok(wanted);
  const mend = 'curl https://api.telegram.org/botTOKEN/deleteWebhook';
  if (wanted === null)
    return failure(
      'one is set',
      'Telegram sends updates there and refuses to let them be fetched: no message arrives here.',
      mend,
    );
  return failure(
    url ? 'another one is set' : 'none is set',
    'Telegram does not send updates to this installation.',
    'Restart the part bot, which sets it, and see its log for why Telegram refused.',
  );
}

/** More than these wait only where nobody fetches them. */
const MANY = 100;

function waiting(info: {
  pending_update_count: number;
  last_error_date?: number | undefined;
  last_error_message?: string | undefined;
}): Verdict {
  const { pending_update_count: pending, last_error_date: at, last_error_message: message } = info;
  const error = at
    ? `; last error of the webhook at ${new Date(at * 1000).toISOString()}: ${message ?? ''}`
    : '';
  if (pending <= MANY) return ok(`${pending}${error}`);
  return warning(
    `${pending}${error}`,
    'Customers wait for an answer, and Telegram forgets an update after a day.',
    'Check that the part bot runs: retention status',
  );
}

/** Telegram names the kinds that were asked for last; without any, it sends its usual ones. */
function kinds(asked: readonly string[] | undefined, wanted: readonly string[]): Verdict {
  if (!asked) return ok('nobody has asked for any yet; the service does when it starts');
  const missing = wanted.filter((kind) => !asked.includes(kind));
  if (missing.length === 0) return ok(`all ${wanted.length} that the service handles`);
  return warning(
    `${missing.join(', ')} not among those asked for last`,
    'Another program, or an older version, fetched updates with this token.',
    'Stop what else uses the token, then restart the part bot: it asks anew.',
  );
}

async function staffGroup(
  api: BotLook,
  { staffChatId, id }: BotProject,
  botId: number,
): Promise<{ isAdmin: boolean; verdict: Verdict }> {
  const setting = `telegram.staffChat in the project file of ${id}`;
  const not = (verdict: Verdict) => ({ isAdmin: false, verdict });
  if (staffChatId === null)
    return not(warning('none', 'Nobody can answer customers in Telegram.', `Set ${setting}.`));
  const chat = await api.getChat(staffChatId).catch(noSuchChat);
  if (!chat)
    return not(
      failure(
        `${staffChatId} is no chat that the bot is in`,
        'No session gets a topic, so staff see no message.',
        `Add the bot to the group, and compare its id with ${setting}: a group that became a supergroup has a new one.`,
      ),
    );
  if (chat.type !== 'supergroup' || !chat.is_forum)
    return not(
      failure(
        'has no topics',
        'No session gets a topic, so staff see no message.',
        'Switch topics on in the settings of the group.',
      ),
    );
  const member = await api.getChatMember(staffChatId, botId);
  if (member.status !== 'administrator')
    return not(
      failure(
        `the bot is ${member.status === 'left' || member.status === 'kicked' ? 'not in it' : 'no administrator'}`,
        'It can make no topics and sees only what answers it: agents’ replies do not reach customers.',
        'Make the bot an administrator of the group, with the rights to manage topics, to pin and to delete messages.',
      ),
    );
  return { isAdmin: true, verdict: rights(member) };
}

function rights(member: {
  can_manage_topics?: boolean;
  can_delete_messages: boolean;
  can_pin_messages?: boolean;
}): Verdict {
  const missing = [
    ...(member.can_manage_topics ? [] : ['manage topics']),
    ...(member.can_delete_messages ? [] : ['delete messages']),
    ...(member.can_pin_messages ? [] : ['pin messages']),
  ];
  if (missing.length === 0) return ok('a forum, the bot is an administrator with all it needs');
  return failure(
    `the bot may not ${missing.join(' nor ')}`,
    'Topics of new sessions are not made, cards are not pinned in them, or topics of deleted ones stay, messages and all.',
    `Give the bot the right to ${missing.join(' and to ')} in the group.`,
  );
}

/** `undefined` for a chat that the bot does not know or was put out of. */
function noSuchChat(error: unknown): undefined {
  if (error instanceof GrammyError && (error.error_code === 400 || error.error_code === 403))
    return undefined;
  throw error;
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
  if (noticeUrl)
    return ok(`${noticeUrl}; Telegram tells no bot whether its profile shows it too: see /setprivacypolicy`);
  return warning(
    'has no address',
    'Customers cannot read on what grounds their data is kept before they write.',
    `Set notice.url in the project file of ${id}, and the same with /setprivacypolicy at @BotFather.`,
  );
}

function business(canConnect: boolean): Verdict {
  return canConnect
    ? ok('the bot may be connected to them')
    : ok('the bot cannot be connected to them; for that, switch Business Mode on at @BotFather');
}
