import type { Kysely } from 'kysely';
import { importExport, type ImportSummary } from '../../src/acts/import/import-export.ts';
import type { Refusal } from '../../src/acts/import/refusals.ts';
import { profileContext, revisionContext } from '../../src/db/messages.ts';
import type { Tables } from '../../src/db/tables.ts';
import { createPseudonym } from '../../src/vault/pseudonym.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { addProject, createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';

/** Some time after every date in these tests but those said to be recent. */
export const NOW = new Date('2026-06-01T12:00:00Z');
export const PROJECT = 'shop';
export const CUSTOMER = 4242;
export const STAFF = 777;

export const pseudonym = createPseudonym(Buffer.alloc(32, 7));

export async function importDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await addProject(database.db, testProject());
  return database;
}

/** A message as Telegram Desktop writes it. */
export function message(
  id: number,
  date: string,
  change: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    id,
    type: 'message',
    date: date.replace('Z', ''),
    date_unixtime: String(Date.parse(date) / 1000),
    from: 'Ann Example',
    from_id: `user${CUSTOMER}`,
    text: `text ${id}`,
    text_entities: [{ type: 'plain', text: `text ${id}` }],
    ...change,
  };
}

export function chat(
  messages: readonly unknown[],
  change: Record<string, unknown> = {},
): Record<string, unknown> {
  return { name: 'Ann Example', type: 'personal_chat', id: CUSTOMER, ...change, messages };
}

export function account(
  chats: readonly unknown[],
  leftChats: readonly unknown[] = [],
): Record<string, unknown> {
  return {
    about: 'Here is the data you requested.',
    personal_information: { user_id: STAFF, first_name: 'Sam' },
    chats: { about: '', list: chats },
    left_chats: { about: '', list: leftChats },
  };
}

export interface Imported {
  readonly summary: ImportSummary;
  readonly refusals: Omit<Refusal, 'because'>[];
}

/** Imports a value, or text as it stands in a file. */
export async function importInto(
  database: Pick<TestDatabase, 'db' | 'vault'>,
  content: unknown,
  options: { self?: number; dryRun?: boolean; now?: Date } = {},
): Promise<Imported> {
  const refusals: Imported['refusals'] = [];
  const text = typeof content === 'string' ? content : JSON.stringify(content, null, 1);
  const summary = await importExport({ ...database, pseudonym }, chunks(text), {
    projectId: PROJECT,
    dryRun: false,
    now: NOW,
    ...options,
    actor: { kind: 'operator', id: 'test' },
    onRefused: ({ because: _forPeople, ...refusal }) => refusals.push(refusal),
    onProgress: () => undefined,
  });
  return { summary, refusals };
}

/** In pieces that cut tokens and characters apart. */
async function* chunks(text: string): AsyncIterable<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 1009) yield await Promise.resolve(bytes.subarray(at, at + 1009));
}

/** All that imports have left, opened and without what differs by chance. */
export async function everything({ db, vault }: { db: Kysely<Tables>; vault: Vault }) {
  const sessions = await db
    .selectFrom('session')
    .selectAll()
    .orderBy('opened_at')
    .orderBy('kind')
    .orderBy('id')
    .execute();
  const subjects = await db.selectFrom('subject').selectAll().orderBy('telegram_user_id').execute();
  const progress = await db.selectFrom('import_progress').selectAll().orderBy('chat_key').execute();
  const audit = await db
    .selectFrom('audit_entry')
    .select(['object_id', 'action', 'counts'])
    .orderBy('seq')
    .execute();
  const outbox = await db.selectFrom('outbox').select(['session_id', 'event']).orderBy('id').execute();
  const placeOf = (id: string | null) => sessions.findIndex((session) => session.id === id);
  return {
    sessions: await Promise.all(
      sessions.map(async (session) => ({
        ...session,
        id: placeOf(session.id),
        subject_id: subjects.find(({ id }) => id === session.subject_id)?.telegram_user_id ?? null,
        previous_session_id: placeOf(session.previous_session_id),
        messages: await messagesOf(db, vault, session.id),
        participants: await participantsOf(db, session.id),
        // A session that was imported in two runs is recorded twice: what it holds in the end counts.
        recorded: audit.findLast((entry) => entry.object_id === session.id)?.counts ?? null,
        announced: outbox.findLast((event) => event.session_id === session.id)?.event ?? null,
      })),
    ),
    subjects: await Promise.all(
      subjects.map(async (subject) => ({
        telegramUserId: subject.telegram_user_id,
        lastSeenAt: subject.last_seen_at,
        profile:
          subject.profile_sealed &&
          String(await vault.open(subject.profile_sealed, profileContext(subject.id))),
      })),
    ),
    progress: progress.map((row) => ({ ...row, session_id: placeOf(row.session_id) })),
  };
}

export async function messagesOf(db: Kysely<Tables>, vault: Vault, sessionId: string) {
  const rows = await db
    .selectFrom('message as m')
    .innerJoin('revision as r', 'r.message_id', 'm.id')
    .innerJoin('subject as s', 's.id', 'm.subject_id')
    .select(['m.id', 'm.kind', 'm.author_role', 'm.reply_to', 'm.sent_at', 'm.telegram_message_id'])
    .select(['r.revision', 'r.at', 'r.sealed', 's.telegram_user_id as sealedFor'])
    .where('m.session_id', '=', sessionId)
    .orderBy('m.seq')
    .execute();
  return Promise.all(
    rows.map(async ({ sealed, ...row }) => ({
      ...row,
      content: JSON.parse(String(await vault.open(sealed, revisionContext(row.id, row.revision)))) as {
        text?: string;
        entities?: unknown[];
        extra?: Record<string, unknown>;
      },
    })),
  );
}

async function participantsOf(db: Kysely<Tables>, sessionId: string): Promise<number[]> {
  const rows = await db
    .selectFrom('participant as p')
    .innerJoin('subject as s', 's.id', 'p.subject_id')
    .select('s.telegram_user_id as id')
    .where('p.session_id', '=', sessionId)
    .orderBy('s.telegram_user_id')
    .execute();
  return rows.map(({ id }) => id);
}
