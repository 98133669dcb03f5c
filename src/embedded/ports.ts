import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { replaceFile } from './files.ts';

const LOOPBACK = '127.0.0.1';

const rememberedSchema = z.record(z.string(), z.object({ wanted: z.number(), port: z.number() }));

/** Whether a server can listen on this port of the loopback address. */
export async function isFreePort(port: number): Promise<boolean> {
  return (await listenBriefly(port)) !== undefined;
}

/** A port of the loopback address that nobody listens on. */
export async function freePort(): Promise<number> {
  const port = await listenBriefly(0);
  if (port === undefined) throw new Error('The system has no free port left.');
  return port;
}

/**
 * The port to use under this name: the wanted one, or when that is busy another one, noted in `file` so
 * that addresses people have bookmarked stay the same over restarts. Wanting a different port forgets it.
 */
export async function choosePort(file: string, name: string, wanted: number): Promise<number> {
  const remembered = readRemembered(file);
  const last = remembered[name];
  const first = last?.wanted === wanted ? last.port : wanted;
  const port = (await isFreePort(first)) ? first : (await isFreePort(wanted)) ? wanted : await freePort();
  remembered[name] = { wanted, port };
  replaceFile(file, `${JSON.stringify(remembered, null, 2)}\n`);
  return port;
}

function readRemembered(file: string): z.infer<typeof rememberedSchema> {
  try {
    return rememberedSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Missing or damaged: it only saves a choice that can be made again.
    return {};
  }
}

async function listenBriefly(port: number): Promise<number | undefined> {
  const server = createServer();
  server.listen({ port, host: LOOPBACK });
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const chosen = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return chosen;
}
