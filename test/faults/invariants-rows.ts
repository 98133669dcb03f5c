import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Tables } from '../../src/db/tables.ts';
import { OVERDUE_KINDS, overdueOf } from '../../src/db/watchdog.ts';
import type { Invariant, Scene, Violation } from './invariant.ts';

/** What rows alone can show to be wrong. Every query finds what must not be there. */
export async function rowInvariants(scene: Scene): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const { invariant, what, query } of FORBIDDEN) {
    const { rows } = await query.execute(scene.db);
    violations.push(...rows.map((evidence) => ({ invariant, what, evidence })));
  }
  return [...violations, ...(await messagesLost(scene)), ...(await silentlyLate(scene))];
}

interface Forbidden {
  readonly invariant: Invariant;
  readonly what: string;
  readonly query: RawBuilder<unknown>;
}

const live = sql`(select count(*)::int from message m where m.session_id = s.id)`;
const archived = sql`(select coalesce(sum(a.messages), 0)::int from archive a
  where a.session_id = s.id and a.deleted_at is null)`;
const ended = (alias: string) => sql`${sql.ref(`${alias}.action`)} in ('session.deleted', 'session.erased')`;

const FORBIDDEN: readonly Forbidden[] = [
  {
    invariant: 'I1',
    what: 'a session has its messages in two places, or in the wrong one',
    query: sql`
      select s.id as session, s.phase, ${live} as live, ${archived} as archived from session s
      where (s.phase in ('open', 'closed') and ${archived} > 0)
        or (s.phase in ('archived', 'review') and ${live} > 0)
        or (s.phase = 'deleted' and ${live} + ${archived} > 0)`,
  },
  {
    invariant: 'I2',
    what: 'a message of Telegram is stored twice',
    query: sql`
      select session_id as session, telegram_message_id as message, count(*)::int from message
      where telegram_message_id is not null and author_role = 'customer'
      group by session_id, subject_id, telegram_message_id having count(*) > 1`,
  },
  {
    invariant: 'I2',
    what: 'two objects are recorded for one person and session, or one file',
    query: sql`
      select session_id as session, subject_id as subject, attachment_id as attachment, count(*)::int from archive
      where deleted_at is null group by session_id, subject_id, attachment_id having count(*) > 1`,
  },
  {
    invariant: 'I2',
    what: 'an act that happens once is in the audit twice',
    query: sql`
      select object_id as object, action, count(*)::int from audit_entry
      where action in ('session.archived', 'deletion.began', 'session.deleted', 'session.erased')
      group by object_id, action having count(*) > 1`,
  },
  {
    invariant: 'I3',
    what: 'an archive was recorded with other counts than its manifests have',
    query: sql`
      select s.id as session, e.counts, m.messages from session s
      join audit_entry e on e.object_id = s.id::text and e.action = 'session.archived'
      cross join lateral (select coalesce(sum(messages), 0)::int as messages from archive
        where session_id = s.id) m
      where (e.counts ->> 'messages')::int is distinct from m.messages`,
  },
  {
    invariant: 'I3',
    what: 'a session stands in the archive without an entry that says so',
    query: sql`
      select s.id as session from session s where s.phase in ('archived', 'review')
        and not exists (select from audit_entry where object_id = s.id::text and action = 'session.archived')`,
  },
  {
    invariant: 'I4',
    what: 'a session is deleted and no entry says so',
    query: sql`
      select s.id as session from session s where s.phase = 'deleted'
        and not exists (select from audit_entry e where e.object_id = s.id::text and ${ended('e')})`,
  },
  {
    invariant: 'I4',
    what: 'an entry says of a session that is there that it is deleted',
    query: sql`
      select s.id as session, e.seq::int from session s join audit_entry e on e.object_id = s.id::text
      where ${ended('e')} and s.phase <> 'deleted'`,
  },
  {
    invariant: 'I4',
    what: 'a deletion ended with other counts than it began with',
    query: sql`
      select e.object_id as session, b.counts as began, e.counts as ended from audit_entry e
      left join audit_entry b on b.object_id = e.object_id and b.action = 'deletion.began'
      where ${ended('e')} and b.counts is distinct from e.counts`,
  },
  {
    invariant: 'I5',
    what: 'a deletion began while a hold was in force',
    query: sql`
      select s.id as session, h.id as hold from session s join hold h on h.project_id = s.project_id
      where s.deletion_began_at >= h.placed_at and s.erasure_id is null
        and coalesce(least(h.released_at, h.ends_at), 'infinity') > s.deletion_began_at
        and case h.scope when 'session' then h.session_id = s.id
          when 'subject' then exists (select from participant p
            where p.session_id = s.id and p.subject_id = h.subject_id)
          else (h.tag is null or exists (select from session_tag t where t.session_id = s.id and t.tag = h.tag))
            and (h.opened_from is null or s.opened_at >= h.opened_from)
            and (h.opened_before is null or s.opened_at < h.opened_before) end`,
  },
  {
    invariant: 'I5',
    what: 'a deletion began after a hold, by the order of the audit',
    query: sql`
      select b.object_id as session, b.seq::int as began, h.seq::int as held from audit_entry b
      join session s on s.id::text = b.object_id
      cross join lateral (select seq, action from audit_entry before
        where before.object_id = b.object_id and before.seq < b.seq
          and action in ('hold.placed', 'hold.released', 'review.opened')
        order by seq desc limit 1) h
      where b.action = 'deletion.began' and h.action = 'hold.placed' and s.erasure_id is null
        and s.close_reason is distinct from 'spam'`,
  },
];

/** Counts alone: where a message is, its row or manifest says, and of what is gone the audit says how much. */
async function messagesLost({ db, accepted }: Scene): Promise<Violation[]> {
  const { rows } = await sql<{ live: number; archived: number; gone: number; stored: number }>`
    select (select count(*)::int from message) as live,
      (select coalesce(sum(messages), 0)::int from archive where deleted_at is null) as archived,
      (select coalesce(sum((counts ->> 'messages')::int), 0)::int from audit_entry
        where action in ('session.deleted', 'session.erased', 'session.share-erased')) as gone,
      (select count(*)::int from inbox where kind = 'message' and outcome = 'stored') as stored`.execute(db);
  const [counts = { live: 0, archived: 0, gone: 0, stored: 0 }] = rows;
  const there = counts.live + counts.archived + counts.gone;
  const holds = accepted === undefined ? there >= counts.stored : there === accepted;
  if (holds) return [];
  const what = 'messages that were accepted are missing, or there are more than were accepted';
  return [{ invariant: 'I1', what, evidence: { ...counts, accepted: accepted ?? counts.stored } }];
}

/** The watchdog looks every five minutes; what it had no time to see yet is nobody's fault. */
const UNSEEN_MS = 15 * 60_000;

async function silentlyLate({ db, now }: Scene): Promise<Violation[]> {
  const seen = new Date(now.getTime() - UNSEEN_MS);
  const violations: Violation[] = [];
  for (const kind of OVERDUE_KINDS) {
    if (kind === 'audit') continue;
    const late = await overdueOf(db, kind, seen);
    for (const [projectId, theirs] of Map.groupBy(late, (one) => one.projectId))
      if (!(await wasTold(db, projectId, kind, now)))
        violations.push({
          invariant: 'I9',
          what: `${kind} is overdue and nobody was called`,
          evidence: theirs.map(({ id, dueAt }) => ({ id, dueAt })),
        });
  }
  const { rows } = await sql<object>`
    select e.id as erasure, e.deadline_at from erasure e
    where e.state = 'confirmed' and e.deadline_at < ${seen} and not exists (select from audit_entry a
      where a.object_id = e.id::text and a.action = 'erasure.late')`.execute(db);
  const what = 'an erasure is past its deadline and nobody was called';
  return [...violations, ...rows.map((evidence) => ({ invariant: 'I9' as const, what, evidence }))];
}

async function wasTold(db: Kysely<Tables>, projectId: string, kind: string, now: Date): Promise<boolean> {
  const told = await db
    .selectFrom('audit_entry')
    .select('seq')
    .where('action', '=', 'watchdog.overdue')
    .where('project_id', '=', projectId)
    .where('reason', '=', kind)
    .where('at', '>', new Date(now.getTime() - 86_400_000 - UNSEEN_MS))
    .executeTakeFirst();
  return told !== undefined;
}
