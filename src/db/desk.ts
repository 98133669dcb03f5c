import { sql, type Kysely } from 'kysely';
import type { Role } from '../domain/roles.ts';
import type { Tables } from './tables.ts';

/** What the desk shows and does beyond a session's life. */
export interface DeskFacts {
  readonly cardMessageId: number | null;
  readonly cardPinned: boolean;
  /** Answers are sent without a notification. */
  readonly silent: boolean;
  /** The member of staff who is responsible. */
  readonly assignedTo: string | null;
  readonly subjectId: string | null;
  readonly profileSealed: Buffer | null;
  readonly language: string | null;
  readonly bannedAt: Date | null;
}

/** Reads what the desk shows of a session; `undefined` when there is no such session. */
export async function deskFacts(db: Kysely<Tables>, sessionId: string): Promise<DeskFacts | undefined> {
  return db
    .selectFrom('session as s')
    .leftJoin('subject as p', 'p.id', 's.subject_id')
    .select([
      's.card_message_id as cardMessageId',
      's.card_pinned as cardPinned',
      's.silent',
      's.assigned_to as assignedTo',
      's.subject_id as subjectId',
      'p.profile_sealed as profileSealed',
      'p.language',
      'p.banned_at as bannedAt',
    ])
    .where('s.id', '=', sessionId)
    .executeTakeFirst();
}

interface CardPlace {
  readonly sessionId: string;
  readonly topicId: number;
  readonly messageId: number;
}

/** Remembers a session's card; `false` where it has one already, or its topic is another by now. */
export async function saveSessionCard(db: Kysely<Tables>, card: CardPlace): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('session')
    .set({ card_message_id: card.messageId, card_pinned: false })
    .where('id', '=', card.sessionId)
    .where('topic_id', '=', card.topicId)
    .where('card_message_id', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Remembers that a session's card is pinned. */
export async function markCardPinned(db: Kysely<Tables>, card: Omit<CardPlace, 'topicId'>): Promise<void> {
  await db
    .updateTable('session')
    .set({ card_pinned: true })
    .where('id', '=', card.sessionId)
    .where('card_message_id', '=', card.messageId)
    .execute();
}

/** Forgets a card that is there no more. */
export async function forgetSessionCard(db: Kysely<Tables>, card: Omit<CardPlace, 'topicId'>): Promise<void> {
  await db
    .updateTable('session')
    .set({ card_message_id: null })
    .where('id', '=', card.sessionId)
    .where('card_message_id', '=', card.messageId)
    .execute();
}

/** Forgets a topic that is there no more, with its card. */
export async function forgetTopic(
  db: Kysely<Tables>,
  { sessionId, topicId }: Omit<CardPlace, 'messageId'>,
): Promise<void> {
  await db
    .updateTable('session')
    .set({ topic_id: null, card_message_id: null })
    .where('id', '=', sessionId)
    .where('topic_id', '=', topicId)
    .execute();
}

/** What waits to be sent that needs a topic, of sessions that have none. */
function waiting(projectId: string) {
  return sql`select d.id, d.next_attempt_at, s.id as session_id, s.opened_at
    from delivery d join session s on s.id = d.session_id
    where d.project_id = ${projectId} and d.target = 'staff' and d.done_at is null
      and (d.kind = 'relay' or d.payload->>'what' = 'opened')
      and s.topic_id is null and s.deletion_began_at is null and s.restricted_at is null`;
}

/** How many sessions wait for a topic. */
export async function countWithoutTopic(db: Kysely<Tables>, projectId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(distinct session_id)::int as count from (${waiting(projectId)}) w`.execute(db);
  return rows[0]?.count ?? 0;
}

/**
 * Makes all that needs a topic due now, if one that was opened earlier than a session is to be tried only in
 * a moment. What is being tried is left alone.
 */
export async function dueWithEarlier(
  db: Kysely<Tables>,
  moment: {
    readonly projectId: string;
    readonly openedAt: Date;
    readonly now: Date;
    readonly until: Date;
  },
): Promise<boolean> {
  const { projectId, openedAt, now, until } = moment;
  const { rows } = await sql`
    with soon as (select * from (${waiting(projectId)}) w where w.next_attempt_at <= ${until})
    update delivery set next_attempt_at = ${now}
    where id in (select id from soon) and exists (select from soon where opened_at < ${openedAt})
    returning id`.execute(db);
  return rows.length > 0;
}

/** A member of staff with the account that answers to a mention. */
export interface Colleague {
  readonly id: string;
  readonly telegramUserId: number | null;
  readonly roles: readonly Role[];
}

/** Everybody on a project's staff who has a role, in the order they came. */
export async function colleaguesOf(db: Kysely<Tables>, projectId: string): Promise<Colleague[]> {
  return db
    .selectFrom('staff')
    .select(['id', 'telegram_user_id as telegramUserId', 'roles'])
    .where('project_id', '=', projectId)
    .where(sql<boolean>`cardinality(roles) > 0`)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** The tags that a project's sessions carry, the most frequent first. */
export async function usedTags(db: Kysely<Tables>, projectId: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ tag: string }>`
    select t.tag from session_tag t join (
      -- The newest tell which tags a team uses now, and cost the same however many there are.
      select id from session where project_id = ${projectId} and phase <> 'deleted'
      order by opened_at desc, id desc limit 500) s on s.id = t.session_id
    group by t.tag order by count(*) desc, t.tag limit ${limit}`.execute(db);
  return rows.map(({ tag }) => tag);
}
