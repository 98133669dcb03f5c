import { createCustomerDataActs } from '../acts/customer-data.ts';
import { createPollingMark, notePollingStart } from '../acts/updates-gap.ts';
import type { BotAccess } from '../config.ts';
import { recordUpdate } from '../db/inbox.ts';
import { DELIVERY_CHANNEL } from '../db/deliveries.ts';
import type { Project } from '../db/tables.ts';
import type { ProjectFile } from '../domain/project.ts';
import { DEFAULT_REVIEW_TIMES } from '../domain/review-times.ts';
import { createBot } from '../telegram/bot.ts';
import { offerCommands } from '../telegram/commands.ts';
import type { DeskDeps } from '../telegram/deps.ts';
import { createExporter } from '../telegram/export.ts';
import { createIntake, patienceUntil } from '../telegram/intake.ts';
import { startPolling } from '../telegram/polling.ts';
import { keepWebhook } from '../telegram/keep-webhook.ts';
import { startSender } from '../telegram/sender.ts';
import type { Texts } from '../telegram/texts.ts';
import { createUpdateQueue } from '../telegram/update-queue.ts';
import { createWaitingUpdates } from '../telegram/waiting-updates.ts';
import { webhookPath, type Webhooks } from '../telegram/webhook.ts';
import { createArchiveReader } from './archive-reader.ts';
import { createArchiveRemoval } from './archive-removal.ts';
import { isOutage } from './outage.ts';
import type { Services } from './services.ts';

/** What of the services the bots need. */
export type BotServices = Pick<
  Services,
  | 'config'
  | 'db'
  | 'vault'
  | 'acts'
  | 'listener'
  | 'log'
  | 'pseudonym'
  | 'stores'
  | 'projects'
  | 'translations'
>;

const POLL_MS = 1000;

/** A project as its bot needs it: its row, what only its file says, and how the bot is reached. */
export interface ProjectBot {
  readonly project: Project;
  readonly file: ProjectFile | undefined;
  readonly access: BotAccess;
}

/** What all bots of a process share. */
export interface Shared {
  readonly services: BotServices;
  readonly texts: Texts;
  /** Where Telegram reaches this installation; without it every bot fetches its updates. */
  readonly webhooks: { readonly url: string; readonly at: Webhooks } | undefined;
}

/** Runs the bot of one project: what it receives, and what it sends. */
export function runBot(shared: Shared, one: ProjectBot): { stop(): Promise<void> } {
  const { listener } = shared.services;
  const { project, access } = one;
  const log = shared.services.log.child({ project: project.id });
  const deps = deskDeps(shared, one, log);
  const exporter = createExporter(deps);
  const bot = createBot(deps, { ...access, exportDesk: exporter.desk });
  const receiving = receive(shared, one, bot, log);
  offerCommands(bot.api, deps).catch(() =>
    log.warn('Telegram did not take the list of commands; it is offered again at the next start'),
  );
  const news = (signal: AbortSignal) => listener.wait(DELIVERY_CHANNEL, POLL_MS, signal);
  const sender = startSender({ ...deps, api: bot.api, news });
  return {
    async stop() {
      await Promise.all([receiving.stop(), sender.stop()]);
      await exporter.stop();
    },
  };
}

/** Has Telegram send the updates, where it reaches this installation, or fetches them. */
function receive(
  { services, webhooks }: Shared,
  { project, file, access }: ProjectBot,
  bot: ReturnType<typeof createBot>,
  log: BotServices['log'],
): { stop(): Promise<void> } {
  const { db, vault, pseudonym } = services;
  const clock = () => new Date();
  const botId = () => bot.botInfo.id;
  const setAside = async (updateId: number, outcome: string) => {
    await recordUpdate(db, { botId: botId(), updateId, kind: 'set aside', outcome, now: clock() });
  };
  const intake = { bot, log, isOutage, setAside };
  const waiting = createWaitingUpdates({ db, vault, botId, clock });
  const queue = (signal: AbortSignal) =>
    createUpdateQueue({
      intake: createIntake({ ...intake, ...patienceUntil(signal) }),
      ...{ waiting, setAside, log, signal },
    });
  const life = {
    onStart: async (botId: number) => {
      const gap = await notePollingStart(db, { projectId: project.id, botId, now: clock() });
      if (gap)
        log.error(
          { alarm: 'updates_gap', ...gap },
          'updates of this time are lost: Telegram keeps them for a day',
        );
    },
    onPolled: createPollingMark(db, clock),
  };
  if (!webhooks || file?.telegram?.webhook === false) return startPolling({ bot, log, queue, ...life });
  const tokens = [access.token, ...(access.previousToken ? [access.previousToken] : [])];
  const secrets = tokens.map((token) => pseudonym('webhook', token));
  const put = () => webhooks.at.put(project.id, { secrets, intake: createIntake(intake) });
  const url = `${webhooks.url.replace(/\/$/, '')}${webhookPath(project.id)}`;
  const onStart = async (id: number, signal: AbortSignal) => {
    await life.onStart(id);
    // What was put by while updates were fetched comes before what Telegram sends.
    const before = queue(signal);
    await before.recall();
    await before.settled();
  };
  const secret = secrets[0] ?? '';
  const keeping = keepWebhook({ bot, log, url, secret, onStart, onReady: put, onPolled: life.onPolled });
  return {
    async stop() {
      webhooks.at.remove(project.id);
      await keeping.stop();
    },
  };
}

function deskDeps(
  { services, texts }: Shared,
  { project, file }: ProjectBot,
  log: BotServices['log'],
): DeskDeps {
  const { db, vault, acts, pseudonym, stores } = services;
  return {
    project: {
      id: project.id,
      name: project.name,
      noticeVersion: project.notice_version,
      noticeUrl: file?.notice.url ?? null,
      staffChatId: project.staff_chat_id,
      supervisorsChatId: file?.telegram?.supervisorsChat ?? null,
      reviews: file?.reviews ?? DEFAULT_REVIEW_TIMES,
      language: project.language,
      timeZone: project.time_zone,
      jurisdiction: project.jurisdiction,
      contact: file?.contact ?? null,
      groups: file?.groups ?? 'off',
      translation: file?.translation ?? null,
    },
    ...{ acts, db, vault, pseudonym, log, texts, translations: services.translations },
    customerData: createCustomerDataActs({ db }),
    openArchive: createArchiveReader({ stores, vault, db }),
    removeFromArchive: createArchiveRemoval({ db, vault, pseudonym, stores }),
    clock: () => new Date(),
  };
}
