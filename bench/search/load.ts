import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { gatherTerms, termsOfEntry } from '../../src/acts/indexing.ts';
import { revisionContext } from '../../src/db/messages.ts';
import { addTerms, mergeTerms, type NewTerms } from '../../src/db/search.ts';
import type { Tables } from '../../src/db/tables.ts';
import { filterOf } from '../../src/search/term-filter.ts';
import type { TestDatabase } from '../../test/support/database.ts';
import type { createCorpus, MadeSession } from './corpus.ts';

const BATCH = 250;
/**
 * Each session leaves some twenty dead rows when it is merged, so autovacuum comes whenever there are one in a
 * hundred sessions more; in a load of minutes instead of months it has no turn.
 */
const GROWTH = 1.01;
const DAY_MS = 86_400_000;
const TAGS = ['complaint', 'refund', 'transaction', 'sensitive'];
const KINDS = ['photo', 'document', 'voice'];
/** After its twentieth message the index holds a session in a merged row of fifteen and five more, until it closes. */
const MERGED = 15;

export const NOW = new Date('2026-03-01T12:00:00Z');

/** A generated session with what the dimensions look at. */
interface Row extends MadeSession {
  readonly id: string;
  readonly subjectId: string;
  readonly telegramUserId: number;
  readonly openedAt: Date;
  readonly tags: readonly string[];
  readonly kinds: readonly string[];
  readonly staffId: string;
}

/** Loads the corpus as messages leave it: sealed, indexed, and in clear for the peers. */
export async function load(
  database: TestDatabase,
  owner: Kysely<Tables>,
  corpus: ReturnType<typeof createCorpus>,
  size: { readonly sessions: number; readonly messages: number; readonly projectId: string },
): Promise<{ termMs: number }> {
  const { db } = database;
  const staff = await db.selectFrom('staff').select('id').orderBy('telegram_user_id').execute();
  let termMs = 0;
  let vacuumed = 0;
  for (let from = 0; from < size.sessions; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, size.sessions - from) }, (_, at) =>
      rowOf(corpus, size, from + at, staff[(from + at) % 40]?.id ?? ''),
    );
    await insertSessions(db, size.projectId, rows);
    const began = performance.now();
    const terms = rows.map((row) => row.texts.map((text) => termsOf(database, size.projectId, row, text)));
    termMs += performance.now() - began;
    await insertTexts(database, owner, rows, terms);
    const merged = terms.map((session) => session.slice(0, MERGED)).flatMap(gatherTerms);
    const single = Array.from({ length: size.messages - MERGED }, (_, at) =>
      terms.flatMap((session) => session[MERGED + at] ?? []),
    );
    await db.transaction().execute(async (tx) => {
      for (const part of [merged, ...single]) await addTerms(tx, part);
      // As their closing does.
      for (const { id } of rows) await mergeTerms(tx, id);
    });
    if (from < vacuumed * GROWTH) continue;
    vacuumed = from + rows.length;
    await sql`vacuum search_index`.execute(owner);
  }
  return { termMs };
}

function rowOf(
  corpus: ReturnType<typeof createCorpus>,
  { sessions, messages }: { sessions: number; messages: number },
  at: number,
  staffId: string,
): Row {
  const tags = TAGS.filter((_, n) => corpus.random() < 0.2 / (n + 1));
  const kinds = KINDS.filter((_, n) => corpus.random() < 0.2 / (n + 1));
  const openedAt = new Date(NOW.getTime() - Math.floor(((at + 1) / sessions) * 700 * DAY_MS));
  const person = { telegramUserId: 10_000_000 + at, subjectId: randomUUID() };
  return { ...corpus.session(messages), ...person, id: randomUUID(), openedAt, tags, kinds, staffId };
}

function termsOf(database: TestDatabase, projectId: string, row: Row, text: string): NewTerms {
  return termsOfEntry(database.pseudonym, projectId, {
    ...{ sessionId: row.id, subjectId: row.subjectId, staffId: row.staffId },
    content: { text },
  });
}

async function insertSessions(db: Kysely<Tables>, projectId: string, rows: readonly Row[]): Promise<void> {
  const column = <T>(pick: (row: Row) => T) => rows.map(pick);
  await sql`
    insert into subject (id, project_id, telegram_user_id, language, created_at, last_seen_at)
    select id, ${projectId}, telegram_id, language, at, at from unnest(${column((row) => row.subjectId)}::uuid[],
      ${column((row) => row.telegramUserId)}::bigint[], ${column((row) => row.language)}::text[],
      ${column((row) => row.openedAt)}::timestamptz[]) as s(id, telegram_id, language, at)`.execute(db);
  await sql`
    insert into session (id, project_id, kind, subject_id, phase, opened_at, last_activity_at, closed_at, attachment_kinds)
    select id, ${projectId}, 'private', subject_id, 'closed', at, at + interval '1 day', at + interval '1 day',
      string_to_array(kinds, ',')
    from unnest(${column((row) => row.id)}::uuid[], ${column((row) => row.subjectId)}::uuid[],
      ${column((row) => row.openedAt)}::timestamptz[], ${column((row) => row.kinds.join(','))}::text[])
      as s(id, subject_id, at, kinds)`.execute(db);
  await sql`
    insert into participant (session_id, subject_id)
    select * from unnest(${column((row) => row.id)}::uuid[], ${column((row) => row.subjectId)}::uuid[])`.execute(
    db,
  );
  const tags = rows.flatMap((row) => row.tags.map((tag) => ({ id: row.id, tag })));
  await sql`
    insert into session_tag (session_id, tag, origin, added_by, added_at)
    select id, tag, 'manual', 'bench', ${NOW} from unnest(${tags.map(({ id }) => id)}::uuid[],
      ${tags.map(({ tag }) => tag)}::text[]) as t(id, tag)`.execute(db);
}

async function insertTexts(
  { db, vault }: TestDatabase,
  owner: Kysely<Tables>,
  rows: readonly Row[],
  terms: readonly (readonly NewTerms[])[],
): Promise<void> {
  const keys = await vault.keysFor(rows.map(({ id, subjectId }) => ({ sessionId: id, subjectId })));
  const texts = rows.flatMap((row, at) =>
    row.texts.map((text, n) => {
      const id = randomUUID();
      const key = keys[at];
      if (!key) throw new Error('The vault gave no key.');
      const sealed = vault.seal(key, revisionContext(id, 1), JSON.stringify({ text }));
      const filter = filterOf(terms[at]?.[n]?.terms ?? []);
      return { id, row, text, sealed, filter, at: new Date(row.openedAt.getTime() + n * 60_000) };
    }),
  );
  const column = <T>(pick: (text: (typeof texts)[number]) => T) => texts.map(pick);
  const [ids, sessions] = [column(({ id }) => id), column(({ row }) => row.id)];
  const times = column(({ at }) => at);
  await sql`
    insert into message (id, session_id, subject_id, author_role, kind, sent_at, term_filter)
    select id, session_id, subject_id, 'customer', 'text', at, filter from unnest(${ids}::uuid[], ${sessions}::uuid[],
      ${column(({ row }) => row.subjectId)}::uuid[], ${times}::timestamptz[], ${column(({ filter }) => filter)}::bytea[])
      as m(id, session_id, subject_id, at, filter)`.execute(db);
  await sql`
    insert into revision (message_id, revision, sealed, at)
    select id, 1, sealed, at from unnest(${ids}::uuid[], ${column(({ sealed }) => sealed)}::bytea[],
      ${times}::timestamptz[]) as r(id, sealed, at)`.execute(db);
  await sql`
    insert into plain select * from unnest(${ids}::uuid[], ${sessions}::uuid[], ${times}::timestamptz[],
      ${column(({ text }) => text)}::text[])`.execute(owner);
}
