import { setTimeout as pause } from 'node:timers/promises';
import { noteStoreHealth } from '../acts/alarms.ts';
import type { ArchiveStore } from '../archive/store.ts';
import type { Services } from './services.ts';

/** A store that takes longer for the name of one object is away. */
const PATIENCE_MS = 30_000;
/** No object is ever called so; to ask for it is to ask whether the store answers. */
const NOTHING = 'is-it-there/';

/** Asks every archive store whether it is there, and calls people once one is away for a quarter of an hour. */
export async function probeStores(
  { db, stores, projects, log }: Pick<Services, 'db' | 'stores' | 'projects' | 'log'>,
  now: Date,
): Promise<void> {
  const users = new Map<ArchiveStore, string[]>();
  for (const { id } of projects) {
    const store = await stores.of(id);
    users.set(store, [...(users.get(store) ?? []), id]);
  }
  for (const [store, projectIds] of users) {
    const reached = await answers(store);
    const news = await noteStoreHealth(db, { store: store.url, projectIds, reached, now });
    if (news === 'away') log.error({ alarm: 'store_away', projects: projectIds }, 'an archive store is away');
    if (news === 'back') log.info({ projects: projectIds }, 'an archive store is back');
  }
}

async function answers(store: ArchiveStore): Promise<boolean> {
  const late = new AbortController();
  const look = async () => {
    for await (const _ of store.list(NOTHING)) break;
    return true;
  };
  const tooLate = pause(PATIENCE_MS, false, { signal: late.signal }).catch(() => false);
  try {
    return await Promise.race([look(), tooLate]);
  } catch {
    return false;
  } finally {
    late.abort();
  }
}
