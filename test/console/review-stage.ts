import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { TestDatabase } from '../support/database.ts';

const DAY_MS = 86_400_000;

/** Puts a session into review, as the life cycle leaves it there: rows alone, nothing in a store. */
export async function addReview(
  { db }: Pick<TestDatabase, 'db'>,
  review: { projectId: string; now: Date; dueInDays: number; rule?: string; tags?: readonly string[] },
): Promise<string> {
  const { projectId, now, dueInDays, rule = 'base', tags = [] } = review;
  const [id, subject] = [randomUUID(), randomUUID()];
  const ago = (days: number) => new Date(now.getTime() - days * DAY_MS);
  await sql`
    insert into subject (id, project_id, telegram_user_id, created_at, last_seen_at)
    values (${subject}, ${projectId}, ${Math.floor(Math.random() * 1e12)}, ${ago(400)}, ${ago(400)})`.execute(
    db,
  );
  await sql`
    insert into session (id, project_id, kind, subject_id, phase, opened_at, last_activity_at, closed_at,
      close_reason, archive_due_at, archived_at, keep_until, keep_rule, policy_version, review_round)
    values (${id}, ${projectId}, 'private', ${subject}, 'review', ${ago(400)}, ${ago(399)}, ${ago(398)}, 'agent',
      ${ago(397)}, ${ago(397)}, ${ago(2)}, ${rule}, 1, 1)`.execute(db);
  await sql`insert into participant (session_id, subject_id) values (${id}, ${subject})`.execute(db);
  for (const tag of tags)
    await sql`
      insert into session_tag (session_id, tag, origin, added_by, added_at)
      values (${id}, ${tag}, 'manual', 'agent', ${ago(399)})`.execute(db);
  await sql`
    insert into review (session_id, round, opened_at, due_at, on_silence)
    values (${id}, 1, ${ago(1)}, ${ago(-dueInDays)}, 'delete')`.execute(db);
  return id;
}
