import { setTimeout as pause } from 'node:timers/promises';
import { reconcile } from '../acts/reconcile.ts';
import type { ReconcileOrder, ReconcileReport } from '../acts/reconcile-rows.ts';
import { lastReconciled } from '../db/reconcile.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import { AppError } from '../domain/errors.ts';
import { createDataConverter, createTemporalClient } from '../temporal/connect.ts';
import { createWorkflows } from '../temporal/describe-workflows.ts';
import type { Services } from './services.ts';

const DAY_MS = 86_400_000;
const LOOK_MS = 600_000;
/** A start has enough to do, and whoever restored something compares by hand first. */
const FIRST_LOOK_MS = 60_000;

/** What comparing rows and workflows needs, with a connection of its own to the Temporal server. */
export function openReconcile({ config, secrets, db }: Pick<Services, 'config' | 'secrets' | 'db'>): {
  readonly run: (order: ReconcileOrder) => Promise<ReconcileReport>;
  readonly close: () => Promise<void>;
} {
  const dataConverter = createDataConverter(secrets.codecKeys);
  const { client, close } = createTemporalClient({ ...config.temporal, dataConverter });
  const deps = { db, workflows: createWorkflows(client), pause: (ms: number) => pause(ms) };
  return { run: (order) => reconcile(deps, order), close };
}

/** Starts what compares rows and workflows once a day, whichever process comes to it first. */
export function startReconcile(services: Services): { stop(): Promise<void> } {
  const { db, log } = services;
  const { run, close } = openReconcile(services);
  const stopping = new AbortController();
  const wait = (ms: number, signal: AbortSignal) => pause(ms, undefined, { signal }).catch(() => undefined);
  let first = true;
  const loop = startQueueLoop({
    async takeBatch() {
      const since = new Date(Date.now() - DAY_MS);
      if (!first && !(await lastReconciled(db, since))) await runQuietly();
      return false;
    },
    async news(signal) {
      await wait(first ? FIRST_LOOK_MS : LOOK_MS, signal);
      first = false;
    },
    onError: (error) => log.warn({ code: codeOf(error) }, 'rows and workflows wait to be compared'),
  });

  async function runQuietly() {
    const report = await run({
      dryRun: false,
      deep: false,
      actor: { kind: 'system', id: 'reconcile' },
      clock: () => new Date(),
      signal: stopping.signal,
    }).catch(unlessElsewhere);
    if (report) tell(report);
  }

  function tell({ sessions, erasures, mended, findings, unknown, paused }: ReconcileReport) {
    log.info({ sessions, erasures, mended, findings }, 'rows and workflows were compared');
    if (unknown.length > 0)
      log.error({ alarm: 'workflows_unknown', unknown }, 'no row knows these workflows');
    if (paused.length > 0)
      log.error({ alarm: 'database_restored', paused }, 'the database is older than its workflows');
  }

  return {
    async stop() {
      stopping.abort();
      await loop.stop();
      await close();
    },
  };
}

function unlessElsewhere(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'already_running') return undefined;
  throw error;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code ?? (error instanceof Error ? error.name : 'unknown');
}
