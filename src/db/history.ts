import { sql, type Kysely } from 'kysely';
import type { Phase } from '../domain/phases.ts';
import type { Tables } from './tables.ts';

/** One of a customer's earlier sessions, without anything that was said in it. */
export interface PastSession {
  readonly id: string;
  readonly phase: Phase;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly keepUntil: Date | null;
  readonly topicId: number | null;
  readonly tags: readonly string[];
}

/**
 * The sessions of a customer before one of them, newest first. What is deleted, being erased or restricted
 * is not among them.
 */
export async function sessionsBefore(
  db: Kysely<Tables>,
  sessionId: string,
  limit: number,
): Promise<{ sessions: PastSession[]; more: number }> {
  const { rows } = await sql<PastSession & { total: number }>`
    select s.id, s.phase, s.opened_at as "openedAt", s.closed_at as "closedAt", s.keep_until as "keepUntil",
      s.topic_id as "topicId", count(*) over ()::int as total,
      array(select t.tag from session_tag t where t.session_id = s.id order by t.tag) as tags
    from session this
    join participant p on p.subject_id = this.subject_id
    join session s on s.id = p.session_id
    where this.id = ${sessionId} and s.id <> this.id and s.opened_at <= this.opened_at
      and s.phase <> 'deleted' and s.deletion_began_at is null and p.erasure_id is null
    order by s.opened_at desc, s.id limit ${limit}`.execute(db);
  const total = rows[0]?.total ?? 0;
  return { sessions: rows.map(({ total: _total, ...session }) => session), more: total - rows.length };
}
