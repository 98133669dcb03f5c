import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Logger } from 'pino';
import { AppError, isRetryable } from '../src/domain/errors.ts';
import { createArchiveActivities, type ArchiveActivities } from './archive.ts';
import { createDeletionActivities, type DeletionActivities } from './deletion.ts';
import type { ActivityDeps } from './deps.ts';
import { createErasureActivities, type ErasureActivities } from './erasure.ts';
import { createExportActivities, type ExportActivities } from './export.ts';
import { reachingExports } from './export-erasure.ts';
import { createInactivityActivities, type InactivityActivities } from './inactivity.ts';
import { createLifeActivities, type LifeActivities } from './life.ts';

export type Activities = LifeActivities &
  ArchiveActivities &
  DeletionActivities &
  ErasureActivities &
  InactivityActivities &
  ExportActivities;

/** Every activity, with errors turned into the words of this service. */
export function createActivities(deps: ActivityDeps): Activities {
  const activities = {
    ...createLifeActivities(deps),
    ...createArchiveActivities(deps),
    ...createDeletionActivities(deps),
    ...reachingExports(deps, createErasureActivities(deps)),
    ...createExportActivities(deps),
    ...createInactivityActivities(deps),
  };
  return Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [name, inOurWords(deps.log, name, run as Run)]),
  ) as unknown as Activities;
}

type Run = (input: unknown) => Promise<unknown>;

/**
 * A failure is kept in Temporal's database in clear, so only a closed code and our own message leave an
 * activity: the message of a foreign error may quote a row.
 */
function inOurWords(log: Logger, name: string, run: Run): Run {
  return async (input) => {
    try {
      return await run(input);
    } catch (error) {
      if (error instanceof CancelledFailure || error instanceof ApplicationFailure) throw error;
      if (error instanceof AppError)
        throw ApplicationFailure.create({
          type: error.code,
          message: error.message,
          nonRetryable: !isRetryable(error.code),
        });
      const code = (error as { code?: unknown }).code;
      const kind = error instanceof Error ? error.name : typeof error;
      log.error({ activity: name, kind, code, at: frames(error) }, 'activity failed unexpectedly');
      throw ApplicationFailure.create({
        type: 'unexpected',
        message: `${name} failed with ${kind} ${typeof code === 'string' ? code : ''}. The worker's log has more.`,
      });
    }
  };
}

/** The stack without its first lines, which repeat the message. */
function frames(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 5);
}
