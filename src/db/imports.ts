import { sql, type Kysely, type Transaction } from 'kysely';
import type { Phase } from '../domain/phases.ts';
import type { Policy } from '../domain/policy.ts';
import type { Tables } from './tables.ts';

/** The session an imported chat last wrote to. */
export interface RunningSession {
  readonly id: string;
  /** Whether more of the export may go into it: it is open, or closed by the import and not yet archived. */
  readonly takesMessages: boolean;
  readonly openedAt: Date;
  readonly lastActivityAt: Date;
  /** Absent while it exists only in a plan. */
  readonly phase?: Phase;
}

/** How far a chat is imported. */
export interface ChatState {
  readonly lastMessageId: number;
  readonly session: RunningSession | null;
}

/** The policy a project's exports are cut by; `undefined` when there is no such project. */
export async function importRules(
  db: Kysely<Tables>,
  projectId: string,
): Promise<{ policy: Policy; timeZone: string } | undefined> {
  return db
    .selectFrom('project')
    .innerJoin('policy', 'policy.project_id', 'project.id')
    .select(['policy.document as policy', 'project.time_zone as timeZone'])
    .where('project.id', '=', projectId)
    .orderBy('policy.version', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** How far these chats are imported; those never seen are missing. */
export async function readChatStates(
  db: Kysely<Tables>,
  projectId: string,
  keys: readonly string[],
): Promise<Map<string, ChatState>> {
  const { rows } = await sql<
    { key: string; last: number } & { [F in keyof RunningSession]: RunningSession[F] | null }
  >`
    select p.chat_key as key, p.last_message_id as last, s.id, s.phase, s.opened_at as "openedAt",
      s.last_activity_at as "lastActivityAt",
      s.phase = 'open' or (s.phase = 'closed' and s.close_reason = 'import' and s.archive_began_at is null
        and s.deletion_began_at is null) as "takesMessages"
    from import_progress p left join session s on s.id = p.session_id
    where p.project_id = ${projectId} and p.chat_key = any(${keys})`.execute(db);
  return new Map(
    rows.map(({ key, last, ...session }) => [
      key,
      { lastMessageId: last, session: session.id === null ? null : (session as RunningSession) },
    ]),
  );
}

/** A subject as the import needs it. */
export interface KnownSubject {
  readonly id: string;
  readonly telegramUserId: number;
  readonly hasProfile: boolean;
}

/** The subjects a project knows among these Telegram ids. */
export async function findSubjects(
  db: Kysely<Tables>,
  projectId: string,
  telegramUserIds: readonly number[],
): Promise<KnownSubject[]> {
  const { rows } = await sql<KnownSubject>`
    select id, telegram_user_id as "telegramUserId", profile_sealed is not null as "hasProfile"
    from subject where project_id = ${projectId} and telegram_user_id = any(${telegramUserIds}::bigint[])`.execute(
    db,
  );
  return rows;
}

/** The subjects among these who have an open private session that is none of the given ones. */
export async function subjectsWithOpenSession(
  db: Kysely<Tables>,
  subjectIds: readonly string[],
  besides: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select subject_id as id from session
    where subject_id = any(${subjectIds}::uuid[]) and kind = 'private' and phase = 'open'
      and id != all(${besides}::uuid[])`.execute(db);
  return new Set(rows.map((row) => row.id));
}

/** Which of these operations the audit has on record. */
export async function recordedOperations(db: Kysely<Tables>, opIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ op_id: string }>`
    select op_id from audit_entry where op_id = any(${opIds})`.execute(db);
  return new Set(rows.map((row) => row.op_id));
}

/** Locks the sessions that are continued; false when one is not any more as it was read. */
export async function lockUnchanged(
  tx: Transaction<Tables>,
  sessions: readonly RunningSession[],
): Promise<boolean> {
  if (sessions.length === 0) return true;
  const { rows } = await sql<{ id: string; phase: Phase; lastActivityAt: Date; begun: boolean }>`
    select id, phase, last_activity_at as "lastActivityAt", archive_began_at is not null as begun
    from session where id = any(${sessions.map(({ id }) => id)}::uuid[]) order by id for update`.execute(tx);
  const found = new Map(rows.map((row) => [row.id, row]));
  return sessions.every((session) => {
    const row = found.get(session.id);
    return (
      row && row.phase === session.phase && !row.begun && +row.lastActivityAt === +session.lastActivityAt
    );
  });
}

/** How far a chat gets in a batch. */
export interface Advance {
  readonly key: string;
  /** Where it was when the batch was planned; `null` for a chat never seen. */
  readonly from: number | null;
  readonly to: number;
  readonly sessionId: string | null;
}

/** Records how far chats are; false when another import got there first. */
export async function advanceProgress(
  tx: Transaction<Tables>,
  projectId: string,
  advances: readonly Advance[],
): Promise<boolean> {
  const { rows } = await sql`
    with wanted as (
      select * from unnest(${advances.map((one) => one.key)}::text[], ${advances.map((one) => one.from)}::bigint[],
        ${advances.map((one) => one.to)}::bigint[], ${advances.map((one) => one.sessionId)}::uuid[])
        as w(chat_key, before, after, session_id)
    ), moved as (
      update import_progress p set last_message_id = w.after, session_id = w.session_id
      from wanted w where p.project_id = ${projectId} and p.chat_key = w.chat_key and p.last_message_id = w.before
      returning p.chat_key
    ), begun as (
      insert into import_progress (project_id, chat_key, last_message_id, session_id)
      select ${projectId}, chat_key, after, session_id from wanted where before is null
      on conflict do nothing returning chat_key
    ) select chat_key from moved union all select chat_key from begun`.execute(tx);
  return rows.length === advances.length;
}

/** A session that the import has brought to an end. */
export interface FinishedSession {
  readonly sessionId: string;
  /** Names the operation, so that it is recorded and announced once. */
  readonly opId: string;
}

/**
 * Records that sessions are imported, with what they hold, and tells their workflows: one statement for a
 * whole batch, which may end hundreds of sessions. Revisions and attachments are counted message by message:
 * as joins, PostgreSQL read all of both tables for each session (measured: 90 s instead of 9).
 */
export async function finishSessions(
  tx: Transaction<Tables>,
  projectId: string,
  finished: readonly FinishedSession[],
  by: { actor: { kind: string; id: string }; now: Date },
): Promise<void> {
  if (finished.length === 0) return;
  await sql`
    with done as (
      select * from unnest(${finished.map((one) => one.sessionId)}::uuid[], ${finished.map((one) => one.opId)}::text[])
        with ordinality as d(session_id, op_id, place)
    ), recorded as (
      insert into audit_entry (at, actor_kind, actor_id, action, object_kind, object_id, project_id, counts, op_id)
      select ${by.now}, ${by.actor.kind}, ${by.actor.id}, 'session.imported', 'session', session_id, ${projectId},
        (select jsonb_build_object('messages', count(*), 'revisions', coalesce(sum(revisions), 0),
          'attachments', coalesce(sum(attachments), 0))
          from (select (select count(*) from revision r where r.message_id = m.id) as revisions,
            (select count(*) from attachment a where a.message_id = m.id) as attachments
            from message m where m.session_id = done.session_id) counted),
        op_id
      from done order by place on conflict (op_id) do nothing
      returning object_id::uuid as session_id, seq
    )
    insert into outbox (session_id, event, event_id, payload, created_at, next_attempt_at)
    select session_id, 'imported', gen_random_uuid(), '{}', ${by.now}, ${by.now} from recorded order by seq`.execute(
    tx,
  );
}
