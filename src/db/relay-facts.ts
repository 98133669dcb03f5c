import { sql, type Kysely } from 'kysely';
import type { AuthorRole, SessionKind } from '../domain/messages.ts';
import { NOTE_KIND } from '../domain/notes.ts';
import type { Tables } from './tables.ts';

/** What bringing a message to the other side takes. */
export interface RelayFacts {
  readonly id: string;
  readonly sessionId: string;
  readonly sessionKind: SessionKind;
  readonly subjectId: string;
  readonly authorRole: AuthorRole;
  readonly kind: string;
  readonly album: string | null;
  readonly revision: number;
  readonly sealed: Buffer;
  readonly telegramMessageId: number | null;
  readonly staffMessageId: number | null;
  readonly replyToTelegramId: number | null;
  readonly replyToStaffId: number | null;
  /** The private chat, the group, or the customer's chat with a business account. */
  readonly customerChatId: number | null;
  /** Telegram's id of the business connection, and whether the bot may write there. */
  readonly businessId: string | null;
  readonly canReply: boolean | null;
  /** Who wrote it, for groups. */
  readonly profileSealed: Buffer | null;
  readonly attachments: readonly { readonly id: string; readonly kind: string; readonly sealed: Buffer }[];
}

type Row = Omit<RelayFacts, 'attachments'> & {
  attachments: { id: string; kind: string; sealed: string }[];
};

/** Reads what a relay needs; `undefined` once the message is archived or deleted. */
export async function relayFacts(
  db: Kysely<Tables>,
  messageId: string,
  revision: number,
): Promise<RelayFacts | undefined> {
  const [facts] = await select(db, sql`m.id = ${messageId} and r.revision = ${revision}`);
  return facts;
}

/** The messages of an album that have no copy on a side yet, in the order they came; notes are for no side. */
export async function albumWithoutCopy(
  db: Kysely<Tables>,
  { sessionId, album }: { sessionId: string; album: string },
  side: 'customer' | 'staff',
): Promise<RelayFacts[]> {
  const missing = side === 'staff' ? sql`m.staff_message_id is null` : sql`m.telegram_message_id is null`;
  return select(
    db,
    sql`m.session_id = ${sessionId} and m.album = ${album} and ${missing} and m.kind <> ${NOTE_KIND}
      and r.revision = (select max(revision) from revision where message_id = m.id)`,
  );
}

async function select(db: Kysely<Tables>, which: ReturnType<typeof sql>): Promise<RelayFacts[]> {
  // A private chat with the bot, or with a business account, has the id of the person.
  const { rows } = await sql<Row>`
    select m.id, m.session_id as "sessionId", s.kind as "sessionKind", m.subject_id as "subjectId",
      m.author_role as "authorRole", m.kind, m.album, r.revision, r.sealed,
      m.telegram_message_id as "telegramMessageId", m.staff_message_id as "staffMessageId",
      replied.telegram_message_id as "replyToTelegramId", replied.staff_message_id as "replyToStaffId",
      case when s.kind = 'group' then g.telegram_chat_id else p.telegram_user_id end as "customerChatId",
      b.telegram_id as "businessId", b.enabled and b.can_reply as "canReply",
      author.profile_sealed as "profileSealed",
      (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'kind', a.kind,
        'sealed', encode(a.sealed, 'base64'))), '[]') from attachment a where a.message_id = m.id) as attachments
    from message m
    join revision r on r.message_id = m.id
    join session s on s.id = m.session_id
    left join subject p on p.id = s.subject_id
    left join group_chat g on g.id = s.group_chat_id and g.left_at is null
    left join business_connection b on b.id = s.business_connection_id
    left join subject author on author.id = m.subject_id
    left join message replied on replied.id = m.reply_to
    where ${which} order by m.seq`.execute(db);
  return rows.map((row) => ({
    ...row,
    attachments: row.attachments.map((one) => ({ ...one, sealed: Buffer.from(one.sealed, 'base64') })),
  }));
}

/** Remembers which entry asked what a poll asks. */
export async function saveSentPoll(db: Kysely<Tables>, pollId: string, messageId: string): Promise<void> {
  await sql`
    insert into sent_poll (poll_id, message_id) select ${pollId}, id from message where id = ${messageId}
    on conflict (poll_id) do nothing`.execute(db);
}

/** Remembers the line above a copy that says who sent it, so that it can be removed with the copy. */
export async function saveByline(
  db: Kysely<Tables>,
  messageId: string,
  staffMessageId: number,
): Promise<void> {
  await sql`
    insert into relay_byline (message_id, staff_message_id)
    select id, ${staffMessageId}::bigint from message where id = ${messageId}
    on conflict (message_id) do update set staff_message_id = excluded.staff_message_id`.execute(db);
}

/** The entry that asked what a poll asks. */
export async function messageOfPoll(db: Kysely<Tables>, pollId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('sent_poll')
    .select('message_id')
    .where('poll_id', '=', pollId)
    .executeTakeFirst();
  return row?.message_id;
}
