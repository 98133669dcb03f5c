import { sql, type Kysely } from 'kysely';
import type { ErasureState } from '../domain/erasure-steps.ts';
import type { Erasure } from './erasures.ts';
import type { Tables } from './tables.ts';

/**
 * Those that were done since an instant, as the overview counts them: promised from the confirmation to the proof, or
 * aimed at within 24 hours. Where `lateS` is given, those that took so many seconds longer.
 */
export interface DoneErasures {
  readonly by: 'promise' | 'aim';
  readonly since: Date;
  readonly lateS?: number | undefined;
}

/** A page of a project's erasures, the newest first, read by the key of the last one before it. */
export async function erasuresOfProject(
  db: Kysely<Tables>,
  which: {
    projectId: string;
    states?: readonly ErasureState[] | undefined;
    done?: DoneErasures | undefined;
    after?: { receivedAt: Date; id: string } | undefined;
    limit: number;
  },
): Promise<Erasure[]> {
  const { projectId, states, done, after, limit } = which;
  return db
    .selectFrom('erasure')
    .selectAll()
    .where('project_id', '=', projectId)
    .$if(states !== undefined, (query) => query.where('state', 'in', states ?? []))
    .where(done ? wereDone(done) : sql<boolean>`true`)
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(received_at, id) < (${after?.receivedAt}, ${after?.id})`),
    )
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

function wereDone({ by, since, lateS }: DoneErasures) {
  const [ended, counted] =
    by === 'aim' ? [sql`completed_at`, sql`target_at`] : [sql`verified_at`, sql`confirmed_at`];
  const late = lateS === undefined ? sql`` : sql`and ${ended} - ${counted} > ${lateS} * interval '1 second'`;
  return sql<boolean>`${ended} >= ${since} and ${counted} is not null ${late}`;
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
