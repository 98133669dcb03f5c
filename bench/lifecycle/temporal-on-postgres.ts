import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { isFreePort } from '../../src/embedded/ports.ts';
import { lastLine, runProgram, stopProcess } from '../../src/embedded/programs.ts';

const SHARDS = 64;
const STOP_MS = 15_000;

/**
 * Starts a `temporal-server` program on databases of its own in a PostgreSQL cluster.
 *
 * @param untilServing resolves when the server at the address can be used
 */
export async function startServerOnPostgres(
  program: string,
  { dir, superuserUrl }: { dir: string; superuserUrl: string },
  untilServing: (address: string, pid: number) => Promise<void>,
): Promise<{ address: string; pid: number; title: string; stop(): Promise<void> }> {
  const database = new URL(superuserUrl);
  for (const name of ['temporal', 'visibility'] as const) await createSchema(program, database, name);
  const address = await writeConfig(join(dir, 'temporal'), database);
  const logFile = join(dir, 'temporal.log');
  const output = openSync(logFile, 'a', 0o600);
  const server = spawn(
    program,
    ['--root', dir, '--config', 'temporal', '--env', 'bench', '--allow-no-auth', 'start'],
    { cwd: dir, detached: true, stdio: ['ignore', output, output] },
  );
  closeSync(output);
  server.on('error', () => undefined);
  const pid = server.pid;
  if (pid === undefined) throw new Error(`BENCH_TEMPORAL_SERVER: ${program} is not a program.`);
  const stop = () => stopProcess(pid, STOP_MS);
  try {
    await untilServing(address, pid);
  } catch (cause) {
    await stop();
    const said = lastLine(await readFile(logFile, 'utf8'));
    throw new Error(`The Temporal server ${program} did not come up: ${said}`, { cause });
  }
  const title = `on the same PostgreSQL, plugin postgres12_pgx, ${SHARDS} shards, 1 task queue partition`;
  return { address, pid, title, stop };
}

/** Writes the server's configuration and returns the address it will listen on. */
async function writeConfig(dir: string, database: URL): Promise<string> {
  const ports = {
    frontend: [await lowPort(), await lowPort(), await lowPort()],
    history: [await lowPort(), await lowPort()],
    matching: [await lowPort(), await lowPort()],
    worker: [await lowPort(), await lowPort()],
  };
  const address = `127.0.0.1:${ports.frontend[0]}`;
  const config = {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: SHARDS,
      datastores: {
        default: datastore(database, 'temporal'),
        visibility: datastore(database, 'visibility'),
      },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: Object.fromEntries(
      Object.entries(ports).map(([name, [grpcPort, membershipPort, httpPort]]) => [
        name,
        { rpc: { grpcPort, membershipPort, ...(httpPort && { httpPort }), bindOnIP: '127.0.0.1' } },
      ]),
    ),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: address },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
    publicClient: { hostPort: address },
    dynamicConfigClient: { filepath: join(dir, 'dynamic.yaml'), pollInterval: '60s' },
  };
  await mkdir(dir);
  await writeFile(join(dir, 'dynamic.yaml'), stringify(DYNAMIC));
  await writeFile(join(dir, 'bench.yaml'), stringify(config));
  return address;
}

/** As the embedded development server is set, so that the two can be compared. */
const DYNAMIC = {
  'matching.numTaskqueueReadPartitions': [{ value: 1 }],
  'matching.numTaskqueueWritePartitions': [{ value: 1 }],
  'system.forceSearchAttributesCacheRefreshOnRead': [{ value: true }],
};

/** The server keeps its members' ports in a smallint of PostgreSQL: those of the system's own choice are too high. */
async function lowPort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_767);
    if (await isFreePort(port)) return port;
  }
}

function datastore(database: URL, databaseName: string) {
  return {
    sql: {
      pluginName: 'postgres12_pgx',
      databaseName,
      connectAddr: database.host,
      connectProtocol: 'tcp',
      user: database.username,
      password: decodeURIComponent(database.password),
      maxConns: 20,
      maxIdleConns: 20,
      maxConnLifetime: '1h',
    },
  };
}

async function createSchema(program: string, database: URL, name: 'temporal' | 'visibility'): Promise<void> {
  const tool = join(dirname(program), 'temporal-sql-tool');
  const access = [
    ...['--plugin', 'postgres12_pgx', '--ep', database.hostname, '-p', database.port],
    ...['-u', database.username, '--pw', decodeURIComponent(database.password), '--db', name],
  ];
  for (const step of [
    ['create'],
    ['setup-schema', '-v', '0.0'],
    ['update-schema', '--schema-name', `postgresql/v12/${name}`],
  ]) {
    const { code, output } = await runProgram(tool, [...access, ...step]);
    if (code !== 0) throw new Error(`${tool} ${step.join(' ')} failed: ${output}`);
  }
}
