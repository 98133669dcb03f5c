import { sql, type Kysely, type Transaction } from 'kysely';
import type { CustomerChat } from '../domain/messages.ts';
import { newestSession, SESSION_HEAD, type SessionHead } from './sessions.ts';
import type { Tables } from './tables.ts';

/** The newest session of the chat that a subject writes in, whatever its phase. */
export async function newestSessionIn(
  db: Kysely<Tables>,
  chat: CustomerChat,
  subjectId: string,
): Promise<SessionHead | undefined> {
  if (chat.kind === 'private') return newestSession(db, subjectId);
  return db
    .selectFrom('session')
    .select(SESSION_HEAD)
    .where('kind', '=', chat.kind)
    .$if(chat.kind === 'group', (query) => query.where('group_chat_id', '=', chat.id ?? ''))
    .$if(chat.kind === 'business', (query) =>
      query.where('business_connection_id', '=', chat.id ?? '').where('subject_id', '=', subjectId),
    )
    .orderBy('opened_at', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** How somebody stands in a session that they write in. */
export type Joining = 'joined' | 'present' | 'erased';

/** Makes a subject take part in a session; whoever was erased from it does not any more. */
export async function joinSession(
  tx: Transaction<Tables>,
  sessionId: string,
  subjectId: string,
): Promise<Joining> {
  const { rows } = await sql<{ joined: boolean; erased: boolean }>`
    insert into participant (session_id, subject_id) values (${sessionId}, ${subjectId})
    on conflict (session_id, subject_id) do update set subject_id = excluded.subject_id
    returning xmax = 0 as joined, erasure_id is not null as erased`.execute(tx);
  if (rows[0]?.erased) return 'erased';
  return rows[0]?.joined ? 'joined' : 'present';
}

/** How a subject stands in a session without writing in it; `undefined` for who takes no part. */
export async function partOf(
  db: Kysely<Tables>,
  sessionId: string,
  subjectId: string,
): Promise<'present' | 'erased' | undefined> {
  const row = await db
    .selectFrom('participant')
    .select('erasure_id')
    .where('session_id', '=', sessionId)
    .where('subject_id', '=', subjectId)
    .executeTakeFirst();
  return row && (row.erasure_id === null ? 'present' : 'erased');
}

/** Whom the newest entry of a session belongs to, of those who still take part. */
export async function latestSubjectOf(db: Kysely<Tables>, sessionId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select m.subject_id as id from message m
    join participant p on p.session_id = m.session_id and p.subject_id = m.subject_id and p.erasure_id is null
    where m.session_id = ${sessionId} order by m.seq desc limit 1`.execute(db);
  return rows[0]?.id;
}

/** The kind of chat a session takes place in, for whoever writes to it from outside. */
export async function chatOfSession(
  db: Kysely<Tables>,
  sessionId: string,
): Promise<(CustomerChat & { subjectId: string | null }) | undefined> {
  const row = await db
    .selectFrom('session')
    .select(['kind', 'subject_id', 'group_chat_id', 'business_connection_id'])
    .where('id', '=', sessionId)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    kind: row.kind,
    id: row.group_chat_id ?? row.business_connection_id,
    subjectId: row.subject_id,
  };
}
