#!/usr/bin/env node
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Connection } from '@temporalio/client';
import { createAccountActs } from '../acts/accounts.ts';
import { exportFiles } from '../../activities/export-files.ts';
import { checkArchive } from '../acts/archive-check.ts';
import { checkRestore } from '../acts/restore-check.ts';
import { appendAuditEntry } from '../audit/append.ts';
import { createAccountCommand, type AccountServices } from '../cli/account.ts';
import { createAuditLogCommands } from '../cli/audit-log.ts';
import { createBackupCommand } from '../cli/backup.ts';
import type { CliDeps, CliServices } from '../cli/deps.ts';
import { createDoctorCommand } from '../cli/doctor.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { createExportCommand } from '../cli/export.ts';
import type { ExportServices } from '../cli/export-deps.ts';
import { createImportCommand, type ImportServices } from '../cli/import.ts';
import { createProgram, runProgram } from '../cli/program.ts';
import { createReconcileCommand, type ReconcileServices } from '../cli/reconcile.ts';
import { createRegisterCommand } from '../cli/register.ts';
import { createRestoreCheckCommand, type RestoreServices } from '../cli/restore-check.ts';
import { createTokenCommand } from '../cli/token.ts';
import { createWebhookCommand } from '../cli/webhook.ts';
import { readConfig, readEnvironment, type Config } from '../config.ts';
import { countRunning, countStanding } from '../db/restore-check.ts';
import { createLog } from '../log.ts';
import { hashOf, newToken } from '../console/sign-in/tokens.ts';
import { createComparison } from './archive-check.ts';
import { createArchiveReader } from './archive-reader.ts';
import { auditTools, createAuditServices } from './audit-cli.ts';
import { openBackup } from './backup-cli.ts';
import { consoleUrl } from './console.ts';
import { openDoctor } from './doctor/open-doctor.ts';
import { importFile } from './import-file.ts';
import { createKeyRing } from './key-ring.ts';
import { migrateDatabases } from './migrate.ts';
import { isOutage } from './outage.ts';
import { openReconcile } from './reconcile.ts';
import { createRegisterServices } from './register-cli.ts';
import { openServices, type Services } from './services.ts';
import { openWebhookSecrets } from './webhooks.ts';
import { workflowUrl } from './workflow-url.ts';

/** How long a Temporal server may take to answer before it counts as away. */
const ANSWER_MS = 3000;

/** What goes wrong is told by the command itself; the log has what libraries say of it. */
function openQuietly(): Promise<Services> {
  return openServices(readConfig(), createLog('error', process.stderr));
}

async function openCliServices(): Promise<CliServices> {
  const services = await openQuietly();
  const { config, db, acts, vault, stores } = services;
  return {
    db,
    acts,
    appendAuditEntry: (entry) => appendAuditEntry(db, entry),
    openArchive: createArchiveReader({ stores, vault, db }),
    checkArchive: (check) =>
      checkArchive({ db, compare: createComparison(stores, { readBytes: true }) }, check),
    translations: services.translations,
    keyRing: createKeyRing({ keysDb: services.keysDb, kek: services.secrets.kek }),
    temporal: {
      address: config.temporal.address,
      isReachable: () => answers(config.temporal),
      urlOf: (sessionId) => workflowUrl(config.temporal, sessionId),
    },
    close: () => services.close(),
  };
}

async function openImportServices(): Promise<ImportServices> {
  const services = await openQuietly();
  const { db, vault, secrets } = services;
  const deps = { db, vault, pseudonym: secrets.pseudonym };
  return {
    importExport: (source, order) => importFile(deps, source, order),
    close: () => services.close(),
  };
}

async function openAccountServices(): Promise<AccountServices> {
  const services = await openQuietly();
  return {
    db: services.db,
    accounts: createAccountActs({ db: services.db }),
    newLink() {
      const token = newToken();
      return {
        url: new URL(`/enrol/${token}`, consoleUrl(services.config)).href,
        tokenHash: hashOf(token),
      };
    },
    close: () => services.close(),
  };
}

async function openExportServices(): Promise<ExportServices> {
  const services = await openQuietly();
  const { db, acts } = services;
  return { db, acts, files: (row) => exportFiles(services, row), close: () => services.close() };
}

async function openRestoreServices(): Promise<RestoreServices> {
  const services = await openQuietly();
  const { db, ledger } = services;
  return {
    check: (order) => checkRestore(services, { ...order, entries: ledger.entries() }),
    countRunning: (erasureIds) => countRunning(db, erasureIds),
    countStanding: (sessionIds) => countStanding(db, sessionIds),
    close: () => services.close(),
  };
}

/** Ctrl-C lets the batch that is at work end, and says where to go on. */
async function openReconcileServices(): Promise<ReconcileServices> {
  const services = await openQuietly();
  const { run, close } = openReconcile(services);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGINT', stop);
  return {
    run,
    signal: stopping.signal,
    close: async () => {
      process.off('SIGINT', stop);
      await close();
      await services.close();
    },
  };
}

async function openWebhookServices() {
  const services = await openQuietly();
  return { ...services, secretOf: await openWebhookSecrets(services.config.secretsDir) };
}

async function answers(temporal: Config['temporal']): Promise<boolean> {
  const { address, namespace } = temporal;
  const connection = Connection.lazy({ address, connectTimeout: ANSWER_MS });
  try {
    await connection.withDeadline(Date.now() + ANSWER_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

/** The operator at this machine; a container may run under a number that has no name. */
function operatorId(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    return `cli:uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

// Whoever reads the output may have seen enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

/** Asks on stderr, so that what a program reads from stdout is data alone. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

const deps: CliDeps = {
  stdout: process.stdout,
  stderr: process.stderr,
  clock: () => new Date(),
  actor: { kind: 'operator', id: operatorId() },
  open: openCliServices,
  migrate: () => migrateDatabases(readConfig()),
  isOutage,
  ...(process.stdin.isTTY && process.stderr.isTTY && { ask }),
};

// Files named on the command line are meant from where the person stands.
process.chdir(readEnvironment().invokedFrom);

const program = createProgram(
  deps,
  [
    createAccountCommand({ ...deps, open: openAccountServices }),
    createImportCommand({ ...deps, open: openImportServices }),
    createExportCommand({ ...deps, open: openExportServices }),
    createBackupCommand({ ...deps, open: openBackup }),
    createRestoreCheckCommand({ ...deps, open: openRestoreServices }),
    createReconcileCommand({ ...deps, open: openReconcileServices }),
    createDoctorCommand({ ...deps, open: () => Promise.resolve(openDoctor(readConfig())) }),
    createRegisterCommand({ ...deps, open: async () => createRegisterServices(await openQuietly()) }),
    createTokenCommand({ ...deps, open: openQuietly }),
    createWebhookCommand({ ...deps, open: openWebhookServices }),
  ],
  createAuditLogCommands({
    ...deps,
    open: async () => createAuditServices(await openQuietly()),
    tools: auditTools,
  }),
);
const exitCode = await runProgram(deps, program, process.argv.slice(2));
// A command that did part of its work has set a code of its own.
if (exitCode !== EXIT.fine) process.exitCode = exitCode;
