import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import {
  jurisdictionOfLanguage,
  type Jurisdiction,
  type JurisdictionOrigin,
} from '../domain/jurisdictions.ts';
import type { Phase } from '../domain/phases.ts';
import type { Policy } from '../domain/policy.ts';
import type { SubjectTable, Tables } from './tables.ts';

/** A subject as the desk sees it: no Telegram id. */
export interface SubjectRef {
  readonly id: string;
  readonly isNew: boolean;
  /** What is known of the language; `null` for a subject that only an import has met so far. */
  readonly language: string | null;
  readonly jurisdiction: Jurisdiction | null;
  /** The tagging rules of the project's policy in force, which its first message needs before any session. */
  readonly tagging: Policy['tagging'];
}

/**
 * Finds the subject behind a Telegram id in a project, or makes one. At this first contact the language
 * gives the jurisdiction, where it tells one.
 */
export async function ensureSubject(
  db: Kysely<Tables>,
  person: { projectId: string; telegramUserId: number; language?: string; now: Date },
): Promise<SubjectRef> {
  const id = randomUUID();
  const guess = jurisdictionOfLanguage(person.language);
  const row = await db
    .insertInto('subject')
    .values({
      id,
      project_id: person.projectId,
      telegram_user_id: person.telegramUserId,
      language: person.language ?? null,
      jurisdiction: guess,
      jurisdiction_origin: guess && 'language',
      created_at: person.now,
      last_seen_at: person.now,
    })
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'telegram_user_id']).doUpdateSet({ last_seen_at: person.now }),
    )
    .returning((eb) => [
      'id',
      'language',
      'jurisdiction',
      // Here rather than in a statement of its own: every message comes through.
      eb
        .selectFrom('policy')
        .select(sql<Policy['tagging']>`document -> 'tagging'`.as('tagging'))
        .where('policy.project_id', '=', person.projectId)
        .orderBy('policy.version', 'desc')
        .limit(1)
        .as('tagging'),
    ])
    .executeTakeFirstOrThrow();
  const { language, jurisdiction, tagging } = row;
  return { id: row.id, isNew: row.id === id, language, jurisdiction, tagging: tagging ?? [] };
}

/** What rules look at in one subject, and what the customer and staff may set. */
export interface SubjectFacts {
  readonly id: string;
  readonly projectId: string;
  readonly timeZone: string;
  readonly language: string | null;
  readonly jurisdiction: Jurisdiction | null;
  readonly jurisdictionOrigin: JurisdictionOrigin | null;
  /** Where customers of the project belong of whom nothing else is known. */
  readonly defaultJurisdiction: Jurisdiction;
  readonly majorityOn: Date | null;
  readonly authorizedAt: Date | null;
}

/** The facts of a subject by its id. */
export async function subjectFactsOf(
  db: Kysely<Tables>,
  subjectId: string,
): Promise<SubjectFacts | undefined> {
  return selectFacts(db).where('subject.id', '=', subjectId).executeTakeFirst();
}

/** The facts of the subject behind a Telegram id in a project, if the project knows one. */
export async function factsByTelegramId(
  db: Kysely<Tables>,
  projectId: string,
  telegramUserId: number,
): Promise<SubjectFacts | undefined> {
  return selectFacts(db)
    .where('subject.project_id', '=', projectId)
    .where('subject.telegram_user_id', '=', telegramUserId)
    .executeTakeFirst();
}

/** Whether every customer of a session has agreed to be kept longer, whatever its tags say. */
export async function customersAuthorized(db: Kysely<Tables>, sessionId: string): Promise<boolean> {
  const { agreed } = await db
    .selectFrom('participant')
    .innerJoin('subject', 'subject.id', 'participant.subject_id')
    .select(sql<boolean>`coalesce(bool_and(subject.authorized_at is not null), false)`.as('agreed'))
    .where('participant.session_id', '=', sessionId)
    .executeTakeFirstOrThrow();
  return agreed;
}

/** Subjects whose id begins with these hexadecimal digits (dashes left out). */
export async function subjectsByIdPrefix(
  db: Kysely<Tables>,
  hexDigits: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('subject')
    .select('id')
    .where('id', '>=', hexDigits.padEnd(32, '0'))
    .where('id', '<=', hexDigits.padEnd(32, 'f'))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

function selectFacts(db: Kysely<Tables>) {
  return db
    .selectFrom('subject')
    .innerJoin('project', 'project.id', 'subject.project_id')
    .select([
      'subject.id',
      'subject.project_id as projectId',
      'project.time_zone as timeZone',
      'subject.language',
      'subject.jurisdiction',
      'subject.jurisdiction_origin as jurisdictionOrigin',
      'project.jurisdiction as defaultJurisdiction',
      'subject.majority_on as majorityOn',
      'subject.authorized_at as authorizedAt',
    ]);
}

/** The columns of a subject that rules look at. */
export type SubjectChange = Partial<
  Pick<SubjectTable, 'language' | 'jurisdiction' | 'jurisdiction_origin' | 'majority_on' | 'authorized_at'>
>;

/**
 * Changes what rules look at in a subject. The sessions the subject takes part in are locked before the
 * subject, in the order of their ids, as a deletion locks them, so that no two acts wait for each other.
 *
 * @returns the subject as it was, and its sessions that have a date of their own already; `undefined`
 *   when the subject is gone
 */
export async function changeSubject<C extends { readonly columns: SubjectChange }>(
  tx: Transaction<Tables>,
  subjectId: string,
  changeOf: (before: SubjectFacts) => C | null,
): Promise<{ before: SubjectFacts; change: C | null; dated: string[] } | undefined> {
  const { rows } = await sql<{ id: string; phase: Phase }>`
    select s.id, s.phase from session s
    where s.phase <> 'deleted'
      and exists (select from participant p where p.session_id = s.id and p.subject_id = ${subjectId})
    order by s.id for update`.execute(tx);
  const before = await selectFacts(tx)
    .where('subject.id', '=', subjectId)
    .forNoKeyUpdate('subject')
    .executeTakeFirst();
  if (!before) return undefined;
  const change = changeOf(before);
  if (change) await tx.updateTable('subject').set(change.columns).where('id', '=', subjectId).execute();
  const dated = rows.filter(({ phase }) => phase === 'archived' || phase === 'review').map(({ id }) => id);
  return { before, change, dated };
}

/** The subject behind a Telegram id in a project, if the project knows one. */
export async function findSubject(
  db: Kysely<Tables>,
  projectId: string,
  telegramUserId: number,
): Promise<{ id: string } | undefined> {
  return db
    .selectFrom('subject')
    .select('id')
    .where('project_id', '=', projectId)
    .where('telegram_user_id', '=', telegramUserId)
    .executeTakeFirst();
}

/** The Telegram id of a subject, for sending only; `undefined` once the subject is gone. */
export async function telegramIdOf(db: Kysely<Tables>, subjectId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('subject')
    .select('telegram_user_id')
    .where('id', '=', subjectId)
    .executeTakeFirst();
  return row?.telegram_user_id;
}

/** Records a customer's answer to a version of the privacy notice; the latest answer stands. */
export async function recordConsent(
  tx: Kysely<Tables>,
  consent: { subjectId: string; noticeVersion: string; choice: 'agreed' | 'declined'; now: Date },
): Promise<void> {
  await tx
    .insertInto('consent')
    .values({
      subject_id: consent.subjectId,
      notice_version: consent.noticeVersion,
      choice: consent.choice,
      decided_at: consent.now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['subject_id', 'notice_version'])
        .doUpdateSet({ choice: consent.choice, decided_at: consent.now }),
    )
    .execute();
}

/** The customer's latest answer to a version of the notice. */
export async function consentOf(
  db: Kysely<Tables>,
  subjectId: string,
  noticeVersion: string,
): Promise<'agreed' | 'declined' | undefined> {
  const row = await db
    .selectFrom('consent')
    .select('choice')
    .where('subject_id', '=', subjectId)
    .where('notice_version', '=', noticeVersion)
    .executeTakeFirst();
  return row?.choice;
}
