import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { startTemporalServer } from '../../src/embedded/temporal-server.ts';
import { findFakeGcs, findSchemathesis, findTemporalCli, findTestServer } from '../../src/embedded/tools.ts';

export const TEST_NAMESPACE = 'retention-test';

/** Value types of temporal.api.enums.v1.IndexedValueType. */
const INDEXED_VALUE_TYPE = { Keyword: 2, Bool: 5, Datetime: 6 } as const;

const START_MS = 30_000;

const cache = {
  cacheDir: join(process.env['RETENTION_CACHE'] ?? resolve(import.meta.dirname, '../../.cache'), 'tools'),
  log: (line: string) => console.error(line),
};

/** The programs behind the servers below, fetched on first use. */
export const testTools = {
  temporalCli: async () => await findTemporalCli({ ...cache, path: process.env['RETENTION_TEMPORAL_CLI'] }),
  testServer: async () => await findTestServer({ ...cache, path: process.env['RETENTION_TEST_SERVER'] }),
  schemathesis: async () => await findSchemathesis({ ...cache, path: process.env['RETENTION_SCHEMATHESIS'] }),
  fakeGcs: async () => await findFakeGcs({ ...cache, path: process.env['RETENTION_FAKE_GCS'] }),
};

/**
 * A Temporal server whose clock a test moves: `environment.sleep('2 years')` takes a moment. It knows
 * neither lists of workflows nor schedules; the development server does.
 */
export async function startTestServer(): Promise<{
  environment: TestWorkflowEnvironment;
  stop: () => Promise<void>;
}> {
  const executable = { type: 'existing-path', path: await testTools.testServer() } as const;
  const environment = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      Object.entries(SEARCH_ATTRIBUTES).map(([name, kind]) => [name, INDEXED_VALUE_TYPE[kind]]),
    ),
  });
  return { environment, stop: async () => await environment.teardown() };
}

export interface DevServerOptions {
  /** Lets a test stop the server and start it again with what it knew; makes the caller own the file. */
  dbFile?: string;
  /** The port of an earlier start, for clients that still know it. */
  port?: number;
  dynamicConfig?: Readonly<Record<string, string | number | boolean>>;
}

/** A real Temporal server in real time, without UI, with the service's search attributes. */
export async function startDevServer(options: DevServerOptions = {}): Promise<{
  address: string;
  namespace: string;
  port: number;
  pid: number;
  /** What the server itself printed. */
  logFile: string;
  stop(): Promise<void>;
}> {
  const directory = mkdtempSync(join(tmpdir(), 'retention-temporal-'));
  const logFile = join(directory, 'temporal.log');
  const port = options.port ?? (await freePort());
  const server = await startTemporalServer({
    ...options,
    cli: await testTools.temporalCli(),
    port,
    uiPort: false,
    namespace: TEST_NAMESPACE,
    searchAttributes: SEARCH_ATTRIBUTES,
    log: cache.log,
    logFile,
  });
  return {
    address: server.address,
    namespace: TEST_NAMESPACE,
    port,
    pid: server.pid,
    logFile,
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** fake-gcs-server over plain HTTP, keeping its objects as files in `dir`, which the caller may look into. */
export async function startFakeGcs(options: { dir?: string; port?: number } = {}): Promise<{
  endpoint: string;
  dir: string;
  port: number;
  stop(): Promise<void>;
}> {
  const program = await testTools.fakeGcs();
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'retention-gcs-'));
  const port = options.port ?? (await freePort());
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawn(
    program,
    [
      ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-log-level', 'error'],
      ...['-backend', 'filesystem', '-filesystem-root', dir],
      ...['-external-url', endpoint, '-public-host', `127.0.0.1:${port}`],
    ],
    // A pipe held open by a server keeps the test runner waiting.
    { stdio: 'ignore' },
  );
  const stop = async (): Promise<void> => {
    await end(server);
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  try {
    await waitForAnswer(`${endpoint}/storage/v1/b?project=test`, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, dir, port, stop };
}

async function waitForAnswer(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    try {
      const response = await fetch(url);
      await response.arrayBuffer();
      if (response.ok) return;
    } catch (cause) {
      if (hasEnded(server) || Date.now() > deadline) throw new Error(`Nothing answers at ${url}.`, { cause });
    }
    await delay(20);
  }
}

async function end(server: ChildProcess): Promise<void> {
  server.kill('SIGKILL');
  while (!hasEnded(server)) await delay(5);
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}
