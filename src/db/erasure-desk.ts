import { sql, type Kysely } from 'kysely';
import type { ErasureState } from '../domain/erasure-steps.ts';
import type { Erasure } from './erasures.ts';
import { LATE_S } from './lateness.ts';
import type { Tables } from './tables.ts';

/** A page of a project's erasures, the newest first, read by the key of the last one before it. */
export async function erasuresOfProject(
  db: Kysely<Tables>,
  which: {
    projectId: string;
    states?: readonly ErasureState[] | undefined;
    /** Done since an instant, more than so many hours after the confirmation, or late for their own aim. */
    slower?: { readonly than: number | 'aim'; readonly since: Date } | undefined;
    after?: { receivedAt: Date; id: string } | undefined;
    limit: number;
  },
): Promise<Erasure[]> {
  const { projectId, states, slower, after, limit } = which;
  return db
    .selectFrom('erasure')
    .selectAll()
    .where('project_id', '=', projectId)
    .$if(states !== undefined, (query) => query.where('state', 'in', states ?? []))
    .where(tookLonger(slower))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(received_at, id) < (${after?.receivedAt}, ${after?.id})`),
    )
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** As the overview counts them. */
function tookLonger(slower: { readonly than: number | 'aim'; readonly since: Date } | undefined) {
  if (slower === undefined) return sql<boolean>`true`;
  return slower.than === 'aim'
    ? sql<boolean>`completed_at >= ${slower.since} and completed_at - target_at > ${LATE_S} * interval '1 second'`
    : sql<boolean>`verified_at > ${slower.since}
        and verified_at - confirmed_at > ${slower.than}::double precision * interval '1 hour'`;
}

/** The request with this number, if it is one of the project's. */
export async function findErasureOf(
  db: Kysely<Tables>,
  projectId: string,
  number: string,
): Promise<Erasure | undefined> {
  return db
    .selectFrom('erasure')
    .selectAll()
    .where('number', '=', number)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
}
