import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import type { Kysely } from 'kysely';
import { readBucketSettings } from '../../archive/bucket-settings.ts';
import type { Config } from '../../config.ts';
import { connect } from '../../db/connect.ts';
import { readDatabaseFacts, telegramStaff } from '../../db/doctor.ts';
import { listProjects } from '../../db/projects.ts';
import type { Tables } from '../../db/tables.ts';
import type { Area, Check, Finding } from '../../domain/doctor.ts';
import type { ProjectFile } from '../../domain/project.ts';
import { readTemporalFacts } from '../../temporal/server-facts.ts';
import { ALLOWED_UPDATES } from '../../telegram/bot.ts';
import { BUNDLED } from '../../telegram/texts.ts';
import { webhookPath } from '../../telegram/webhook.ts';
import type { VaultDatabase } from '../../vault/tables.ts';
import { botApisOf } from '../bots.ts';
import { readProjectFiles } from '../project-files.ts';
import { checkBackups } from './backups.ts';
import { checkAnchorBucket, checkArchiveBucket } from './bucket.ts';
import { checkClocks, clockOfServer, type OtherClock } from './clock.ts';
import { checkDatabase, checkKeysDatabase, checkMigrations } from './database.ts';
import { checkExportBucket } from './export-bucket.ts';
import { checkDirectory, checkDisk, checkKeyFiles } from './files.ts';
import { runChecks } from './run-checks.ts';
import { checkBot } from './telegram.ts';
import { checkTemporal, checkTemporalUi } from './temporal.ts';

const ignore = () => undefined;
/** Shorter than a check may take, so that every call has ended before its connection is closed. */
const TEMPORAL_MS = 15_000;

/**
 * Everything this installation depends on, ready to be looked at. Opens its own connections and not the
 * services, which need much of what may be wrong.
 */
export function openDoctor(config: Config): {
  run(area?: Area): Promise<Finding[]>;
  close(): Promise<void>;
} {
  const db = connect(config.databaseUrl, ignore, 4);
  const keys = connect<VaultDatabase>(config.keysDatabaseUrl, ignore, 2);
  const owner = config.databaseOwnerUrl ? connect(config.databaseOwnerUrl, ignore, 1) : undefined;
  // Without retries: one that comes after the connection is closed would throw where nobody catches it.
  const temporal = Connection.lazy({
    ...{ address: config.temporal.address, connectTimeout: 5000 },
    interceptors: [],
  });
  const { namespace, ui } = config.temporal;
  return {
    async run(area) {
      const projects = await readProjectFiles(config.projectsDir).catch(() => []);
      const checks = [
        checkDatabase(db),
        checkMigrations('the main database', migrationFiles, [...(owner ? [owner] : []), db]),
        checkBackups(db),
        checkKeysDatabase(keys, { main: config.databaseUrl, keys: config.keysDatabaseUrl }),
        checkKeyFiles(config.secretsDir),
        checkTemporal(
          () => temporal.withDeadline(Date.now() + TEMPORAL_MS, () => readTemporalFacts(temporal, namespace)),
          namespace,
        ),
        ...(ui ? [checkTemporalUi(ui)] : []),
        ...storeChecks(config, projects),
        ...(await botChecks(config, db, projects)),
        checkClocks(otherClocks(config, async () => (await readDatabaseFacts(db)).now)),
        checkDisk([config.secretsDir, ...directories(config, projects)]),
      ];
      return runChecks(area ? checks.filter((check) => check.area === area) : checks);
    },
    async close() {
      await Promise.all([db.destroy(), keys.destroy(), owner?.destroy(), temporal.close()]);
    },
  };
}

/** Their names are those of the migrations. */
async function migrationFiles(): Promise<string[]> {
  const files = await readdir(new URL('../../db/migrations/', import.meta.url));
  return files.map((file) => file.replace(/\.ts$/, '')).sort();
}

function archiveUrls(config: Config, projects: readonly ProjectFile[]): string[] {
  return [...new Set([config.archiveUrl, ...projects.flatMap(({ archive }) => archive ?? [])])];
}

function directories(config: Config, projects: readonly ProjectFile[]): string[] {
  const urls = [...archiveUrls(config, projects), config.ledgerUrl, config.audit.anchorUrl ?? ''];
  return urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
}

function storeChecks(config: Config, projects: readonly ProjectFile[]): Check[] {
  const options = config.gcsEndpoint ? { apiEndpoint: config.gcsEndpoint } : {};
  const { anchorUrl } = config.audit;
  return [
    ...archiveUrls(config, projects).map((url) =>
      url.startsWith('gs:')
        ? checkArchiveBucket(() => readBucketSettings(url, options))
        : checkDirectory('archive', fileURLToPath(url)),
    ),
    ...config.exportTo
      .filter((url) => url.startsWith('gs:'))
      .map((url) => checkExportBucket(() => readBucketSettings(url, options))),
    ...(anchorUrl?.startsWith('gs:')
      ? [checkAnchorBucket(() => readBucketSettings(anchorUrl, options))]
      : []),
    ...(anchorUrl?.startsWith('file:') ? [checkDirectory('anchor', fileURLToPath(anchorUrl))] : []),
  ];
}

async function botChecks(
  config: Config,
  db: Kysely<Tables>,
  files: readonly ProjectFile[],
): Promise<Check[]> {
  const api = botApisOf({ config });
  const projects = await listProjects(db).catch(() => []);
  const checks = await Promise.all(
    projects.map(async ({ id, staff_chat_id: staffChatId }) => {
      const bot = api(id);
      const file = files.find((one) => one.id === id);
      return bot
        ? [
            checkBot(bot.api, {
              id,
              staffChatId,
              webhookUrl: webhookOf(config, id, file),
              supervisorsChatId: file?.telegram?.supervisorsChat ?? null,
              noticeUrl: file?.notice.url ?? null,
              staff: await telegramStaff(db, id),
              languages: BUNDLED,
              updates: ALLOWED_UPDATES,
            }),
          ]
        : [];
    }),
  );
  return checks.flat();
}

/** Where Telegram sends the updates of a project, if it does. */
function webhookOf(config: Config, projectId: string, file: ProjectFile | undefined): string | null {
  const { url } = config.webhook;
  if (!url || file?.telegram?.webhook === false) return null;
  return `${url.replace(/\/$/, '')}${webhookPath(projectId)}`;
}

/** Whichever web server stands beside Temporal, or the store, tells the time of its machine. */
function otherClocks(config: Config, databaseNow: () => Promise<Date>): OtherClock[] {
  const store = config.gcsEndpoint ?? 'https://storage.googleapis.com';
  return [
    { name: 'database', read: () => databaseNow().catch(() => undefined) },
    ...(config.temporal.ui ? [clockOfServer('Temporal', config.temporal.ui)] : []),
    ...(config.archiveUrl.startsWith('gs:') ? [clockOfServer('archive store', store)] : []),
  ];
}
