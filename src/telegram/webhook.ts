import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import { codeOf, type Intake } from './intake.ts';

/** What a bot's webhook works with. */
export interface WebhookBot {
  /** Those that Telegram may send: the one it was told, and one before it while that is being changed. */
  readonly secrets: readonly string[];
  readonly intake: Pick<Intake, 'take'>;
}

/** The webhooks of all bots, behind one address. */
export interface Webhooks {
  readonly app: Hono;
  /** Takes what comes for a project from now on, in place of what was there before. */
  put(projectId: string, bot: WebhookBot): void;
  remove(projectId: string): void;
}

/** An update holds one message of 4,096 characters with what it answers; this is many times as much. */
const MOST_BYTES = 1024 * 1024;

/** How many secrets are compared, whatever there are: the time tells nothing of the project. */
const COMPARED = 2;

/** Where a project's updates come to, under the address of the installation. No token is in it. */
export function webhookPath(projectId: string): string {
  return `/telegram/${projectId}`;
}

/**
 * Takes updates from Telegram. Who has not the secret learns nothing, not even whether there is such a
 * project, and nothing they sent is read. Telegram repeats what is not answered with a 2xx, so that is what
 * follows when the database is away.
 */
export function createWebhooks({ log }: { log: Logger }): Webhooks {
  const bots = new Map<string, WebhookBot>();
  const app = new Hono();
  app.post(
    '/telegram/:project',
    async (context, next) => {
      const given = context.req.header('x-telegram-bot-api-secret-token') ?? '';
      const known = bots.get(context.req.param('project'));
      if (!isOneOf(given, known?.secrets ?? []) || !known) return context.body(null, 401);
      return next();
    },
    bodyLimit({ maxSize: MOST_BYTES, onError: (context) => context.body(null, 413) }),
    async (context) => {
      const intake = bots.get(context.req.param('project'))?.intake;
      const update = await context.req.json<unknown>().catch(() => undefined);
      if (!intake || update === undefined) return context.body(null, 400);
      try {
        await intake.take(update);
        return context.body(null, 200);
      } catch (error) {
        log.warn({ code: codeOf(error) }, 'an update was not taken; Telegram sends it again');
        return context.body(null, 503);
      }
    },
  );
  return {
    app,
    put: (projectId, bot) => void bots.set(projectId, bot),
    remove: (projectId) => void bots.delete(projectId),
  };
}

function isOneOf(given: string, secrets: readonly string[]): boolean {
  const digest = digestOf(given);
  let isKnown = false;
  for (let at = 0; at < Math.max(COMPARED, secrets.length); at++) {
    const secret = secrets[at];
    // Against itself where there is none: the same work, and the outcome is thrown away.
    const isEqual = timingSafeEqual(digest, secret === undefined ? digest : digestOf(secret));
    isKnown ||= isEqual && secret !== undefined;
  }
  return isKnown;
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
