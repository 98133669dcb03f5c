import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { openStore } from '../../src/archive/open-store.ts';
import type { ArchiveStore } from '../../src/archive/store.ts';
import type { Config } from '../../src/config.ts';
import { DELIVERY_CHANNEL } from '../../src/db/deliveries.ts';
import { createListener } from '../../src/db/listen.ts';
import { startBots } from '../../src/main/bots.ts';
import type { BotServices } from '../../src/main/run-bot.ts';
import { settle } from '../../src/main/sandbox.ts';
import type { ProjectFile } from '../../src/domain/project.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { addProject, createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

/** A desk in the sandbox: the bot runs as in production and never knows. */
export interface DeskStage extends TestDatabase {
  readonly sandbox: Sandbox;
  readonly botId: number;
  readonly token: string;
  readonly store: ArchiveStore;
  readonly staffChat: number;
  readonly people: Record<'anna' | 'boris' | 'agent' | 'supervisor', number>;
  /** What a person sees in their own chat with the bot. */
  chat(userId: number): string[];
  /** What an agent sees in the newest topic of the staff group. */
  topic(): { id: number; name: string; closed: boolean; texts: string[] } | undefined;
  /** Waits until somebody sees a text. */
  sees(userId: number, text: RegExp): Promise<string>;
  topicSays(text: RegExp): Promise<string>;
  sayInTopic(text: string, userId?: number): void;
  stop(): Promise<void>;
}

export async function createDeskStage(
  change: Partial<ProjectFile> = {},
  services: (database: TestDatabase, sandbox: Sandbox) => Partial<BotServices> = () => ({}),
): Promise<DeskStage> {
  const database = await createTestDatabase();
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0 });
  const [settled] = settle(sandbox, [
    // Whatever the time of day, cards come at once.
    testProject({ reviews: { digestAt: '09:00', quiet: 'off' }, ...change, telegram: undefined }),
  ]);
  if (!settled?.project.telegram) throw new Error('the sandbox gave no staff group');
  await addProject(database.db, settled.project);
  const listener = createListener(database.url, [DELIVERY_CHANNEL]);
  const directory = await mkdtemp(join(tmpdir(), 'retention-archive-'));
  const config = {
    bots: {},
    sandbox: { api: sandbox.apiRoot },
    projectsDir: join(directory, 'projects'),
  } as unknown as Config;
  const store = await openStore(pathToFileURL(directory).href);
  const bots = await startBots({
    ...database,
    config,
    listener,
    log: pino({ level: 'silent' }),
    stores: { of: () => Promise.resolve(store), at: () => Promise.resolve(store) },
    projects: [settled.project],
    translations: undefined,
    ...services(database, sandbox),
  });

  const { play } = sandbox.world;
  const staffChat = settled.project.telegram.staffChat;
  const botId = Number(settled.token.split(':')[0]);
  const world = sandbox.world.ensureProject({
    id: 'shop',
    title: 'Test shop',
    bot: { token: settled.token, username: 'shop_bot', name: 'Test shop' },
    staffGroup: { title: 'Test shop – staff' },
    people: [
      { role: 'customer', firstName: 'Anna', lastName: 'Keller', username: 'anna_k', languageCode: 'en' },
      { role: 'customer', firstName: 'Boris', username: 'boris_m', languageCode: 'ru' },
      { role: 'agent', firstName: 'Alex', username: 'alex_desk', languageCode: 'en' },
      { role: 'supervisor', firstName: 'Sam', username: 'sam_lead', languageCode: 'en' },
    ],
  });
  const [anna = 0, boris = 0, agent = 0, supervisor = 0] = world.people.map(({ id }) => id);
  const stage: DeskStage = {
    ...database,
    sandbox,
    botId,
    token: settled.token,
    store,
    staffChat,
    people: { anna, boris, agent, supervisor },
    chat: (userId) => play.messages(userId, userId).map((message) => message.text ?? message.caption ?? ''),
    topic() {
      const group = play.chats(agent).find((chat) => chat.id === staffChat);
      const topic = group?.topics.toSorted((a, b) => a.id - b.id).at(-1);
      if (!topic) return undefined;
      const texts = play
        .messages(agent, staffChat, topic.id)
        .map((message) => message.text ?? message.caption ?? '');
      return { ...topic, texts };
    },
    sees: (userId, text) =>
      until(`${userId} to see ${text}`, () => stage.chat(userId).find((line) => text.test(line))),
    topicSays: (text) =>
      until(`the topic to say ${text}`, () => stage.topic()?.texts.find((line) => text.test(line))),
    sayInTopic(text, userId = agent) {
      play.send(userId, { chatId: staffChat, threadId: stage.topic()?.id ?? 0, text });
    },
    async stop() {
      await bots.stop();
      await sandbox.close();
      await listener.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return stage;
}
