import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../src/embedded/postgres.ts';
import type { RunningPostgres } from '../../src/embedded/postgres.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { prepareTemplate } from './database.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

let directory: string;
let postgres: RunningPostgres;

/** One PostgreSQL and one bundle of workflows for the whole run; each test file makes its own databases. */
export async function globalSetup(): Promise<void> {
  directory = mkdtempSync(join(tmpdir(), 'retention-test-'));
  // As root, PostgreSQL runs under another account, which has to get here.
  chmodSync(directory, 0o711);
  postgres = await startPostgres({
    dir: join(directory, 'postgres'),
    port: await freePort(),
    durable: false,
    log: (line) => console.error(line),
  });
  const url = postgres.url('postgres');
  process.env['TEST_POSTGRES_URL'] = url;
  await prepareTemplate(url);
  process.env['TEST_WORKFLOW_BUNDLE'] = await bundleWorkflows(directory);
}

export async function globalTeardown(): Promise<void> {
  await postgres.stop();
  // Below a directory that the account may not enter, the files live elsewhere and a link is left here.
  rmSync(realpathSync(join(directory, 'postgres')), { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
}
