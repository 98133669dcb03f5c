import { AppError } from './errors.ts';

/** By so much a workflow's clock may be ahead of the database's before nothing is opened, ended or deleted by it. */
const AHEAD_MS = 300_000;

/**
 * The time that counts for a step of a workflow: the later of both clocks. A step that waited for the database
 * happens when it does, not when it was meant to, and so a review keeps its full window. A step whose time lies
 * ahead of the database's is refused: it would come too early, and a deletion cannot be taken back.
 *
 * @throws AppError `clock_skewed`, which passes once the clocks agree
 */
export function agreeOnTime(now: Date, databaseNow: Date): Date {
  const ahead = now.getTime() - databaseNow.getTime();
  if (ahead <= AHEAD_MS) return ahead < 0 ? databaseNow : now;
  throw new AppError(
    'clock_skewed',
    `The clock of Temporal is ${Math.round(ahead / 1000)} s ahead of the database's. The step waits until they agree; see: retention doctor`,
  );
}
