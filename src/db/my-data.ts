import { sql, type Kysely } from 'kysely';
import type { RestrictionGround } from '../domain/erasure.ts';
import type { Jurisdiction, JurisdictionOrigin } from '../domain/jurisdictions.ts';
import type { KeepableSession } from '../domain/kept.ts';
import { NOTE_KIND } from '../domain/notes.ts';
import type { Phase } from '../domain/phases.ts';
import type { Erasure } from './erasures.ts';
import { holdsOn, subjectFacts } from './life.ts';
import type { Delivery, Tables } from './tables.ts';

/** What is known of a person besides their sessions. */
export interface Person {
  readonly id: string;
  readonly telegramUserId: number;
  readonly language: string | null;
  readonly jurisdiction: Jurisdiction | null;
  readonly jurisdictionOrigin: JurisdictionOrigin | null;
  readonly authorizedAt: Date | null;
  readonly unsubscribedAt: Date | null;
  readonly profileSealed: Buffer | null;
  readonly createdAt: Date;
}

/** The person behind a Telegram id, if the project knows one. */
export async function findPerson(
  db: Kysely<Tables>,
  projectId: string,
  telegramUserId: number,
): Promise<Person | undefined> {
  return selectPerson(db)
    .where('project_id', '=', projectId)
    .where('telegram_user_id', '=', telegramUserId)
    .executeTakeFirst();
}

/** The person behind a subject, until the last of them is gone. */
export async function personOfSubject(db: Kysely<Tables>, subjectId: string): Promise<Person | undefined> {
  return selectPerson(db).where('id', '=', subjectId).executeTakeFirst();
}

function selectPerson(db: Kysely<Tables>) {
  return db
    .selectFrom('subject')
    .select([
      'id',
      'telegram_user_id as telegramUserId',
      sql<string | null>`coalesce(chosen_language, language)`.as('language'),
      'jurisdiction',
      'jurisdiction_origin as jurisdictionOrigin',
      'authorized_at as authorizedAt',
      'unsubscribed_at as unsubscribedAt',
      'profile_sealed as profileSealed',
      'created_at as createdAt',
    ]);
}

/** Every answer a person gave to a version of the privacy notice, the newest first. */
export async function consentsOf(
  db: Kysely<Tables>,
  subjectId: string,
): Promise<{ version: string; choice: 'agreed' | 'declined'; at: Date }[]> {
  return db
    .selectFrom('consent')
    .select(['notice_version as version', 'choice', 'decided_at as at'])
    .where('subject_id', '=', subjectId)
    .orderBy('decided_at', 'desc')
    .execute();
}

/** One session as the person it is about may see it. */
export interface HeldSession extends KeepableSession {
  readonly phase: Phase;
  readonly openedAt: Date;
  readonly keepUntil: Date | null;
  readonly keepRule: string | null;
  /** An erasure has taken it: nobody sees it any more. */
  readonly erasing: boolean;
  readonly erasureId: string | null;
  readonly messages: number;
}

type Row = Omit<HeldSession, 'events' | 'restricted'> & {
  events: Record<string, string>;
  ground: RestrictionGround | null;
  groundUntil: Date | null;
};

/** A person's sessions that are not deleted, newest first. Holds that ended before `now` do not count. */
export async function heldSessions(
  db: Kysely<Tables>,
  subjectId: string,
  now: Date,
  page: { limit: number | null; offset: number } = { limit: null, offset: 0 },
): Promise<HeldSession[]> {
  const { rows } = await sql<Row>`
    select s.id as "sessionId", s.project_id as "projectId", s.kind, s.phase, s.opened_at as "openedAt",
      s.last_activity_at as "lastActivityAt", s.closed_at as "closedAt", s.keep_until as "keepUntil",
      s.keep_rule as "keepRule", s.extended_until as "extendedUntil", s.deletion_began_at as "deletionBeganAt",
      s.attachment_kinds as "attachmentKinds", s.dated_events as events, p.time_zone as "timeZone",
      array(select t.tag from session_tag t where t.session_id = s.id order by t.tag) as tags,
      exists (select from ${holdsOn('s', now)} h) as held,
      people.jurisdictions, people.languages, people.authorized, people.majority as "majorityAt",
      part.erasure_id as "erasureId", part.restricted_ground as ground, part.restricted_until as "groundUntil",
      part.erasure_id is not null and part.restricted_ground is null as erasing,
      (select count(*) from message where session_id = s.id and subject_id = part.subject_id
          and kind <> ${NOTE_KIND})
        + (select coalesce(sum(a.messages), 0)::int from archive a
           where a.session_id = s.id and a.subject_id = part.subject_id and a.deleted_at is null) as messages
    from participant part
    join session s on s.id = part.session_id
    join project p on p.id = s.project_id
    cross join lateral ${subjectFacts()} people
    where part.subject_id = ${subjectId} and s.phase <> 'deleted'
    order by s.opened_at desc, s.id limit ${page.limit} offset ${page.offset}`.execute(db);
  return rows.map(({ events, ground, groundUntil, ...row }) => ({
    ...row,
    events: Object.fromEntries(Object.entries(events).map(([name, at]) => [name, new Date(at)])),
    restricted: ground && { ground, until: groundUntil },
  }));
}

/** How many sessions of a person are not deleted. */
export async function countHeldSessions(db: Kysely<Tables>, subjectId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from participant p join session s on s.id = p.session_id
    where p.subject_id = ${subjectId} and s.phase <> 'deleted'`.execute(db);
  return rows[0]?.count ?? 0;
}

/**
 * A person's newest request, or the one with this number. It is found by the person's pseudonym, so that a
 * receipt can still be asked for when nothing else is known of them.
 */
export async function erasureOfPerson(
  db: Kysely<Tables>,
  whose: { projectId: string; pseudonym: string; number?: string },
): Promise<Erasure | undefined> {
  const { projectId, pseudonym, number } = whose;
  return db
    .selectFrom('erasure')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('pseudonym', '=', pseudonym)
    .$if(number !== undefined, (query) => query.where('number', '=', number ?? ''))
    .orderBy('received_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Remembers the one message that shows a person how far their erasure is. */
export async function saveProgressMessage(
  db: Kysely<Tables>,
  erasureId: string,
  messageId: number,
): Promise<void> {
  await db
    .updateTable('erasure')
    .set({ progress_message_id: messageId })
    .where('id', '=', erasureId)
    .execute();
}

/** What an erasure has removed so far, as the audit has it. */
export interface ErasedCounts {
  readonly sessions: number;
  readonly messages: number;
  readonly revisions: number;
  readonly attachments: number;
  readonly objects: number;
  readonly bytes: number;
}

/** Adds up what was recorded of every session, and of every share in one, that an erasure has removed. */
export async function erasedCounts(
  db: Kysely<Tables>,
  { id, number, subject_id: subjectId }: Pick<Erasure, 'id' | 'number' | 'subject_id'>,
): Promise<ErasedCounts> {
  const total = (name: string) => sql`coalesce(sum((counts->>${name})::bigint), 0)::bigint`;
  const { rows } = await sql<ErasedCounts>`
    select count(*)::int as sessions, ${total('messages')} as messages, ${total('revisions')} as revisions,
      ${total('attachments')} as attachments, ${total('objects')} as objects, ${total('bytes')} as bytes
    from (
      -- Each by its own index: with an "or" the whole log would be read.
      select counts from audit_entry where action = 'session.erased' and op_id in (
        select 'deletion:' || s.id from session s where s.erasure_id = ${id} and s.restricted_at is null)
      union all
      select counts from audit_entry where action = 'session.share-erased' and request_id = ${number}
        and op_id like 'erasure:%:' || ${subjectId}::text) erased`.execute(db);
  return rows[0] ?? { sessions: 0, messages: 0, revisions: 0, attachments: 0, objects: 0, bytes: 0 };
}

/** What a message of a person has to be looked at with, besides its session. */
export interface ContactFacts {
  readonly subjectId: string;
  readonly language: string | null;
  readonly unsubscribedAt: Date | null;
  /** The number of the erasure that is under way. */
  readonly erasing: string | null;
  /** Whether they have a conversation that this erasure does not take. */
  readonly hasNewSession: boolean;
}

/** Reads in one statement what every message of a customer is looked at with. */
export async function contactFacts(
  db: Kysely<Tables>,
  projectId: string,
  telegramUserId: number,
): Promise<ContactFacts | undefined> {
  const { rows } = await sql<ContactFacts>`
    select s.id as "subjectId", coalesce(s.chosen_language, s.language) as language, s.unsubscribed_at as "unsubscribedAt", e.number as erasing,
      e.id is not null and exists (select from participant p where p.subject_id = s.id and p.erasure_id is null)
        as "hasNewSession"
    from subject s left join erasure e on e.subject_id = s.id and e.state = 'confirmed'
    where s.project_id = ${projectId} and s.telegram_user_id = ${telegramUserId}`.execute(db);
  return rows[0];
}

/** Whether the customer a delivery goes to has asked for no more contact. */
export async function hasUnsubscribed(
  db: Kysely<Tables>,
  { session_id: sessionId, subject_id: subjectId }: Pick<Delivery, 'session_id' | 'subject_id'>,
): Promise<boolean> {
  const { rows } = await sql`
    select from subject where unsubscribed_at is not null
      and id = coalesce(${subjectId}::uuid, (select subject_id from session where id = ${sessionId}))`.execute(
    db,
  );
  return rows.length > 0;
}
