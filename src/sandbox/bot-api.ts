import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { refusalOf, type Faults } from './faults.ts';
import type { Hub } from './hub.ts';
import { LARGEST_DOWNLOAD } from './media.ts';
import type { Desk } from './messages.ts';
import { METHODS } from './methods/table.ts';
import { parseParameters, readParameters } from './parameters.ts';
import type { BotRecord } from './records.ts';
import { Refusal } from './refusal.ts';
import type { Updates } from './updates.ts';

export interface BotApiParts {
  hub: Hub;
  updates: Updates;
  desk: Desk;
  faults: Faults;
  log: (line: { event: string }) => void;
}

type Env = { Bindings: HttpBindings };

/** The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`. */
export function botApi(parts: BotApiParts): Hono<Env> {
  const app = new Hono<Env>();
  app.on(['GET', 'POST'], '/:bot{bot[^/]+}/:method', async (c) => {
    try {
      return await answer(c, parts);
    } catch (error) {
      if (!(error instanceof Refusal)) parts.log({ event: 'sandbox_method_failed' });
      return errorResponse(c, error instanceof Refusal ? error : new Refusal(500, 'Internal Server Error'));
    }
  });
  app.get('/file/:bot{bot[^/]+}/:path{.+}', (c) => {
    const bot = botByToken(parts.hub, c.req.param('bot'));
    if (!bot) return errorResponse(c, new Refusal(401, 'Unauthorized'));
    const file = parts.hub.files.values().find((f) => f.path === c.req.param('path'));
    const bytes = file && file.size <= LARGEST_DOWNLOAD ? parts.hub.store.readFile(file.blob) : undefined;
    if (!bytes) return errorResponse(c, new Refusal(404, 'Not Found'));
    return c.body(new Uint8Array(bytes), 200, { 'content-type': 'application/octet-stream' });
  });
  return app;
}

async function answer(c: Context<Env>, parts: BotApiParts): Promise<Response> {
  const bot = botByToken(parts.hub, c.req.param('bot') ?? '');
  if (!bot) throw new Refusal(401, 'Unauthorized');
  const name = (c.req.param('method') ?? '').toLowerCase();
  const parameters = await readParameters(c);
  const fault = parts.faults.take(name, parameters['chat_id']);
  if (fault && 'errorCode' in fault) throw refusalOf(fault);
  if (fault?.drop === 'before') return hangUp(c);
  const result = await runMethod(parts, bot, name, parameters, hangUpSignal(c));
  if (fault?.drop === 'after') return hangUp(c);
  return c.json({ ok: true, result });
}

/** Runs one Bot API method for a bot. */
export async function runMethod(
  parts: BotApiParts,
  bot: BotRecord,
  name: string,
  parameters: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<unknown> {
  const method = METHODS.get(name.toLowerCase());
  if (!method) throw new Refusal(404, 'Not Found: method not found');
  const { hub, updates, desk } = parts;
  return await method({ hub, updates, desk, bot, ...(signal && { signal }) }, parseParameters(parameters));
}

function botByToken(hub: Hub, segment: string): BotRecord | undefined {
  const token = decodeURIComponent(segment).slice('bot'.length);
  return hub.bots.values().find((bot) => bot.token === token);
}

function errorResponse(c: Context<Env>, refusal: Refusal): Response {
  const { code, message, parameters } = refusal;
  const body = { ok: false, error_code: code, description: message, ...(parameters && { parameters }) };
  return c.json(body, code as ContentfulStatusCode);
}

function hangUp(c: Context<Env>): Response {
  c.env.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

/** Aborts when the caller closes the connection before it has its answer. */
function hangUpSignal(c: Context<Env>): AbortSignal {
  const controller = new AbortController();
  c.env.outgoing.once('close', () => controller.abort());
  return controller.signal;
}
