import type { Config } from '../config.ts';
import { AppError } from '../domain/errors.ts';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';
import { createPayloadCodec } from '../temporal/codec.ts';
import { createCodecServer } from '../temporal/codec-server.ts';
import { ensureNamespace } from '../temporal/namespace.ts';
import { startAuditLog } from './audit-log.ts';
import { openAfterRestore } from './backup-opening.ts';
import { livesInSandbox } from './bot-access.ts';
import { startBots } from './bots.ts';
import { openConsole } from './console.ts';
import { startExportRelay } from './exports.ts';
import { listenHttp } from './listen-http.ts';
import { startMetrics } from './metrics.ts';
import { migrateDatabases, saveProjects } from './migrate.ts';
import { prepareInstallation } from './prepare.ts';
import { readProjectFiles } from './project-files.ts';
import { receiptPage } from './receipts.ts';
import { startOverview } from './overview.ts';
import { startRelay } from './relay.ts';
import { warnOfRestore } from './restore-warning.ts';
import { startRollout } from './rollout.ts';
import { openSandbox, panelOf, settle } from './sandbox.ts';
import { openSecrets } from './secrets.ts';
import { openServices } from './services.ts';
import { startWatchdog } from './watchdog.ts';
import { startWebhooks } from './webhooks.ts';
import { startWorker } from './worker.ts';

/** A part that runs until it is stopped or, if it ends by itself, until `ended` settles. */
export interface RunningPart {
  stop(): Promise<unknown>;
  readonly ended?: Promise<void>;
}

const DONE: RunningPart = { stop: () => Promise.resolve(), ended: Promise.resolve() };

/** The parts of an installation, one a process. Three prepare it and end, each safe to repeat. */
export const PARTS: Readonly<Record<string, (config: Config) => Promise<RunningPart>>> = {
  async prepare(config) {
    await prepareInstallation(config);
    return DONE;
  },
  async migrate(config) {
    await migrateDatabases(config);
    const projects = await readProjectFiles(config.projectsDir);
    // The others have their staff group in the sandbox, which alone knows it and writes it.
    const warnings = await saveProjects(
      config,
      projects.filter(({ id }) => !livesInSandbox(config, id)),
    );
    for (const warning of warnings) console.warn(warning);
    return DONE;
  },
  async namespace({ temporal }) {
    await ensureNamespace({ ...temporal, searchAttributes: SEARCH_ATTRIBUTES });
    return DONE;
  },
  async worker(config) {
    const services = await openServices(config);
    warnOfRestore(services);
    const worker = await startWorker(services);
    return { ended: worker.ended, stop: () => worker.stop().then(() => services.close()) };
  },
  async relay(config) {
    const services = await openServices(config);
    const relay = startRelay(services);
    const exports = startExportRelay(services);
    const rollout = startRollout(services);
    const auditLog = await startAuditLog(services);
    const watchdog = startWatchdog(services);
    const webhooks = await startWebhooks(services);
    const overview = startOverview(services);
    return {
      stop: async () => {
        await overview.stop();
        await webhooks.stop();
        await watchdog.stop();
        await auditLog.stop();
        await rollout.stop();
        await exports.stop();
        await relay.stop();
        await services.close();
      },
    };
  },
  async bot(config) {
    const services = await openServices(config);
    const bots = await openAfterRestore(services, () => startBots(services));
    return { stop: () => bots.stop().then(() => services.close()) };
  },
  async sandbox(config) {
    const services = await openServices(config);
    const sandbox = await openSandbox({ ...config.sandbox, panel: () => panelOf(services) });
    const settled = settle(
      sandbox,
      services.projects.filter(({ id }) => livesInSandbox(config, id)),
    );
    const warnings = await saveProjects(
      config,
      settled.map(({ project }) => project),
    );
    for (const warning of warnings) console.warn(warning);
    return { stop: () => sandbox.close().then(() => services.close()) };
  },
  async codec({ temporal, codec, secretsDir }) {
    if (!temporal.ui)
      throw new AppError(
        'config_invalid',
        'The codec opens payloads for one Temporal UI alone: set RETENTION_TEMPORAL_UI to its address in the browser.',
      );
    const { codecKeys } = await openSecrets(secretsDir);
    const server = createCodecServer(createPayloadCodec(codecKeys), new URL(temporal.ui).origin);
    return await listenHttp(server, codec.port, codec.host);
  },
  async console(config) {
    const services = await openServices(config);
    const app = await openConsole(services);
    const server = await listenHttp(app, config.console.port, config.console.host);
    // Requests to the API are counted where they are answered.
    const metrics = await startMetrics(services);
    return {
      stop: async () => {
        await metrics.stop();
        await server.stop();
        await services.close();
      },
    };
  },
  async receipts(config) {
    return await listenHttp(receiptPage(config), config.receipts.port, config.receipts.host);
  },
};
