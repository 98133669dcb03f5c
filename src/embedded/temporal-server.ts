import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { AppError } from '../domain/errors.ts';
import { makeDataDirectory } from './files.ts';
import { isRunning, livingHolder, writePidFile } from './pid-file.mjs';
import { choosePort, freePort } from './ports.ts';
import { stopProcess } from './programs.ts';
import type { Log } from './programs.ts';

export type SearchAttributeKind = 'Keyword' | 'Datetime' | 'Bool' | 'Int' | 'Text';

export interface TemporalServerOptions {
  /** The Temporal CLI, which holds the server. */
  cli: string;
  /** Keeps the state over restarts; without it everything ends with the server. */
  dbFile?: string;
  /** Where ports are remembered when the wanted ones are busy; without it busy ports are an error. */
  portsFile?: string;
  port?: number;
  /** False for no UI. */
  uiPort?: number | false;
  namespace: string;
  searchAttributes: Readonly<Record<string, SearchAttributeKind>>;
  uiCodecEndpoint?: string;
  dynamicConfig?: Readonly<Record<string, string | number | boolean>>;
  log: Log;
  /** Takes what the server itself prints. */
  logFile: string;
}

export interface RunningTemporalServer {
  address: string;
  uiUrl?: string;
  pid: number;
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const DEFAULT_PORT = 7233;
const DEFAULT_UI_PORT = 8233;
const START_MS = 60_000;
const STOP_MS = 15_000;

/**
 * One machine has one worker: a single partition gives it tasks in order and spares the search through four
 * (measured: the 95th percentile of one activity falls from 2.7 to 1.4 s under load).
 */
const ONE_MACHINE = { 'matching.numTaskqueueReadPartitions': 1, 'matching.numTaskqueueWritePartitions': 1 };

/** Value types of temporal.api.enums.v1.IndexedValueType, as the operator service wants them. */
const INDEXED_VALUE_TYPE = { Text: 1, Keyword: 2, Int: 3, Bool: 5, Datetime: 6 } as const;

/**
 * Starts a Temporal server with its UI on this machine alone, and waits until it serves the namespace with
 * all search attributes. The server gets its own process group: Ctrl-C reaches us first, so the worker can
 * finish before the server goes. One that a killed parent left behind on the same file is stopped first.
 *
 * @throws AppError `not_running` when it does not come up; the message names its log.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<RunningTemporalServer> {
  const pidFile = options.dbFile === undefined ? undefined : `${options.dbFile}.pid`;
  if (options.dbFile !== undefined) makeDataDirectory(dirname(options.dbFile));
  if (pidFile !== undefined) await stopLeftBehind(pidFile, options.log);

  const { port, uiPort } = await choosePorts(options);
  const server = launch(options, port, uiPort);
  const pid = server.pid;
  if (pid === undefined) {
    throw new AppError(
      'tool_missing',
      `The Temporal CLI ${options.cli} could not be started: name another one.`,
    );
  }
  if (pidFile !== undefined) writePidFile(pidFile, pid);
  const stop = async (): Promise<void> => {
    // Without a file there is nothing to write down, and a graceful stop takes three seconds.
    await stopProcess(pid, pidFile === undefined ? 0 : STOP_MS);
    if (pidFile !== undefined) rmSync(pidFile, { force: true });
  };

  const address = `${LOOPBACK}:${port}`;
  try {
    await waitUntilServing(address, server, options);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, pid, stop, ...(uiPort === undefined ? {} : { uiUrl: `http://${LOOPBACK}:${uiPort}` }) };
}

async function stopLeftBehind(pidFile: string, log: Log): Promise<void> {
  const pid = livingHolder(pidFile);
  if (pid === undefined) return;
  log('Stopping the Temporal server that an earlier start left behind…');
  await stopProcess(pid, STOP_MS);
}

async function choosePorts(
  options: TemporalServerOptions,
): Promise<{ port: number; uiPort: number | undefined }> {
  const choose = async (name: string, wanted: number): Promise<number> => {
    if (options.portsFile !== undefined) return await choosePort(options.portsFile, name, wanted);
    return wanted === 0 ? await freePort() : wanted;
  };
  const port = await choose('temporal', options.port ?? DEFAULT_PORT);
  if (options.uiPort === false) return { port, uiPort: undefined };
  return { port, uiPort: await choose('temporal-ui', options.uiPort ?? DEFAULT_UI_PORT) };
}

function launch(options: TemporalServerOptions, port: number, uiPort: number | undefined): ChildProcess {
  const dynamicConfig = Object.entries({ ...ONE_MACHINE, ...options.dynamicConfig });
  const args = [
    ...['server', 'start-dev', '--ip', LOOPBACK, '--port', String(port), '--namespace', options.namespace],
    ...['--log-level', 'warn'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
    ...(options.dbFile === undefined ? [] : ['--db-filename', options.dbFile]),
    ...(options.uiCodecEndpoint === undefined ? [] : ['--ui-codec-endpoint', options.uiCodecEndpoint]),
    ...Object.entries(options.searchAttributes).flatMap(([name, kind]) => [
      '--search-attribute',
      `${name}=${kind}`,
    ]),
    ...dynamicConfig.flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${JSON.stringify(value)}`]),
  ];
  const logHandle = openSync(options.logFile, 'a', 0o600);
  try {
    // The umask keeps the database file from other users, who may pass through the directory.
    const server = spawn('/bin/sh', ['-c', 'umask 077; exec "$0" "$@"', options.cli, ...args], {
      detached: true,
      stdio: ['ignore', logHandle, logHandle],
      env: environment(),
    });
    server.on('error', () => undefined);
    server.unref();
    return server;
  } finally {
    closeSync(logHandle);
  }
}

/** Ours, without what would point the CLI at another server. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

async function waitUntilServing(
  address: string,
  server: ChildProcess,
  options: TemporalServerOptions,
): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    try {
      await withConnection(address, async (connection) => await prepareNamespace(connection, options));
      return;
    } catch (cause) {
      if (isRunning(server.pid ?? 0) && Date.now() < deadline) {
        await delay(50);
        continue;
      }
      throw new AppError('not_running', `The Temporal server did not start: ${options.logFile} says why.`, {
        cause,
      });
    }
  }
}

async function withConnection(
  address: string,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  // Connecting asks for the server's capabilities, which is Temporal's own sign that it serves.
  const connection = await Connection.connect({ address, connectTimeout: '5 seconds' });
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
}

/** A database file made by an earlier release may lack attributes, and the CLI adds none to an existing one. */
async function prepareNamespace(connection: Connection, options: TemporalServerOptions): Promise<void> {
  const { namespace } = options;
  await connection.workflowService.describeNamespace({ namespace });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(options.searchAttributes).filter(([name]) => !(name in customAttributes));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(
    missing.map(([name, kind]) => [name, INDEXED_VALUE_TYPE[kind]]),
  );
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}
