import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { readConfig, readEnvironment, type Config } from '../config.ts';
import { prepareDatabases } from '../db/prepare.ts';
import { AppError } from '../domain/errors.ts';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';
import { holdDataDirectory } from '../embedded/lock.ts';
import { choosePort } from '../embedded/ports.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { startTemporalServer } from '../embedded/temporal-server.ts';
import { findTemporalCli } from '../embedded/tools.ts';
import { createLog } from '../log.ts';
import { createPayloadCodec } from '../temporal/codec.ts';
import { createCodecServer } from '../temporal/codec-server.ts';
import { startAuditLog } from './audit-log.ts';
import { openAfterRestore } from './backup-opening.ts';
import { startBots } from './bots.ts';
import { startOverview } from './overview.ts';
import { consoleUrl, openConsole } from './console.ts';
import { firstSignIn } from './first-account.ts';
import { startExportRelay } from './exports.ts';
import { listenHttp } from './listen-http.ts';
import { startMetrics } from './metrics.ts';
import { migrateDatabases, saveProjects } from './migrate.ts';
import { readProjectFiles } from './project-files.ts';
import { receiptPage } from './receipts.ts';
import { startRelay } from './relay.ts';
import { warnOfRestore } from './restore-warning.ts';
import { startRollout } from './rollout.ts';
import { openSandbox, panelOf, settle } from './sandbox.ts';
import { keptPassword, openSecrets } from './secrets.ts';
import { openServices, type Services } from './services.ts';
import { startWatchdog } from './watchdog.ts';
import { startWebhooks } from './webhooks.ts';
import { startWorker } from './worker.ts';

/**
 * `npm start`: everything on one machine. Real PostgreSQL, a real Temporal server with its UI, the
 * archive in a directory, and the sandbox for projects that have no bot token.
 */
const environment = readEnvironment();
const { dataDir } = environment;
const ports = join(dataDir, 'ports.json');
const releasers: (() => Promise<unknown> | void)[] = [];
const step = (line: string) => console.log(`· ${line}`);

/** Notes how something that now runs is stopped; all of it stops in reverse order. */
function onStop(release: () => Promise<unknown> | void) {
  releasers.push(release);
}

async function start(): Promise<void> {
  onStop(holdDataDirectory(dataDir));
  const settings = { ...(await startServers()), ...environment.variables };
  const projects = await readProjectFiles(environment.projectsDir);
  const withoutBot = projects.filter(({ id }) => !readConfig(settings).bots[id]);
  const panel: { services?: Services } = {};
  const sandbox = await openSandbox({
    host: '127.0.0.1',
    port: await choosePort(ports, 'sandbox', readConfig(settings).sandbox.port),
    stateFile: join(dataDir, 'sandbox.json'),
    panel: async () => (panel.services ? panelOf(panel.services) : { links: [], sessions: [] }),
  });
  onStop(() => sandbox.close());
  const settled = settle(sandbox, withoutBot);
  const consolePort = await choosePort(ports, 'console', readConfig(settings).console.port);
  Object.assign(settings, {
    RETENTION_SANDBOX_API: sandbox.apiRoot,
    RETENTION_CONSOLE_PORT: String(consolePort),
  });
  const config = readConfig(settings);
  step('Preparing the databases');
  await migrateDatabases(config);
  const warnings = await saveProjects(config, [
    ...projects.filter((project) => !withoutBot.includes(project)),
    ...settled.map(({ project }) => project),
  ]);
  for (const warning of warnings) console.warn(`! ${warning}`);
  await publish(settings);
  panel.services = await startService(config);
  const consoleServer = await listenHttp(await openConsole(panel.services), config.console.port);
  onStop(() => consoleServer.stop());
  const receiptsPort = await choosePort(ports, 'receipts', config.receipts.port);
  const receipts = await listenHttp(receiptPage(config), receiptsPort);
  onStop(() => receipts.stop());
  announce(
    config,
    {
      sandbox: sandbox.url,
      receipts: `http://127.0.0.1:${receiptsPort}/`,
      firstSignIn: await firstSignIn(panel.services),
    },
    panel.services,
  );
}

/** Starts PostgreSQL and Temporal, and returns the settings that lead to them. */
async function startServers(): Promise<Record<string, string>> {
  const secretsDir = join(dataDir, 'secrets');
  const serverLog = (line: string) => step(line);
  step('Starting PostgreSQL');
  const postgres = await startPostgres({ dir: join(dataDir, 'postgres'), log: serverLog });
  onStop(() => postgres.stop());
  // What is made from here on is its owner's alone. Not before: as root, PostgreSQL runs under another
  // account, which has to reach its files through the data directory.
  process.umask(0o077);
  const ownerPassword = await keptPassword(join(secretsDir, 'database-owner'));
  const servicePassword = await keptPassword(join(secretsDir, 'database-service'));
  const preparation = {
    database: 'retention',
    keysDatabase: 'retention_keys',
    ownerPassword,
    servicePassword,
  };
  await prepareDatabases({ superuserUrl: postgres.url('postgres'), ...preparation });

  step('Starting the Temporal server');
  const secrets = await openSecrets(secretsDir);
  const cli = await findTemporalCli({
    cacheDir: join(environment.cacheDir, 'tools'),
    path: environment.temporalCli,
    log: serverLog,
  });
  const codecPort = await choosePort(ports, 'codec', 8234);
  const temporal = await startTemporalServer({
    cli,
    dbFile: join(dataDir, 'temporal.db'),
    portsFile: ports,
    namespace: 'default',
    searchAttributes: SEARCH_ATTRIBUTES,
    uiCodecEndpoint: `http://127.0.0.1:${codecPort}`,
    log: serverLog,
    logFile: join(dataDir, 'temporal.log'),
  });
  onStop(() => temporal.stop());
  const uiUrl = temporal.uiUrl ?? '';
  const codec = await listenHttp(
    createCodecServer(createPayloadCodec(secrets.codecKeys), new URL(uiUrl).origin),
    codecPort,
  );
  onStop(() => codec.stop());

  const url = (role: string, password: string, database: string) => {
    const address = new URL(postgres.url(database));
    return Object.assign(address, { username: role, password }).href;
  };
  return {
    RETENTION_DATABASE_URL: url('retention_service', servicePassword, 'retention'),
    RETENTION_DATABASE_OWNER_URL: url('retention_owner', ownerPassword, 'retention'),
    RETENTION_KEYS_DATABASE_URL: url('retention_service', servicePassword, 'retention_keys'),
    RETENTION_KEYS_DATABASE_OWNER_URL: url('retention_owner', ownerPassword, 'retention_keys'),
    RETENTION_TEMPORAL_ADDRESS: temporal.address,
    RETENTION_TEMPORAL_UI: uiUrl,
    RETENTION_SECRETS: secretsDir,
    RETENTION_ARCHIVE: pathToFileURL(join(dataDir, 'archive')).href,
    RETENTION_LEDGER: pathToFileURL(join(dataDir, 'ledger')).href,
    RETENTION_AUDIT_ANCHOR: pathToFileURL(join(dataDir, 'audit-anchor')).href,
  };
}

/** Tells the command line how to reach what runs here; it holds passwords, so it is the owner's alone. */
async function publish(settings: Record<string, string | undefined>): Promise<void> {
  const file = join(dataDir, 'runtime.json');
  const ours = Object.fromEntries(Object.entries(settings).filter(([name]) => name.startsWith('RETENTION_')));
  await writeFile(file, `${JSON.stringify(ours, null, 2)}\n`, { mode: 0o600 });
  onStop(() => rm(file, { force: true }));
}

async function startService(config: Config): Promise<Services> {
  await mkdir(join(dataDir, 'archive'), { recursive: true, mode: 0o700 });
  const log = createLog(
    config.logLevel,
    pino.destination({ dest: join(dataDir, 'service.log'), sync: false }),
  );
  const services = await openServices(config, log);
  onStop(() => services.close());
  warnOfRestore(services);
  step('Starting worker, relay and bots');
  const worker = await startWorker(services);
  onStop(() => worker.stop());
  worker.ended.catch((error: unknown) => void stop(error));
  const relay = startRelay(services);
  onStop(() => relay.stop());
  const exports = startExportRelay(services);
  onStop(() => exports.stop());
  const rollout = startRollout(services);
  onStop(() => rollout.stop());
  const auditLog = await startAuditLog(services);
  onStop(() => auditLog.stop());
  const watchdog = startWatchdog(services);
  onStop(() => watchdog.stop());
  const webhooks = await startWebhooks(services);
  onStop(() => webhooks.stop());
  const metricsPort = await choosePort(join(dataDir, 'ports.json'), 'metrics', config.metrics.port);
  const metrics = await startMetrics(services, metricsPort);
  onStop(() => metrics.stop());
  const overview = startOverview(services);
  onStop(() => overview.stop());
  const bots = await openAfterRestore(services, () => startBots(services));
  onStop(() => bots.stop());
  return services;
}

function announce(
  config: Config,
  pages: { sandbox: string; receipts: string; firstSignIn: string | undefined },
  services: Services,
) {
  const first = pages.firstSignIn
    ? `nobody administers it yet; this link makes you the one, once:\n               ${pages.firstSignIn}`
    : 'sign in with your account; more of them: npm run retention -- account --help';
  console.log(`
telegram-retention is running.

  Sandbox      ${pages.sandbox}
               write as a customer, answer as staff, decide as a supervisor
  Console      ${consoleUrl(config)}/
               ${first}
  Temporal UI  ${config.temporal.ui ?? ''}
  Receipts     ${pages.receipts}
               anybody confirms the receipt of a deletion there
  Projects     ${services.projects.map(({ id }) => id).join(', ')}
  Log          ${join(dataDir, 'service.log')}

In another terminal:  npm run retention -- status
Ctrl-C stops everything; what was kept is there at the next start.
`);
}

let stopping = false;

async function stop(reason?: unknown): Promise<void> {
  if (stopping) return;
  stopping = true;
  if (reason) console.error(reason instanceof AppError ? reason.message : reason);
  else console.log('\nStopping.');
  for (const release of releasers.reverse())
    await Promise.resolve(release()).catch((error: unknown) => console.error(error));
  process.exit(reason ? 1 : 0);
}

process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
start().catch((error: unknown) => void stop(error));
