#!/usr/bin/env node
import { userInfo } from 'node:os';
import { Connection } from '@temporalio/client';
import { importExport } from '../acts/import/import-export.ts';
import { appendAuditEntry } from '../audit/append.ts';
import type { CliDeps, CliServices } from '../cli/deps.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { createImportCommand, type ImportServices } from '../cli/import.ts';
import { createProgram, runProgram } from '../cli/program.ts';
import { readConfig, readEnvironment, type Config } from '../config.ts';
import { createLog } from '../log.ts';
import { sessionWorkflowId } from '../temporal/ids.ts';
import { createArchiveReader } from './archive-reader.ts';
import { createKeyRing } from './key-ring.ts';
import { migrateDatabases } from './migrate.ts';
import { isOutage } from './outage.ts';
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
    openArchive: createArchiveReader({ stores, vault }),
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

const deps: CliDeps = {
  stdout: process.stdout,
  stderr: process.stderr,
  clock: () => new Date(),
  actor: { kind: 'operator', id: operatorId() },
  open: openCliServices,
  migrate: () => migrateDatabases(readConfig()),
  isOutage,
};

// Files named on the command line are meant from where the person stands.
process.chdir(readEnvironment().invokedFrom);

const program = createProgram(deps, [createImportCommand({ ...deps, open: openImportServices })]);
const exitCode = await runProgram(deps, program, process.argv.slice(2));
// A command that did part of its work has set a code of its own.
if (exitCode !== EXIT.fine) process.exitCode = exitCode;
