import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '@temporalio/client';
import { readConfig } from '../../src/config.ts';
import { policySchema } from '../../src/domain/policy.ts';
import { projectSchema, type ProjectFile } from '../../src/domain/project.ts';
import { createLog } from '../../src/log.ts';
import { startBots } from '../../src/main/bots.ts';
import { saveProjects } from '../../src/main/migrate.ts';
import { startRelay } from '../../src/main/relay.ts';
import { settle } from '../../src/main/sandbox.ts';
import { openServices, type Services } from '../../src/main/services.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { createDataConverter, createTemporalClient } from '../../src/temporal/connect.ts';
import { withClockAhead } from './clock-ahead.ts';
import { startPart, type Part, type PartProcess } from './processes.ts';

/** What an installation is made on; who made them takes them away. */
export interface Ground {
  readonly databases: { readonly url: string; readonly keysUrl: string; readonly secretsDir: string };
  readonly temporal: { readonly address: string; readonly namespace: string };
  /** A bucket to archive in, such as one behind the proxy of faults; a directory without it. */
  readonly bucket?: { readonly name: string; readonly endpoint: string };
}

/** What else is wrong with a process. */
export interface MoreOfAProcess {
  /** By how much its clock is ahead; negative where it is behind. */
  readonly clockAheadMs?: number;
  /** As many bytes may a file have that it writes. */
  readonly room?: number;
}

/** The service with its sandbox, in real processes that a test starts, kills and starts again. */
export interface Installation {
  /** The same things that the processes open, for looking into what they did. */
  readonly services: Services;
  readonly temporal: Client;
  readonly sandbox: Sandbox;
  readonly project: ProjectFile;
  readonly staffChat: number;
  readonly agent: number;
  readonly archiveDir: string;
  readonly logsDir: string;
  addCustomer(name?: { firstName: string; lastName?: string; username?: string }): number;
  /** Starts a process of the service; with a fail point it kills itself there. */
  start(part: Part, failPoint?: string, readyFile?: string, more?: MoreOfAProcess): PartProcess;
  /** Runs bot and relay inside the test, where the worker alone is what dies. */
  startDeskHere(): Promise<void>;
  /** Ends what still runs and removes the files. */
  close(): Promise<void>;
}

/** Seconds where a real project has months, with every step of its own to be waited for. */
const PACE: ProjectFile['policy'] = policySchema.parse({
  demo: true,
  idle: 'PT1H',
  reopen: 'PT1S',
  archiveWithin: 'PT1H',
  keep: 'PT1H',
  review: { window: 'PT1H', onSilence: 'delete' },
  spam: { deleteAfter: 'PT1H' },
});

/** Prepares an installation with one project; nothing of it runs yet but the sandbox. */
export async function install(
  ground: Ground,
  policy: Partial<ProjectFile['policy']> = {},
): Promise<Installation> {
  const root = await mkdtemp(join(tmpdir(), 'retention-faults-'));
  const [projectsDir, archiveDir, logsDir] = ['projects', 'archive', 'logs'].map((name) =>
    join(root, name),
  ) as [string, string, string];
  for (const directory of [projectsDir, archiveDir, logsDir]) await mkdir(directory);
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0 });
  const [settled] = settle(sandbox, [
    projectSchema.parse({
      id: 'shop',
      name: 'Test shop',
      notice: { version: '1' },
      policy: { ...PACE, ...policy },
    }),
  ]);
  if (!settled) throw new Error('The project has no place in the sandbox.');
  const { project, token } = settled;
  // JSON is YAML too.
  await writeFile(join(projectsDir, 'shop.yaml'), JSON.stringify(project));
  const settings = {
    ...settingsOf(ground),
    ...placesOf(ground, { archiveDir, root }),
    RETENTION_PROJECTS: projectsDir,
    RETENTION_BOT_API: sandbox.apiRoot,
    RETENTION_BOT_TOKEN_SHOP: token,
  };
  const config = readConfig(settings);
  await saveProjects(config, [project]);
  const services = await openServices(config, createLog('silent'));
  const { client: temporal, close: closeTemporal } = createTemporalClient({
    ...ground.temporal,
    dataConverter: createDataConverter(services.secrets.codecKeys),
  });
  const processes: PartProcess[] = [];
  const running: { stop(): Promise<unknown> }[] = [];
  return {
    ...{ services, temporal, sandbox, project, archiveDir, logsDir },
    staffChat: project.telegram?.staffChat ?? 0,
    agent: project.telegram?.staff.find(({ roles }) => roles.includes('agent'))?.id ?? 0,
    addCustomer: (name = { firstName: 'Anna' }) =>
      sandbox.world.addPerson(project.id, { role: 'customer', languageCode: 'en', ...name }),
    start(part, failPoint, readyFile, { clockAheadMs, room } = {}) {
      const started = startPart(
        part,
        {
          ...settings,
          ...(failPoint && { RETENTION_FAIL_POINT: failPoint }),
          ...(readyFile && { RETENTION_READY: readyFile }),
          ...(clockAheadMs && withClockAhead(clockAheadMs)),
        },
        logsDir,
        room,
      );
      processes.push(started);
      return started;
    },
    async startDeskHere() {
      running.push(startRelay(services), await startBots(services));
    },
    async close() {
      // Killed rather than stopped: every process of the service has to bear it.
      await Promise.all(processes.filter((one) => one.isRunning()).map((one) => one.kill()));
      await Promise.all(running.map((one) => one.stop()));
      await closeTemporal();
      await services.close();
      await sandbox.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The ledger and the anchor have places of their own, as they should: neither shares the fate of the archive. */
function placesOf({ bucket }: Ground, { archiveDir, root }: { archiveDir: string; root: string }) {
  const place = (name: string) => pathToFileURL(join(root, name)).href;
  return {
    RETENTION_ARCHIVE: bucket ? `gs://${bucket.name}` : pathToFileURL(archiveDir).href,
    ...(bucket && { RETENTION_GCS_ENDPOINT: bucket.endpoint }),
    RETENTION_LEDGER: place('ledger'),
    RETENTION_AUDIT_ANCHOR: place('anchor'),
    RETENTION_EXPORT_TO: place('exports'),
  };
}

function settingsOf({ databases, temporal }: Ground): Record<string, string> {
  return {
    RETENTION_DATABASE_URL: databases.url,
    RETENTION_KEYS_DATABASE_URL: databases.keysUrl,
    RETENTION_SECRETS: databases.secretsDir,
    RETENTION_TEMPORAL_ADDRESS: temporal.address,
    RETENTION_TEMPORAL_NAMESPACE: temporal.namespace,
    RETENTION_LOG_LEVEL: 'debug',
  };
}
