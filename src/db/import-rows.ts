import { sql, type Transaction } from 'kysely';
import type { AttachmentKind } from '../domain/messages.ts';
import { redateTerms } from './search.ts';
import type { NewMessage, NewSession, Tables } from './tables.ts';

/** A subject that the import meets for the first time, or again. */
export interface SeenSubject {
  readonly id: string;
  readonly telegramUserId: number;
  readonly isNew: boolean;
  readonly lastSeenAt: Date;
  /** Set where the subject has none. */
  readonly profileSealed: Buffer | null;
}

/** Writes new subjects and what is new of known ones; false when somebody else made one meanwhile. */
export async function saveSubjects(
  tx: Transaction<Tables>,
  projectId: string,
  subjects: readonly SeenSubject[],
  now: Date,
): Promise<boolean> {
  const fresh = subjects.filter((subject) => subject.isNew);
  const { rows } = await sql`
    insert into subject (id, project_id, telegram_user_id, profile_sealed, created_at, last_seen_at)
    select id, ${projectId}, telegram_user_id, profile, ${now}, seen
    from unnest(${fresh.map((one) => one.id)}::uuid[], ${fresh.map((one) => one.telegramUserId)}::bigint[],
      ${fresh.map((one) => one.profileSealed)}::bytea[], ${fresh.map((one) => one.lastSeenAt)}::timestamptz[])
      as s(id, telegram_user_id, profile, seen)
    order by telegram_user_id
    on conflict (project_id, telegram_user_id) do nothing returning id`.execute(tx);
  const known = subjects.filter((subject) => !subject.isNew);
  await sql`
    update subject set last_seen_at = greatest(last_seen_at, n.seen),
      profile_sealed = coalesce(profile_sealed, n.profile)
    from unnest(${known.map((one) => one.id)}::uuid[], ${known.map((one) => one.profileSealed)}::bytea[],
      ${known.map((one) => one.lastSeenAt)}::timestamptz[]) as n(id, profile, seen)
    where subject.id = n.id
      and (subject.last_seen_at < n.seen or (subject.profile_sealed is null and n.profile is not null))`.execute(
    tx,
  );
  return rows.length === fresh.length;
}

/** The columns of a session that the import decides on. */
export type ImportedSession = Pick<
  NewSession,
  | 'id'
  | 'kind'
  | 'subject_id'
  | 'previous_session_id'
  | 'phase'
  | 'opened_at'
  | 'last_activity_at'
  | 'closed_at'
  | 'reopen_until'
  | 'archive_due_at'
  | 'attachment_kinds'
>;

/** Writes sessions, or brings those that exist already to their new dates. The caller holds their locks. */
export async function saveSessions(
  tx: Transaction<Tables>,
  projectId: string,
  sessions: readonly ImportedSession[],
): Promise<void> {
  if (sessions.length === 0) return;
  await tx
    .insertInto('session')
    .values(
      sessions.map((session) => ({
        ...session,
        project_id: projectId,
        close_reason: session.phase === 'open' ? null : ('import' as const),
      })),
    )
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        phase: eb.ref('excluded.phase'),
        opened_at: eb.ref('excluded.opened_at'),
        last_activity_at: eb.ref('excluded.last_activity_at'),
        closed_at: eb.ref('excluded.closed_at'),
        close_reason: eb.ref('excluded.close_reason'),
        reopen_until: eb.ref('excluded.reopen_until'),
        archive_due_at: eb.ref('excluded.archive_due_at'),
        // What earlier batches brought stays.
        attachment_kinds: sql<
          AttachmentKind[]
        >`array(select distinct unnest(session.attachment_kinds || excluded.attachment_kinds))`,
      })),
    )
    .execute();
  await redateTerms(
    tx,
    sessions.map(({ id }) => id),
  );
}

export async function saveParticipants(
  tx: Transaction<Tables>,
  pairs: readonly { sessionId: string; subjectId: string }[],
): Promise<void> {
  await sql`
    insert into participant (session_id, subject_id)
    select * from unnest(${pairs.map((pair) => pair.sessionId)}::uuid[], ${pairs.map((pair) => pair.subjectId)}::uuid[])
    on conflict do nothing`.execute(tx);
}

/** An imported message with its one revision, sealed. */
export interface ImportedEntry {
  readonly message: Pick<
    NewMessage,
    'id' | 'session_id' | 'subject_id' | 'author_role' | 'kind' | 'reply_to' | 'term_filter'
  > & { readonly sent_at: Date };
  readonly sealed: Buffer;
  readonly revisedAt: Date;
  readonly attachments: readonly { id: string; kind: string; sizeBytes: number | null; sealed: Buffer }[];
}

/**
 * Writes a batch of messages in their order. As arrays, so that a batch of any size is three statements
 * of always the same text.
 */
export async function insertEntries(
  tx: Transaction<Tables>,
  entries: readonly ImportedEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const column = <T>(pick: (entry: ImportedEntry) => T) => entries.map(pick);
  await sql`
    insert into message (id, session_id, subject_id, author_role, kind, reply_to, sent_at, term_filter)
    select id, session_id, subject_id, author_role, kind, reply_to, sent_at, term_filter
    from unnest(${column(({ message }) => message.id)}::uuid[], ${column(({ message }) => message.session_id)}::uuid[],
      ${column(({ message }) => message.subject_id)}::uuid[], ${column(({ message }) => message.author_role)}::text[],
      ${column(({ message }) => message.kind)}::text[], ${column(({ message }) => message.reply_to)}::uuid[],
      ${column(({ message }) => message.sent_at)}::timestamptz[],
      ${column(({ message }) => message.term_filter ?? null)}::bytea[])
      with ordinality as m(id, session_id, subject_id, author_role, kind, reply_to, sent_at, term_filter, place)
    order by place`.execute(tx);
  await sql`
    insert into revision (message_id, revision, sealed, at)
    select id, 1, sealed, at from unnest(${column(({ message }) => message.id)}::uuid[],
      ${column(({ sealed }) => sealed)}::bytea[], ${column(({ revisedAt }) => revisedAt)}::timestamptz[])
      as r(id, sealed, at)`.execute(tx);
  const files = entries.flatMap(({ message, attachments }) =>
    attachments.map(({ sizeBytes, ...file }) => ({ ...file, message_id: message.id, size_bytes: sizeBytes })),
  );
  if (files.length > 0) await tx.insertInto('attachment').values(files).execute();
}
