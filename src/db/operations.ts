import type { Kysely } from 'kysely';
import type { Overview } from '../domain/overview.ts';
import type { Tables } from './tables.ts';

/** Whether an archive store answered when it was last asked. */
export interface StoreHealth {
  readonly store: string;
  readonly failingSince: Date | null;
  readonly checkedAt: Date;
}

export async function storesHealth(db: Kysely<Tables>): Promise<StoreHealth[]> {
  return db
    .selectFrom('store_health')
    .select(['store', 'failing_since as failingSince', 'checked_at as checkedAt'])
    .orderBy('store')
    .execute();
}

/** How late a project's work was, as its overview last counted it. */
export interface ProjectLateness {
  readonly projectId: string;
  readonly countedAt: Date | null;
  readonly lines: Overview['lateness'];
}

/** Every project, those not counted yet included. */
export async function latenessOfAll(db: Kysely<Tables>): Promise<ProjectLateness[]> {
  const rows = await db
    .selectFrom('project as p')
    .leftJoin('overview as o', 'o.project_id', 'p.id')
    .select(['p.id as projectId', 'o.counted_at as countedAt', 'o.facts'])
    .orderBy('p.id')
    .execute();
  return rows.map(({ projectId, countedAt, facts }) => ({
    projectId,
    countedAt,
    lines: facts?.lateness ?? [],
  }));
}
