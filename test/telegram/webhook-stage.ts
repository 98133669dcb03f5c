import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Config } from '../../src/config.ts';
import { createDeskStage, type DeskStage } from './stage.ts';
import { until } from '../support/until.ts';

/** A desk whose bot Telegram sends its updates to. */
export interface WebhookStage extends DeskStage {
  /** Where the updates of the project come to. */
  readonly url: string;
  /** What Telegram was told to send with each. */
  readonly secret: string;
  post(body: string, headers?: Record<string, string>, path?: string): Promise<Response>;
}

export async function createWebhookStage(): Promise<WebhookStage> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const stage = await createDeskStage({}, (_database, sandbox) => ({
    config: {
      bots: {},
      sandbox: { api: sandbox.apiRoot },
      projectsDir: '/nowhere',
      webhook: { url, host: '127.0.0.1', port },
    } as unknown as Config,
  }));
  await until('the webhook to be set', async () => {
    const response = await fetch(`${stage.sandbox.apiRoot}/bot${stage.token}/getWebhookInfo`);
    const { result } = (await response.json()) as { result: { url: string } };
    return result.url !== '' && result;
  });
  const secret = stage.pseudonym('webhook', stage.token);
  return {
    ...stage,
    url,
    secret,
    post: (body, headers = { 'x-telegram-bot-api-secret-token': secret }, path = '/telegram/shop') =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      }),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
