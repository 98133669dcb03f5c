import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { AuthorRole } from '../domain/messages.ts';
import { either, joined, texts } from './search-conditions.ts';
import type { Tables } from './tables.ts';

/** A revision of a live message, sealed, with where it belongs. */
export interface SealedRevision {
  readonly sessionId: string;
  readonly messageId: string;
  readonly revision: number;
  readonly sealed: Buffer;
  readonly authorRole: AuthorRole;
  readonly sentAt: Date;
}

export interface SealedAttachment {
  readonly sessionId: string;
  readonly id: string;
  readonly sealed: Buffer;
  readonly authorRole: AuthorRole;
  readonly sentAt: Date;
}

/** What erasures have marked is not read any more. */
const SEEN = sql`m.subject_id <> all(array(select p.subject_id from participant p
  where p.session_id = m.session_id and p.erasure_id is not null and p.restricted_ground is null))`;

/** Live sessions of one project, and the words that are looked for in them. */
export interface SoughtTexts {
  readonly sessionIds: readonly string[];
  /** Any of these is a reason to open a text; of a need, of each list any of these bytes of its filter. */
  readonly needs: readonly (readonly (readonly number[])[])[];
}

/** The revisions of live messages that may hold what is sought, in their order. */
export async function sealedRevisions(
  db: Kysely<Tables>,
  sought: readonly SoughtTexts[],
): Promise<SealedRevision[]> {
  const chosen = sought.map(
    ({ sessionIds, needs }) => sql`(m.session_id = any(${texts(sessionIds)}::uuid[])
      and (m.term_filter is null or ${either(needs.map(mayHold))}))`,
  );
  const { rows } = await sql<SealedRevision>`
    select m.session_id as "sessionId", m.id as "messageId", r.revision, r.sealed,
      m.author_role as "authorRole", m.sent_at as "sentAt"
    from message m join revision r on r.message_id = m.id
    where ${among(sought)} and ${either(chosen)} and ${SEEN}
    order by m.session_id, m.seq, r.revision`.execute(db);
  return rows;
}

function mayHold(need: SoughtTexts['needs'][number]): RawBuilder<unknown> {
  return joined(
    'and',
    need.map((bytes) => either([...new Set(bytes)].map(inFilter))),
  );
}

function inFilter(byte: number): RawBuilder<unknown> {
  return sql`position(${sql.lit(`\\x${byte.toString(16).padStart(2, '0')}`)}::bytea in m.term_filter) > 0`;
}

function among(sought: readonly SoughtTexts[]): RawBuilder<unknown> {
  return sql`m.session_id = any(${texts(sought.flatMap(({ sessionIds }) => sessionIds))}::uuid[])`;
}

/** The attachments of live messages, whose names are looked at as well. */
export async function sealedAttachments(
  db: Kysely<Tables>,
  sought: readonly SoughtTexts[],
): Promise<SealedAttachment[]> {
  const { rows } = await sql<SealedAttachment>`
    select m.session_id as "sessionId", a.id, a.sealed, m.author_role as "authorRole", m.sent_at as "sentAt"
    from message m join attachment a on a.message_id = m.id
    where ${among(sought)} and ${SEEN}
    order by m.session_id, m.seq, a.id`.execute(db);
  return rows;
}

/** Writes anew what messages may hold. */
export async function writeFilters(
  tx: Kysely<Tables>,
  filters: readonly { readonly messageId: string; readonly filter: Buffer }[],
): Promise<void> {
  await sql`
    update message m set term_filter = f.filter
    from unnest(${filters.map(({ messageId }) => messageId)}::uuid[], ${filters.map(({ filter }) => filter)}::bytea[])
      as f(id, filter)
    where m.id = f.id`.execute(tx);
}

/** An edited message is opened by every search of its session: what it may hold now is not worked out. */
export async function forgetFilter(tx: Kysely<Tables>, messageId: string): Promise<void> {
  await tx.updateTable('message').set({ term_filter: null }).where('id', '=', messageId).execute();
}

/** The entries of sessions in the stores, and how large they are. */
export async function entryObjectsOf(db: Kysely<Tables>, sessionIds: readonly string[]) {
  return db
    .selectFrom('archive')
    .selectAll()
    .where('session_id', 'in', [...sessionIds])
    .where('attachment_id', 'is', null)
    .where('deleted_at', 'is', null)
    .where(
      sql<boolean>`not exists (select from participant p where p.session_id = archive.session_id
        and p.subject_id = archive.subject_id and p.erasure_id is not null and p.restricted_ground is null)`,
    )
    .orderBy('session_id')
    .execute();
}
