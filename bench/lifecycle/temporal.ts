import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { isRunning } from '../../src/embedded/pid-file.mjs';
import { freePort } from '../../src/embedded/ports.ts';
import { startTemporalServer } from '../../src/embedded/temporal-server.ts';
import { testTools } from '../../test/support/servers.ts';
import { startServerOnPostgres } from './temporal-on-postgres.ts';

/** The Temporal server that a run is measured on. */
export interface TemporalUnderTest {
  readonly address: string;
  readonly namespace: string;
  readonly pid: number;
  /** Which server and what it keeps its state in: figures mean nothing without it. */
  readonly title: string;
  stop(): Promise<void>;
}

interface Options {
  readonly dir: string;
  readonly superuserUrl: string;
  readonly log: (line: string) => void;
}

const NAMESPACE = 'bench';
const START_MS = 60_000;

/**
 * With BENCH_TEMPORAL_SERVER naming a `temporal-server` program that has `temporal-sql-tool` beside it, a
 * server on PostgreSQL, as an installation runs it; otherwise the development server on a SQLite file.
 */
export async function startTemporal(options: Options): Promise<TemporalUnderTest> {
  const program = process.env['BENCH_TEMPORAL_SERVER'];
  const server = program
    ? await startServerOnPostgres(program, options, prepareNamespace)
    : await startDevelopment(options);
  const connection = await Connection.connect({ address: server.address });
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  await connection.close();
  return { ...server, namespace: NAMESPACE, title: `Temporal server ${serverVersion}, ${server.title}` };
}

type Started = Omit<TemporalUnderTest, 'namespace'>;

async function startDevelopment({ dir, log }: Options): Promise<Started> {
  const server = await startTemporalServer({
    cli: await testTools.temporalCli(),
    dbFile: join(dir, 'temporal.db'),
    port: await freePort(),
    uiPort: false,
    namespace: NAMESPACE,
    searchAttributes: SEARCH_ATTRIBUTES,
    log,
    logFile: join(dir, 'temporal.log'),
  });
  return { ...server, title: 'the development server on a SQLite file' };
}

/** Registers the namespace once the server answers, and waits until its search attributes can be used. */
async function prepareNamespace(address: string, pid: number): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '2 seconds' });
      try {
        await register(connection);
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (Date.now() > deadline || !isRunning(pid)) throw error;
      await pause(200);
    }
  }
}

const INDEXED_VALUE_TYPE = { Keyword: 2, Bool: 5, Datetime: 6 } as const;
const ALREADY_EXISTS = 6;

async function register(connection: Connection): Promise<void> {
  await connection.workflowService
    .registerNamespace({ namespace: NAMESPACE, workflowExecutionRetentionPeriod: msToTs('1 day') })
    .catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== ALREADY_EXISTS) throw error;
    });
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, kind]) => [name, INDEXED_VALUE_TYPE[kind]]),
  );
  const known = await connection.operatorService.listSearchAttributes({ namespace: NAMESPACE });
  if (Object.keys(searchAttributes).every((name) => name in (known.customAttributes ?? {}))) return;
  await connection.operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes });
}
