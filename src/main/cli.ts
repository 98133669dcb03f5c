#!/usr/bin/env node
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Connection } from '@temporalio/client';
import { importExport } from '../acts/import/import-export.ts';
import { checkRestore } from '../acts/restore-check.ts';
import { appendAuditEntry } from '../audit/append.ts';
import { createAuditLogCommands } from '../cli/audit-log.ts';
import type { CliDeps, CliServices } from '../cli/deps.ts';
import { createDoctorCommand } from '../cli/doctor.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { createImportCommand, type ImportServices } from '../cli/import.ts';
import { createProgram, runProgram } from '../cli/program.ts';
import { createReconcileCommand, type ReconcileServices } from '../cli/reconcile.ts';
import { createRegisterCommand } from '../cli/register.ts';
import { createRestoreCheckCommand, type RestoreServices } from '../cli/restore-check.ts';
import { readConfig, readEnvironment, type Config } from '../config.ts';
import { countRunning } from '../db/restore-check.ts';
import { createLog } from '../log.ts';
import { sessionWorkflowId } from '../temporal/ids.ts';
import { createArchiveReader } from './archive-reader.ts';
import { auditTools, createAuditServices } from './audit-cli.ts';
import { openDoctor } from './doctor/open-doctor.ts';
import { createKeyRing } from './key-ring.ts';
import { migrateDatabases } from './migrate.ts';
import { isOutage } from './outage.ts';
import { openReconcile } from './reconcile.ts';
import { createRegisterServices } from './register-cli.ts';
import { openServices, type Services } from './services.ts';

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
    importExport: (source, order) => importExport(deps, source, order),
    close: () => services.close(),
  };
}

async function openRestoreServices(): Promise<RestoreServices> {
  const services = await openQuietly();
  const { db, ledger } = services;
  return {
    check: (order) => checkRestore(services, { ...order, entries: ledger.entries() }),
    countRunning: (erasureIds) => countRunning(db, erasureIds),
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

function workflowUrl({ ui, namespace }: Config['temporal'], sessionId: string): string | null {
  if (!ui) return null;
  return new URL(`/namespaces/${namespace}/workflows/${encodeURIComponent(sessionWorkflowId(sessionId))}`, ui)
    .href;
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
    createImportCommand({ ...deps, open: openImportServices }),
    createRestoreCheckCommand({ ...deps, open: openRestoreServices }),
    createReconcileCommand({ ...deps, open: openReconcileServices }),
    createDoctorCommand({ ...deps, open: () => Promise.resolve(openDoctor(readConfig())) }),
    createRegisterCommand({ ...deps, open: async () => createRegisterServices(await openQuietly()) }),
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
