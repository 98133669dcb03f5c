import { renewClaim } from '../db/deliveries.ts';
import type { Delivery } from '../db/tables.ts';
import type { SenderDeps } from './sending.ts';

/** Often enough that a claim outlives two renewals that the database did not take. */
const RENEW_MS = 15_000;

/**
 * Keeps the claim on a delivery for as long as it is worked on: several calls to Telegram, each of which may
 * take long, are more than a claim lasts, and another process would send the same again.
 */
export async function whileClaimed<T>(
  { db, clock }: Pick<SenderDeps, 'db' | 'clock'>,
  delivery: Pick<Delivery, 'id' | 'attempts'>,
  work: () => Promise<T>,
  renewMs = RENEW_MS,
): Promise<T> {
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // A database that is away takes the next renewal, or nobody else's claim either.
    renewing = renewing.then(() => renewClaim(db, delivery, clock())).catch(() => undefined);
  }, renewMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    // A renewal that comes last would put off what is to be tried again sooner.
    await renewing;
  }
}
