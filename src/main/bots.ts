import { Api } from 'grammy';
import { createCustomerDataActs } from '../acts/customer-data.ts';
import { createPollingMark, notePollingStart } from '../acts/updates-gap.ts';
import type { BotAccess } from '../config.ts';
import { recordUpdate } from '../db/inbox.ts';
import { DELIVERY_CHANNEL } from '../db/deliveries.ts';
import { listProjects } from '../db/projects.ts';
import type { Project } from '../db/tables.ts';
import { createBot } from '../telegram/bot.ts';
import { offerCommands } from '../telegram/commands.ts';
import type { DeskDeps } from '../telegram/deps.ts';
import { createExporter } from '../telegram/export.ts';
import type { BotApi } from '../telegram/files.ts';
import { startPolling } from '../telegram/polling.ts';
import { startSender } from '../telegram/sender.ts';
import { createArchiveReader } from './archive-reader.ts';
import { botAccessOf } from './bot-access.ts';
import { isOutage } from './outage.ts';
import type { Services } from './services.ts';

/** What of the services the bots need. */
export type BotServices = Pick<
  Services,
  'config' | 'db' | 'vault' | 'acts' | 'listener' | 'log' | 'pseudonym' | 'stores' | 'projects'
>;

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
      await Promise.all(running.map(({ exporter }) => exporter.stop()));
    },
  };
}

function startBot(services: BotServices, project: Project, access: BotAccess) {
  const { db, listener } = services;
  const log = services.log.child({ project: project.id });
  const deps = deskDeps(services, project, log);
  const exporter = createExporter(deps);
  const bot = createBot(deps, { ...access, exportDesk: exporter.desk });
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
    onStart: async (botId) => {
      const gap = await notePollingStart(db, { projectId: project.id, botId, now: new Date() });
      if (gap)
        log.error(
          { alarm: 'updates_gap', ...gap },
          'updates of this time are lost: Telegram keeps them for a day',
        );
    },
    onPolled: createPollingMark(db, () => new Date()),
  });
  offerCommands(bot.api, project.staff_chat_id).catch(() =>
    log.warn('Telegram did not take the list of commands; it is offered again at the next start'),
  );
  const news = (signal: AbortSignal) => listener.wait(DELIVERY_CHANNEL, POLL_MS, signal);
  return { id: project.id, polling, exporter, sender: startSender({ ...deps, api: bot.api, news }) };
}

function deskDeps(services: BotServices, project: Project, log: BotServices['log']): DeskDeps {
  const { db, vault, acts, pseudonym, stores } = services;
  const file = services.projects.find(({ id }) => id === project.id);
  return {
    project: {
      id: project.id,
      name: project.name,
      noticeVersion: project.notice_version,
      noticeUrl: file?.notice.url ?? null,
      staffChatId: project.staff_chat_id,
      language: project.language,
      timeZone: project.time_zone,
      jurisdiction: project.jurisdiction,
      contact: file?.contact ?? null,
    },
    ...{ acts, db, vault, pseudonym, log },
    customerData: createCustomerDataActs({ db }),
    openArchive: createArchiveReader({ stores, vault, db }),
    clock: () => new Date(),
  };
}
