import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { botApi, runMethod } from './bot-api.ts';
import { createFaults } from './faults.ts';
import { loopbackOnly } from './guard.ts';
import { createHub } from './hub.ts';
import { createDesk } from './messages.ts';
import { createPlay } from './play.ts';
import type { SandboxPanel } from './panel.ts';
import { playRoutes } from './play-routes.ts';
import { openStore } from './store.ts';
import { createUpdates } from './updates.ts';
import { deliverToWebhooks } from './webhook.ts';
import { createWorld, type World } from './world.ts';

export type { SandboxPanel };

export interface SandboxOptions {
  /** Loopback, but in a container, of which loopback alone is published. */
  host: string;
  /** Host and port of a further name by which other processes reach it. */
  knownAs?: string;
  /** 0: any free port. */
  port: number;
  /** Keeps chats, files and ids over a restart; absent: all in memory. */
  stateFile?: string;
  log?: (line: { event: string }) => void;
  /** What the service knows of its sessions, for the strip above the chats. */
  panel?: () => Promise<SandboxPanel>;
  /** Milliseconds; for tests that need messages older than two days. */
  clock?: () => number;
  /** First wait before a webhook delivery is repeated. */
  webhookRetryMs?: number;
}

export interface Sandbox {
  /** The page on which a person plays everybody. */
  url: string;
  /** grammY's `client.apiRoot`. */
  apiRoot: string;
  world: World;
  close(): Promise<void>;
}

const SCRIPTS = ['page.js', 'chat.js', 'composer.js', 'message.js', 'strip.js'];
const PAGE_FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
  ...SCRIPTS.map((file) => ({ path: `/${file}`, file, type: 'text/javascript; charset=utf-8' })),
];

/**
 * Starts a Bot API server for people without a bot token, with a page to play everyone a bot meets.
 * It plays Telegram, an outside party: its state file holds texts in clear, as Telegram's servers do.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const log = options.log ?? (() => undefined);
  const closing = new AbortController();
  const hub = createHub(openStore(options.stateFile), options.clock ?? Date.now);
  const updates = createUpdates(hub);
  const desk = createDesk(hub, updates);
  const faults = createFaults(hub, updates);
  const world = createWorld(hub, createPlay(hub, updates, desk), faults);
  const parts = { hub, updates, desk, faults, log };

  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(loopbackOnly(options.knownAs));
  app.route('/play', playRoutes({ hub, world, panel: options.panel, closing: closing.signal }));
  for (const { path, file, type } of PAGE_FILES) {
    const body = readFileSync(new URL(`page/${file}`, import.meta.url), 'utf8');
    app.get(path, (c) => c.body(body, 200, { 'content-type': type }));
  }
  app.route('/', botApi(parts));

  const server = createAdaptorServer({ fetch: app.fetch, hostname: options.host });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  const webhooks = deliverToWebhooks(hub, updates, {
    retryMs: options.webhookRetryMs ?? 1000,
    runReply: async (bot, method, parameters) => void (await runMethod(parts, bot, method, parameters)),
    log,
  });
  const root = `http://${options.host}:${(server.address() as AddressInfo).port}`;
  log({ event: 'sandbox_started' });

  return {
    url: `${root}/`,
    apiRoot: root,
    world,
    async close() {
      closing.abort();
      updates.close();
      await webhooks.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
    },
  };
}
