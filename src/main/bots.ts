import { Api } from 'grammy';
import type { BotAccess } from '../config.ts';
import { recordUpdate } from '../db/inbox.ts';
import { DELIVERY_CHANNEL } from '../db/deliveries.ts';
import { listProjects } from '../db/projects.ts';
import type { Project } from '../db/tables.ts';
import { createBot } from '../telegram/bot.ts';
import { offerCommands } from '../telegram/commands.ts';
import type { BotApi } from '../telegram/files.ts';
import { startPolling } from '../telegram/polling.ts';
import { startSender } from '../telegram/sender.ts';
import { botAccessOf } from './bot-access.ts';
import { isOutage } from './outage.ts';
import type { Services } from './services.ts';

/** What of the services the bots need. */
export type BotServices = Pick<Services, 'config' | 'db' | 'vault' | 'acts' | 'listener' | 'log'>;

const POLL_MS = 1000;

/** The Bot API of each project that has a bot. */
export function botApisOf({ config }: Pick<Services, 'config'>): (projectId: string) => BotApi | undefined {
  return (projectId) => {
    const access = botAccessOf(config, projectId);
    if (!access) return undefined;
    const { token, apiRoot } = access;
    return { api: new Api(token, { apiRoot }), token, root: apiRoot };
  };
}

/** Starts the bot of every project that has one: what it receives, and what it sends. */
export async function startBots(
  services: BotServices,
): Promise<{ stop(): Promise<void>; projectIds: string[] }> {
  const projects = await listProjects(services.db);
  const running = projects.flatMap((project) => {
    const access = botAccessOf(services.config, project.id);
    return access ? [startBot(services, project, access)] : [];
  });
  return {
    projectIds: running.map(({ id }) => id),
    async stop() {
      await Promise.all(running.flatMap(({ polling, sender }) => [polling.stop(), sender.stop()]));
    },
  };
}

function startBot(
  { db, vault, acts, listener, log: parent }: BotServices,
  project: Project,
  access: BotAccess,
) {
  const log = parent.child({ project: project.id });
  const deps = {
    project: {
      id: project.id,
      name: project.name,
      noticeVersion: project.notice_version,
      staffChatId: project.staff_chat_id,
    },
    ...{ acts, db, vault, log },
    clock: () => new Date(),
  };
  const bot = createBot(deps, access);
  const polling = startPolling({
    bot,
    log,
    isOutage,
    setAside: async (update, code) => {
      const botId = bot.botInfo.id;
      await recordUpdate(db, {
        botId,
        updateId: update.update_id,
        kind: 'set aside',
        outcome: code,
        now: new Date(),
      });
    },
  });
  offerCommands(bot.api, project.staff_chat_id).catch(() =>
    log.warn('Telegram did not take the list of commands; it is offered again at the next start'),
  );
  const news = (signal: AbortSignal) => listener.wait(DELIVERY_CHANNEL, POLL_MS, signal);
  return { id: project.id, polling, sender: startSender({ ...deps, api: bot.api, news }) };
}
