import { sql, type Kysely } from 'kysely';
import type { LifeEvent } from '../domain/events.ts';
import type { Tables } from './tables.ts';

/**
 * Tells many sessions the same, slowly: their events enter the outbox a few a second, so that those of
 * customers who write right now are never behind 100,000 others.
 */
export async function putThrottledEvents(
  tx: Kysely<Tables>,
  told: { projectId: string; sessionIds: readonly string[]; event: LifeEvent; now: Date },
): Promise<void> {
  if (told.sessionIds.length === 0) return;
  await sql`
    insert into throttled_event (session_id, event, project_id, created_at)
    select id, ${told.event}, ${told.projectId}, ${told.now} from unnest(${told.sessionIds}::uuid[]) as list (id)
    on conflict do nothing`.execute(tx);
}

/** Moves the oldest of them to the outbox. @returns how many */
export async function releaseThrottledEvents(db: Kysely<Tables>, limit: number, now: Date): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    with taken as (
      delete from throttled_event where (session_id, event) in (
        select session_id, event from throttled_event order by created_at limit ${limit}
        for update skip locked)
      returning session_id, event, created_at)
    insert into outbox (session_id, event, event_id, payload, created_at, next_attempt_at)
    select session_id, event, gen_random_uuid(), '{}', ${now}, ${now} from taken
    order by created_at
    returning id`.execute(db);
  return rows.length;
}
