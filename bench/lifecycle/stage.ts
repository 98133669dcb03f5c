import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { saveProject } from '../../src/db/projects.ts';
import { projectSchema } from '../../src/domain/project.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { createTestDatabase, prepareTemplate, type TestDatabase } from '../../test/support/database.ts';
import { IDLE_MS, KEEP_MS, PARKED_MS, REOPEN_MS, REVIEW_MS } from './pace.ts';
import { preloadStatementCounter, query } from './statements.ts';
import { startTemporal, type TemporalUnderTest } from './temporal.ts';

/** A database of the service with the settings that lead a worker process to it. */
export interface Installation {
  readonly database: TestDatabase;
  readonly settings: Readonly<Record<string, string>>;
  readonly ownerUrl: string;
}

/** The servers and databases that the contenders share. */
export interface Stage {
  readonly temporal: TemporalUnderTest;
  readonly postgres: { readonly pid: number; readonly version: string; readonly fsync: string };
  /** Queries as the superuser, for counting statements. */
  readonly superuserUrl: string;
  readonly retention: Installation;
  readonly pgBoss: Installation;
  stop(): Promise<void>;
}

/** Starts durable servers in a directory of their own; stopping removes it. */
export async function setStage(options: {
  countStatements: boolean;
  log: (line: string) => void;
}): Promise<Stage> {
  const { log } = options;
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'retention-bench-')));
  // As root, PostgreSQL runs under another account, which has to get here.
  await chmod(dir, 0o711);
  const releasers: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const stop = async () => {
    for (const release of releasers.splice(0).reverse()) await release();
  };
  try {
    const cluster = { dir: join(dir, 'postgres'), port: await freePort(), log };
    let postgres = await startPostgres(cluster);
    releasers.push(() => postgres.stop());
    // A Temporal server with its four services, and three processes of ours, on one cluster.
    await query(postgres.url('postgres'), 'alter system set max_connections = 300');
    if (options.countStatements) await preloadStatementCounter(postgres.url('postgres'));
    await postgres.stop();
    postgres = await startPostgres(cluster);
    const superuserUrl = postgres.url('postgres');
    process.env['TEST_POSTGRES_URL'] = superuserUrl;
    await prepareTemplate(superuserUrl);
    const temporal = await startTemporal({ dir, superuserUrl, log });
    releasers.push(() => temporal.stop());
    const projectsDir = await writeProjects(join(dir, 'projects'));
    const install = async (name: string): Promise<Installation> => {
      const database = await createTestDatabase();
      releasers.push(() => database.drop());
      const archive = join(dir, `archive-${name}`);
      await mkdir(archive);
      for (const project of PROJECTS)
        await saveProject(database.db, project, { author: 'bench', reason: 'bench', now: new Date() });
      return {
        database,
        ownerUrl: database.ownerUrl,
        settings: {
          RETENTION_DATABASE_URL: database.url,
          RETENTION_KEYS_DATABASE_URL: database.keysUrl,
          RETENTION_SECRETS: database.secretsDir,
          RETENTION_ARCHIVE: pathToFileURL(archive).href,
          RETENTION_PROJECTS: projectsDir,
          RETENTION_TEMPORAL_ADDRESS: temporal.address,
          RETENTION_TEMPORAL_NAMESPACE: temporal.namespace,
          RETENTION_LOG_LEVEL: 'error',
        },
      };
    };
    return {
      temporal,
      superuserUrl,
      postgres: await describePostgres(superuserUrl),
      retention: await install('retention'),
      pgBoss: await install('pg-boss'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `short` is run through in seconds; a session of `parked` is left in its long sleep and weighed. */
const PROJECTS = [project('short', KEEP_MS), project('parked', PARKED_MS)];

function project(id: string, keepMs: number) {
  const seconds = (ms: number) => `PT${ms / 1000}S`;
  return projectSchema.parse({
    id,
    name: id,
    notice: { version: '1' },
    policy: {
      demo: true,
      idle: seconds(IDLE_MS),
      reopen: seconds(REOPEN_MS),
      keep: seconds(keepMs),
      review: { window: seconds(REVIEW_MS) },
      spam: { deleteAfter: 'PT10M' },
      // A day's allowance is what a bench deletes in ten seconds.
      breaker: { sharePerDay: 1, orFewerThan: 1_000_000 },
    },
  });
}

async function writeProjects(dir: string): Promise<string> {
  await mkdir(dir);
  for (const one of PROJECTS) await writeFile(join(dir, `${one.id}.yaml`), stringify(one));
  return dir;
}

async function describePostgres(url: string): Promise<Stage['postgres']> {
  const [row] = await query<{ pid: string; version: string; fsync: string }>(
    url,
    `select split_part(pg_read_file('postmaster.pid'), e'\\n', 1) as pid,
      current_setting('server_version') as version, current_setting('fsync') as fsync`,
  );
  if (!row) throw new Error('PostgreSQL does not say what it is.');
  return { pid: Number(row.pid), version: row.version, fsync: row.fsync };
}
