import { sql, type Kysely, type Transaction } from 'kysely';
import type { InactivityRule, SilenceFacts } from '../domain/inactivity.ts';
import type { Tables } from './tables.ts';

/** A project whose policy in force erases silent customers. */
export interface InactivityProject {
  readonly id: string;
  readonly timeZone: string;
  readonly rule: InactivityRule;
}

/**
 * The projects that erase silent customers, in the order of their ids. One whose deletions are paused is not
 * among them: what paused them may be what made so many fall silent.
 */
export async function inactivityProjects(
  db: Kysely<Tables>,
  projectId?: string,
): Promise<InactivityProject[]> {
  const { rows } = await sql<InactivityProject>`
    select p.id, p.time_zone as "timeZone", policy.rule
    from project p cross join lateral (
      select document -> 'inactivity' as rule from policy where project_id = p.id order by version desc limit 1
    ) policy
    where jsonb_typeof(policy.rule) = 'object' and p.deletions_paused_at is null
      and (${projectId ?? null}::text is null or p.id = ${projectId ?? null})
    order by p.id`.execute(db);
  return rows;
}

/** A subject of whom nothing was heard for a while. */
export interface SilentSubject extends SilenceFacts {
  readonly id: string;
  readonly telegramUserId: number;
}

/**
 * Subjects of a project who were last seen before an instant, in the order of their ids. Left out is who is
 * being erased already, or has nothing left here but what a law or a hold keeps; and groups, which are subjects
 * with a negative id in imports, and nobody's silence.
 */
export async function silentSubjects(
  db: Kysely<Tables>,
  which: { projectId: string; before: Date; after: string | null; limit: number },
): Promise<SilentSubject[]> {
  const { projectId, before, after, limit } = which;
  const { rows } = await sql<SilentSubject>`
    select s.id, s.telegram_user_id as "telegramUserId", s.last_seen_at as "lastSeenAt",
      s.blocked_at as "blockedAt", s.inactivity_warned_at as "warnedAt"
    from subject s
    where s.project_id = ${projectId} and s.telegram_user_id > 0 and s.last_seen_at < ${before}
      and (${after}::uuid is null or s.id > ${after})
      and not exists (select from erasure e
        where e.subject_id = s.id and e.state in ('requested', 'filed', 'confirmed'))
      and (exists (select from participant p where p.subject_id = s.id and p.erasure_id is null)
        or not exists (select from participant p where p.subject_id = s.id))
    order by s.id limit ${limit}`.execute(db);
  return rows;
}

/** Marks a subject as warned if they are still as silent as they were; `false` when they are not. */
export async function markWarned(
  tx: Transaction<Tables>,
  subject: SilentSubject,
  now: Date,
): Promise<boolean> {
  return changeIfSilent(tx, subject, now);
}

/**
 * Makes sure that a subject is still as silent as they were, and keeps it so until the transaction ends; a
 * message that comes meanwhile waits, and begins a session of its own. Sessions are locked before, as every act
 * does, so that no two wait for each other.
 */
export async function stillSilent(tx: Transaction<Tables>, subject: SilentSubject): Promise<boolean> {
  return changeIfSilent(tx, subject, null);
}

async function changeIfSilent(
  tx: Transaction<Tables>,
  subject: SilentSubject,
  warnedAt: Date | null,
): Promise<boolean> {
  const { rows } = await sql`
    update subject set inactivity_warned_at = ${warnedAt}
    where id = ${subject.id} and last_seen_at = ${subject.lastSeenAt}
      and blocked_at is not distinct from ${subject.blockedAt}
      and inactivity_warned_at is not distinct from ${subject.warnedAt}
    returning id`.execute(tx);
  return rows.length > 0;
}

/** How long a sign of life counts before the next is written: a customer's row changes once an hour at most. */
const TOUCH_EVERY_MS = 3_600_000;

/** Takes note of a sign of life of a known customer; who is unknown stays unknown. */
export async function noteSeen(
  db: Kysely<Tables>,
  who: { projectId: string; telegramUserId: number; now: Date },
): Promise<void> {
  const { projectId, telegramUserId, now } = who;
  const anHourAgo = new Date(now.getTime() - TOUCH_EVERY_MS);
  await sql`
    update subject set last_seen_at = greatest(last_seen_at, ${now}), inactivity_warned_at = null
    where project_id = ${projectId} and telegram_user_id = ${telegramUserId}
      and (last_seen_at < ${anHourAgo} or inactivity_warned_at is not null)`.execute(db);
}

/** Records that a customer blocked the bot, or let it in again; the subject's id if that is news. */
export async function markBlocked(
  tx: Transaction<Tables>,
  who: { projectId: string; telegramUserId: number; blocked: boolean; now: Date },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    update subject set blocked_at = ${who.blocked ? who.now : null}
    where project_id = ${who.projectId} and telegram_user_id = ${who.telegramUserId}
      and (blocked_at is not null) <> ${who.blocked}
    returning id`.execute(tx);
  return rows[0]?.id;
}

/** The Telegram id and project behind whom a message could not be brought to. */
export async function customerOf(
  db: Kysely<Tables>,
  who: { sessionId: string | null; subjectId: string | null },
): Promise<{ projectId: string; telegramUserId: number } | undefined> {
  const { rows } = await sql<{ projectId: string; telegramUserId: number }>`
    select project_id as "projectId", telegram_user_id as "telegramUserId" from subject
    where id = coalesce(${who.subjectId}::uuid, (select subject_id from session where id = ${who.sessionId}))`.execute(
    db,
  );
  return rows[0];
}
