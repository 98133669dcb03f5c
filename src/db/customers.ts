import { sql, type Kysely } from 'kysely';
import type { Jurisdiction, JurisdictionOrigin } from '../domain/jurisdictions.ts';
import type { PageEnd, Placed } from './pages.ts';
import type { SessionLine } from './sessions.ts';
import type { Erasure } from './erasures.ts';
import { holdsOn } from './life.ts';
import type { Tables } from './tables.ts';

/** A customer as staff see them: no Telegram id, and names sealed. */
export interface Customer {
  readonly id: string;
  readonly profileSealed: Buffer | null;
  readonly language: string | null;
  /** What they chose to be written to in. */
  readonly chosenLanguage: string | null;
  readonly jurisdiction: Jurisdiction | null;
  readonly jurisdictionOrigin: JurisdictionOrigin | null;
  readonly defaultJurisdiction: Jurisdiction;
  readonly majorityOn: Date | null;
  readonly authorizedAt: Date | null;
  readonly unsubscribedAt: Date | null;
  readonly bannedAt: Date | null;
  /** They blocked the bot. */
  readonly blockedAt: Date | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  /** An erasure of theirs is under way: nobody sees them any more. */
  readonly erasing: boolean;
}

/** A customer of a project by the subject's id. */
export async function findCustomer(
  db: Kysely<Tables>,
  projectId: string,
  subjectId: string,
): Promise<Customer | undefined> {
  const { rows } = await sql<Customer>`
    select su.id, su.profile_sealed as "profileSealed", su.language, su.chosen_language as "chosenLanguage",
      su.jurisdiction, su.jurisdiction_origin as "jurisdictionOrigin", p.jurisdiction as "defaultJurisdiction",
      su.majority_on as "majorityOn", su.authorized_at as "authorizedAt", su.unsubscribed_at as "unsubscribedAt",
      su.banned_at as "bannedAt", su.blocked_at as "blockedAt", su.created_at as "createdAt",
      su.last_seen_at as "lastSeenAt",
      exists (select from erasure e where e.subject_id = su.id and e.state = 'confirmed') as erasing
    from subject su join project p on p.id = su.project_id
    where su.id = ${subjectId} and su.project_id = ${projectId}`.execute(db);
  return rows[0];
}

/** The sessions that a person takes part in, newest first; without what an erasure has taken. */
export async function sessionsOfCustomer(
  db: Kysely<Tables>,
  subjectId: string,
  page: {
    readonly liveOnly: boolean;
    readonly seesRestricted: boolean;
    readonly after: PageEnd | null;
    readonly limit: number;
    readonly now: Date;
  },
): Promise<(Placed<SessionLine> & { restricted: boolean })[]> {
  const { after } = page;
  const { rows } = await sql<Placed<SessionLine> & { restricted: boolean }>`
    select s.id, s.project_id as "projectId", s.topic_id as "topicId", s.kind, s.phase,
      s.opened_at as "openedAt", s.opened_at::text as place, s.closed_at as "closedAt", s.keep_until as "keepUntil",
      case when s.phase = 'review' and r.ended is null then r.due_at end as "reviewDueAt",
      part.restricted_ground is not null or s.restricted_at is not null as restricted,
      exists (select from ${holdsOn('s', page.now)} h) as held,
      array(select tag from session_tag t where t.session_id = s.id order by tag) as tags
    from participant part join session s on s.id = part.session_id
    left join review r on r.session_id = s.id and r.round = s.review_round
    where part.subject_id = ${subjectId}
      and (part.erasure_id is null or part.restricted_ground is not null)
      and (${page.seesRestricted} or (part.restricted_ground is null and s.restricted_at is null))
      and (not ${page.liveOnly} or s.phase in ('open', 'closed'))
      ${after ? sql`and (s.opened_at, s.id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql``}
    order by s.opened_at desc, s.id desc limit ${page.limit}`.execute(db);
  return rows;
}

/** The requests for erasure of a person, newest first. */
export async function erasuresOfCustomer(
  db: Kysely<Tables>,
  subjectId: string,
): Promise<Pick<Erasure, 'number' | 'state' | 'received_at' | 'confirmed_at' | 'completed_at'>[]> {
  return db
    .selectFrom('erasure')
    .select(['number', 'state', 'received_at', 'confirmed_at', 'completed_at'])
    .where('subject_id', '=', subjectId)
    .orderBy('received_at', 'desc')
    .limit(20)
    .execute();
}
