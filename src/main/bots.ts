import { watch } from 'node:fs';
import { Api } from 'grammy';
import { listProjects } from '../db/projects.ts';
import { waitingOfOthers } from '../db/waiting-updates.ts';
import { AppError } from '../domain/errors.ts';
import type { ProjectFile } from '../domain/project.ts';
import type { BotApi } from '../telegram/files.ts';
import { createTexts } from '../telegram/texts.ts';
import { readTeamTexts } from '../telegram/texts/team.ts';
import { createWebhooks } from '../telegram/webhook.ts';
import { botAccessOf, livesInSandbox } from './bot-access.ts';
import { listenHttp } from './listen-http.ts';
import { saveProjects } from './migrate.ts';
import { readProjectFiles } from './project-files.ts';
import { runBot, type BotServices, type ProjectBot, type Shared } from './run-bot.ts';
import type { Services } from './services.ts';

/** The bots of a process. */
export interface Bots {
  /** The projects whose bot runs now. */
  readonly projectIds: string[];
  /** Reads the project files anew: starts what came, stops what went, and leaves the others running. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** The Bot API of each project that has a bot. */
export function botApisOf({ config }: Pick<Services, 'config'>): (projectId: string) => BotApi | undefined {
  return (projectId) => {
    const access = botAccessOf(config, projectId);
    if (!access) return undefined;
    const { token, apiRoot } = access;
    return { api: new Api(token, { apiRoot }), token, root: apiRoot };
  };
}

/**
 * Starts the bot of every project that has one. When a project file or a team's own text is added, changed or
 * removed, or the process gets SIGHUP, the bots follow.
 *
 * @throws AppError `config_invalid` where a team's own texts are not right
 */
export async function startBots(services: BotServices): Promise<Bots> {
  const { config, log } = services;
  const webhooks = config.webhook?.url ? { url: config.webhook.url, at: createWebhooks({ log }) } : undefined;
  const running = new Map<string, { readonly as: string; stop(): Promise<void> }>();
  let shared = await sharedOf(services, webhooks);
  const server = webhooks && (await listenHttp(webhooks.at.app, config.webhook.port, config.webhook.host));
  await follow(services.projects);

  async function follow(files: readonly ProjectFile[]) {
    const wanted = await projectBots(services, files);
    const gone = [...running.keys()].filter((id) => !wanted.some(({ project }) => project.id === id));
    await Promise.all(gone.map((id) => stopOne(id)));
    for (const one of wanted) {
      const { id } = one.project;
      const as = JSON.stringify([one, shared.wording]);
      if (running.get(id)?.as === as) continue;
      await stopOne(id);
      const bot = runBot(shared, one);
      running.set(id, { as, stop: () => bot.stop() });
    }
    await sayWhatIsLeft(services, wanted);
  }

  async function stopOne(id: string) {
    await running.get(id)?.stop();
    running.delete(id);
  }

  async function reload() {
    try {
      const files = await readProjectFiles(config.projectsDir);
      const settled = files.filter(({ id }) => !livesInSandbox(config, id));
      for (const warning of await saveProjects(config, settled)) log.warn(warning);
      shared = await sharedOf(services, webhooks);
      await follow(files);
      log.info({ projects: [...running.keys()] }, 'the project files were read anew');
    } catch (error) {
      const why = error instanceof AppError ? error.message : (error as Error).name;
      log.error(
        { alarm: 'projects_unreadable', why },
        'the project files are not right: all stays as it was',
      );
    }
  }

  const turns = inTurn(reload);
  const watching = watchProjects(config.projectsDir, () => void turns());
  return {
    get projectIds() {
      return [...running.keys()];
    },
    reload: turns,
    async stop() {
      watching.stop();
      await turns.settled();
      await Promise.all([...running.keys()].map((id) => stopOne(id)));
      await server?.stop();
    },
  };
}

/** What all bots of a process share, with the words of a team by which a change of them is noticed. */
async function sharedOf(
  services: BotServices,
  webhooks: Shared['webhooks'],
): Promise<Shared & { wording: unknown }> {
  const team = await readTeamTexts(services.config.projectsDir);
  for (const warning of team.warnings) services.log.warn(warning);
  return { services, texts: createTexts(team.texts), webhooks, wording: team.texts };
}

/** Every project that has a file, a row and a bot. */
async function projectBots(
  { db, config }: BotServices,
  files: readonly ProjectFile[],
): Promise<ProjectBot[]> {
  const projects = await listProjects(db);
  return projects.flatMap((project) => {
    const file = files.find(({ id }) => id === project.id);
    const access = botAccessOf(config, project.id);
    return file && access ? [{ project, file, access }] : [];
  });
}

/** Updates that were put by for a bot that runs no more are confirmed to Telegram, and so come from nowhere else. */
async function sayWhatIsLeft({ db, log }: BotServices, running: readonly ProjectBot[]): Promise<void> {
  // A token begins with the id of its bot.
  const botIds = running.map(({ access }) => Number.parseInt(access.token, 10));
  for (const left of await waitingOfOthers(db, botIds))
    log.error(
      { alarm: 'updates_left', ...left },
      'messages wait for a bot that does not run here: let its project run again until they are handled',
    );
}

/** One run at a time, and however often it is asked for meanwhile, one more after it. */
function inTurn(work: () => Promise<void>): { (): Promise<void>; settled(): Promise<void> } {
  let tail: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const ask = () => {
    next ??= tail.then(() => {
      next = undefined;
      return work();
    });
    tail = next;
    return next;
  };
  return Object.assign(ask, { settled: () => tail });
}

/** A file is written in several steps, and several files at once. */
const QUIET_MS = 500;

function watchProjects(directory: string, onChange: () => void): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, QUIET_MS);
  };
  process.on('SIGHUP', soon);
  const watcher = watching(directory, soon);
  return {
    stop() {
      clearTimeout(timer);
      process.off('SIGHUP', soon);
      watcher?.close();
    },
  };
}

/** Where the directory cannot be watched, SIGHUP still works. */
function watching(directory: string, onChange: () => void) {
  try {
    // With the texts of a team in a directory below it, which may be made later.
    return watch(directory, { persistent: false, recursive: true }, (_event, name) => {
      if (name === null || /\.(ya?ml|ftl)$/.test(name)) onChange();
    }).on('error', () => undefined);
  } catch {
    return undefined;
  }
}
