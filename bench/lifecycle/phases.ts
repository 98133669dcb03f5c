import type { Kysely } from 'kysely';
import type { Tables } from '../../src/db/tables.ts';
import { MILESTONES } from './contender.ts';
import { createWaiters, type Waiters } from './waiters.ts';

/** How finely latencies are seen. One statement by primary key each time, so watching costs little. */
const LOOK_MS = 50;

/** Watches the phases of the sessions that someone waits for, as committed in PostgreSQL. */
export function watchPhases(db: Kysely<Tables>): Pick<Waiters, 'reached'> & { stop(): Promise<void> } {
  const waiters = createWaiters();
  let looking = Promise.resolve();
  const timer = setInterval(() => void (looking = looking.then(look)), LOOK_MS);

  async function look() {
    const ids = waiters.awaited();
    if (ids.length === 0) return;
    const rows = await db.selectFrom('session').select(['id', 'phase']).where('id', 'in', ids).execute();
    for (const { id, phase } of rows) {
      const milestone = MILESTONES.find((name) => name === phase);
      if (milestone) waiters.announce(id, milestone);
    }
  }

  return {
    reached: waiters.reached,
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
