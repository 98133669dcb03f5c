import { AppError } from './errors.ts';

/** By so much clocks may differ before nothing is opened, ended or deleted by them. */
const APART_MS = 300_000;

/**
 * The time that counts for a step of a workflow: the later of both clocks. A step that waited for the database
 * happens when it does, not when it was meant to, and so a review keeps its full window. A step whose time lies
 * ahead of the database's is refused: it would come too early, and a deletion cannot be taken back. A worker
 * whose own clock differs from the database's says that one of the two is wrong, and nobody here knows which.
 *
 * @param workerNow the clock of the machine that does the step, read together with the database's
 * @throws AppError `clock_skewed`, which passes once the clocks agree
 */
export function agreeOnTime(now: Date, databaseNow: Date, workerNow = databaseNow): Date {
  const database = databaseNow.getTime();
  const ahead = now.getTime() - database;
  if (ahead > APART_MS) throw skewed('of Temporal', ahead);
  const apart = workerNow.getTime() - database;
  if (Math.abs(apart) > APART_MS) throw skewed('of this worker', apart);
  return ahead < 0 ? databaseNow : now;
}

function skewed(whose: string, ms: number): AppError {
  const difference = `${Math.round(Math.abs(ms) / 1000)} s ${ms < 0 ? 'behind' : 'ahead of'}`;
  return new AppError(
    'clock_skewed',
    `The clock ${whose} is ${difference} the database's. The step waits until they agree; see: retention doctor`,
  );
}
