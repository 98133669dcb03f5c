import { sql, type Kysely } from 'kysely';
import type { Phase, StandingFacts } from '../domain/phases.ts';
import { holdsOn } from './life.ts';
import type { Tables } from './tables.ts';

/** What the desk needs to know of a session to choose what an update means for it. */
export interface SessionHead extends StandingFacts {
  readonly id: string;
  readonly projectId: string;
  readonly subjectId: string | null;
  readonly topicId: number | null;
}

/** The columns of a session's head. */
export const SESSION_HEAD = [
  'id',
  'project_id as projectId',
  'subject_id as subjectId',
  'topic_id as topicId',
  'phase',
  'reopen_until as reopenUntil',
  'archive_began_at as archiveBeganAt',
  'deletion_began_at as deletionBeganAt',
] as const;

/** The newest session of a subject in private chat, whatever its phase. */
export async function newestSession(db: Kysely<Tables>, subjectId: string): Promise<SessionHead | undefined> {
  return db
    .selectFrom('session')
    .select(SESSION_HEAD)
    .where('subject_id', '=', subjectId)
    .where('kind', '=', 'private')
    .orderBy('opened_at', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** The session a staff topic belongs to. */
export async function sessionOfTopic(
  db: Kysely<Tables>,
  projectId: string,
  topicId: number,
): Promise<SessionHead | undefined> {
  return db
    .selectFrom('session')
    .select(SESSION_HEAD)
    .where('project_id', '=', projectId)
    .where('topic_id', '=', topicId)
    .executeTakeFirst();
}

/** What a list of sessions can be narrowed by. */
export interface SessionFilter {
  readonly projectId?: string;
  readonly phase?: Phase;
  readonly tag?: string;
  readonly limit: number;
  /** Holds that ended before do not count. */
  readonly now: Date;
}

/** One line of a list of sessions. */
export interface SessionLine {
  readonly id: string;
  readonly projectId: string;
  readonly kind: string;
  readonly phase: Phase;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly keepUntil: Date | null;
  readonly reviewDueAt: Date | null;
  readonly held: boolean;
  readonly topicId: number | null;
  readonly tags: string[];
}

/** Sessions, newest first. */
export async function listSessions(db: Kysely<Tables>, filter: SessionFilter): Promise<SessionLine[]> {
  const { rows } = await sql<SessionLine>`
    select s.id, s.project_id as "projectId", s.topic_id as "topicId", s.kind, s.phase, s.opened_at as "openedAt",
      s.closed_at as "closedAt", s.keep_until as "keepUntil",
      case when s.phase = 'review' and r.ended is null then r.due_at end as "reviewDueAt",
      exists (select from ${holdsOn('s', filter.now)} h) as held,
      array(select tag from session_tag t where t.session_id = s.id order by tag) as tags
    from session s left join review r on r.session_id = s.id and r.round = s.review_round
    where (${filter.projectId ?? null}::text is null or s.project_id = ${filter.projectId ?? null})
      and (${filter.phase ?? null}::text is null or s.phase = ${filter.phase ?? null})
      and (${filter.tag ?? null}::text is null or exists
        (select from session_tag t where t.session_id = s.id and t.tag = ${filter.tag ?? null}))
    order by s.opened_at desc, s.id limit ${filter.limit}`.execute(db);
  return rows;
}
