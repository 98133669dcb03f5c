import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, type Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from 'pino';

const LEVELS = { TRACE: 'debug', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Temporal's log lines as ours: their words and ids and the code of a failure, without the errors and arguments
 * they carry.
 */
export function createTemporalLogger(log: Logger): TemporalLogger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { workflowId, activityType, attempt, taskQueue, error } = (meta ?? {}) as Record<string, unknown>;
    const code = error instanceof ApplicationFailure ? error.type : undefined;
    log[LEVELS[level]]({ temporal: true, workflowId, activityType, attempt, taskQueue, code }, message);
  });
}
