import { once } from 'node:events';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';

/** Serves a Hono app; on loopback, if not told otherwise. */
export async function listenHttp(
  app: Hono,
  port: number,
  host = '127.0.0.1',
): Promise<{ stop(): Promise<void> }> {
  const server = createAdaptorServer({ fetch: app.fetch });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    async stop() {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}
