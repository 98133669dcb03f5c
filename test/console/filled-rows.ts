import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { TestDatabase } from '../support/database.ts';

const DAY_MS = 86_400_000;
const KIB = 1024;

/** What the sessions of each rule are tagged with, for how many days they are kept, and how many of ten there are. */
const KINDS = [
  { rule: 'base', days: 730, tags: ['delivery', 'refund', 'question', undefined], of: 5 },
  { rule: 'transactions', days: 1095, tags: ['transaction'], of: 3 },
  { rule: 'complaints', days: 1825, tags: ['complaint'], of: 2 },
] as const;

/** A session as the life cycle leaves it: rows alone, nothing in a store. */
interface FilledSession {
  readonly phase: 'open' | 'closed' | 'archived' | 'review' | 'deleted';
  readonly rule: string;
  readonly tag: string | undefined;
  readonly closedAt: Date;
  readonly keepUntil: Date;
  readonly bytes: number;
}

/** Fills the project `shop` with sessions in every phase, most of them archived and due within 90 days. */
export async function fillSessions(at: Pick<TestDatabase, 'db'>, now: Date): Promise<void> {
  const day = (days: number) => new Date(now.getTime() + days * DAY_MS);
  const add = (n: number, phase: FilledSession['phase'], keepUntil: Date, closedAt?: Date) => {
    const { rule, days, tags } = kindOf(n);
    return addSession(at, {
      ...{ phase, rule, keepUntil, tag: tags[n % tags.length], bytes: (4 + ((n * 37) % 90)) * KIB },
      closedAt: closedAt ?? new Date(keepUntil.getTime() - days * DAY_MS),
    });
  };
  // More of it falls into some weeks than into others, as people write more before holidays.
  for (let n = 0; n < 260; n++) await add(n, 'archived', day(4 + ((n * 11) % 84) * (0.62 + 0.38 * (n % 2))));
  for (let n = 0; n < 90; n++) await add(n, 'archived', day(700 + n), day(-1.5 - (n % 28)));
  for (let n = 0; n < 11; n++) await add(n, 'closed', day(730), day(-0.03 * (n + 1)));
  for (let n = 0; n < 18; n++) await add(n, 'open', day(730), day(-0.1 * n));
  for (let n = 0; n < 26; n++) await add(n, 'review', day(-0.2 - (n % 6)));
  for (let n = 0; n < 140; n++) await add(n, 'deleted', day(-8.5 - (n % 21)));
}

function kindOf(n: number): (typeof KINDS)[number] {
  let place = (n * 7) % 10;
  for (const kind of KINDS) {
    if (place < kind.of) return kind;
    place -= kind.of;
  }
  return KINDS[0];
}

async function addSession({ db }: Pick<TestDatabase, 'db'>, one: FilledSession): Promise<void> {
  const { phase, rule, tag, closedAt, keepUntil } = one;
  const [id, subject] = [randomUUID(), randomUUID()];
  const after = (hours: number, from = closedAt) => new Date(from.getTime() + (hours * DAY_MS) / 24);
  const gone = phase === 'deleted';
  const archived = phase === 'archived' || phase === 'review' || gone;
  const deletedAt = gone ? after(7 * 24 + 0.02, keepUntil) : null;
  const opened = after(-20);
  const [telegramId, round] = [Math.floor(Math.random() * 1e12), phase === 'review' || gone ? 1 : 0];
  if (!gone)
    await sql`
      insert into subject (id, project_id, telegram_user_id, created_at, last_seen_at)
      values (${subject}, 'shop', ${telegramId}, ${opened}, ${closedAt})`.execute(db);
  await sql`
    insert into session (id, project_id, kind, subject_id, phase, opened_at, last_activity_at, closed_at,
      close_reason, reopen_until, archive_due_at, archived_at, keep_until, keep_rule, policy_version, review_round,
      deletion_began_at, deleted_at)
    select ${id}, 'shop', 'private', ${gone ? null : subject}, ${phase}, ${opened}, ${closedAt}, closed,
      case when closed is null then null else 'agent' end, closed + interval '12 hours', closed + interval '24 hours',
      ${archived ? after(12.1) : null}, case when closed is null then null else ${keepUntil}::timestamptz end,
      case when closed is null then null else ${rule} end, case when closed is null then null else
      (select max(version) from policy where project_id = 'shop') end, ${round}, ${deletedAt}, ${deletedAt}
    from (select ${phase === 'open' ? null : closedAt}::timestamptz as closed) as of_it`.execute(db);
  if (round === 1)
    await sql`
      insert into review (session_id, round, opened_at, opening_due_at, due_at, on_silence, ended, ended_by, ended_at)
      values (${id}, 1, ${keepUntil}, ${keepUntil}, ${after(7 * 24, keepUntil)}, 'delete', ${gone ? 'silence-delete' : null},
        ${gone ? 'system' : null}, ${gone ? after(7 * 24, keepUntil) : null})`.execute(db);
  if (gone) return;
  await sql`insert into participant (session_id, subject_id) values (${id}, ${subject})`.execute(db);
  if (tag)
    await sql`
      insert into session_tag (session_id, tag, origin, added_by, added_at)
      values (${id}, ${tag}, 'manual', 'agent', ${opened})`.execute(db);
  if (archived) await addObject(db, { id, subject, at: after(12.1), bytes: one.bytes });
}

async function addObject(
  db: TestDatabase['db'],
  { id, subject, at, bytes }: { id: string; subject: string; at: Date; bytes: number },
): Promise<void> {
  const digest = createHash('sha256').update(id).digest('hex');
  await db
    .insertInto('archive')
    .values({
      ...{ id: randomUUID(), session_id: id, subject_id: subject, attachment_id: null },
      ...{ store: 'file:///archive', object_name: `shop/${id}`, generation: '1', size_bytes: bytes },
      ...{ sha256: digest, content_sha256: digest, schema_version: 1, key_id: randomUUID() },
      ...{ messages: 6, revisions: 7, attachments: 0, written_at: at, deleted_at: null },
    })
    .execute();
}
