import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Tables } from '../../src/db/tables.ts';

/**
 * Fills a project with so many sessions of three years: two to a person, most archived, one in fifty in review,
 * with tags, manifests, holds, erasures, exports and an audit entry for each. Texts are not: no list opens them.
 *
 * @param owner with one connection, since numbers and ids wait in a temporary table
 */
export async function fill(
  owner: Kysely<Tables>,
  { projectId, sessions }: { projectId: string; sessions: number },
): Promise<void> {
  await sql`set synchronous_commit = off`.execute(owner);
  for (const statement of [
    ...people(projectId, sessions),
    ...conversations(projectId),
    ...decisions(projectId, sessions),
    ...proof(projectId, sessions),
  ])
    await statement.execute(owner);
  // As autovacuum leaves it.
  await sql`vacuum (analyze)`.execute(owner);
}

function people(projectId: string, sessions: number): RawBuilder<unknown>[] {
  return [
    sql`create temp table person as
      select n, gen_random_uuid() as id from generate_series(0, ${sessions}::int / 2) n`,
    sql`create temp table made as
      select n, gen_random_uuid() as id, now() - n * interval '3 years' / ${sessions}::int as at,
        case when n % 100 = 0 then 'open' when n % 100 < 6 then 'closed' when n % 100 < 8 then 'review'
          when n % 100 < 28 then 'deleted' else 'archived' end as phase
      from generate_series(0, ${sessions}::int - 1) n`,
    sql`insert into subject (id, project_id, telegram_user_id, language, created_at, last_seen_at)
      select id, ${projectId}, 1000000 + n, (array['en', 'ru', 'zh', 'es'])[1 + n % 4], now() - interval '3 years', now()
      from person`,
    sql`create unique index on person (n)`,
    sql`analyze made`,
  ];
}

function conversations(projectId: string): RawBuilder<unknown>[] {
  return [
    sql`insert into session (id, project_id, kind, subject_id, phase, opened_at, last_activity_at, closed_at,
        close_reason, archive_due_at, archived_at, keep_until, keep_rule, policy_version, review_round, deleted_at, attachment_kinds)
      select m.id, ${projectId}, 'private', case when phase <> 'deleted' then p.id end, phase, at,
        at + interval '1 hour', case when phase <> 'open' then at + interval '1 day' end,
        case when phase <> 'open' then (array['agent', 'customer', 'idle'])[1 + m.n % 3] end,
        case when phase = 'closed' and m.n % 5000 <> 3 then now() + interval '12 hours'
          when phase <> 'open' then at + interval '2 days' end,
        case when phase in ('archived', 'review', 'deleted')
          then at + interval '2 days' + case when m.n % 500 = 9 then interval '3 hours' else - interval '3 hours' end end,
        case when phase in ('archived', 'review', 'deleted') then at + interval '3 years' + interval '10 days' end,
        (array['default', 'transactions', 'records'])[1 + m.n % 3], 1, case when phase in ('review', 'deleted') then 1 else 0 end,
        case when phase = 'deleted' then now() - m.n % 365 * interval '1 day' end,
        case when m.n % 5 = 0 then '{photo}'::text[] else '{}' end
      from made m join person p on p.n = m.n / 2`,
    sql`insert into participant (session_id, subject_id)
      select m.id, p.id from made m join person p on p.n = m.n / 2 where phase <> 'deleted'`,
    sql`insert into session_tag (session_id, tag, origin, added_by, added_at)
      select id, case when n % 3000 = 99 then 'rare' else (array['refund', 'transaction', 'complaint', 'sensitive'])[1 + n % 4] end,
        'manual', 'bench', at
      from made where phase <> 'deleted' and n % 3 = 0`,
    sql`insert into message (id, session_id, subject_id, author_role, kind, sent_at)
      select gen_random_uuid(), m.id, p.id, 'customer', 'text', at + minute * interval '1 minute'
      from made m join person p on p.n = m.n / 2 cross join generate_series(0, 1) minute
      where phase in ('open', 'closed')`,
    sql`insert into archive (id, session_id, subject_id, store, object_name, generation, size_bytes, sha256,
        content_sha256, schema_version, key_id, messages, revisions, attachments, written_at)
      select gen_random_uuid(), m.id, p.id, 'gs://bench', 'bench/' || m.id || '/' || p.id || '.1.jsonl.gz.sealed',
        '1', 2000 + m.n % 5000, repeat('0', 64), repeat('0', 64), 1, gen_random_uuid(), 8, 9, 1, at + interval '2 days'
      from made m join person p on p.n = m.n / 2 where phase in ('archived', 'review')`,
  ];
}

function decisions(projectId: string, sessions: number): RawBuilder<unknown>[] {
  return [
    sql`insert into review (session_id, round, opened_at, opening_due_at, due_at, on_silence)
      select id, 1, due_at - interval '7 days', due_at - interval '7 days', due_at, 'delete'
      from (select id, now() + random() * interval '7 days' as due_at from made where phase = 'review') waiting`,
    sql`insert into review (session_id, round, opened_at, opening_due_at, due_at, on_silence, ended, ended_at, ended_by)
      select id, 1, deleted_at - interval '6 days',
        deleted_at - interval '6 days' - random() * random() * interval '70 minutes', deleted_at + interval '1 day', 'delete', 'approve',
        deleted_at - case when random() < 0.01 then interval '2 hours' else interval '2 minutes' end, 'bench'
      from session where phase = 'deleted'`,
    sql`insert into hold (id, project_id, session_id, scope, reason, author, placed_at, released_at, released_by)
      select gen_random_uuid(), ${projectId}, id, 'session', 'TICKET-' || n, 'bench', at,
        case when n % 200 = 50 then now() end, case when n % 200 = 50 then 'bench' end
      from made where phase = 'archived' and n % 100 = 50`,
    sql`insert into approval (id, project_id, kind, object_id, payload, reason, requested_by, requested_at, outcome,
        decided_by, decided_at)
      select gen_random_uuid(), ${projectId}, 'release-hold', id, '{}', 'TICKET-1', 'bench', placed_at, 'approved',
        'other', released_at
      from hold where released_at is not null`,
    sql`insert into erasure (id, number, project_id, subject_id, pseudonym, origin, state, regulation, received_at,
        legal_deadline_at, confirmed_at, target_at, deadline_at, completed_at, verified_at)
      select gen_random_uuid(), 'E-' || n, ${projectId}, id, repeat('0', 32) || n, 'customer',
        case when n % 2500 = 0 then 'confirmed' else 'done' end, 'GDPR', at, at + interval '30 days', at,
        at + interval '1 day', at + interval '2 days', done_at, done_at
      from (select *, case when n % 2500 > 0 then at + interval '1 hour' end as done_at
        from (select *, now() - n * interval '6 years' / ${sessions}::int as at from person) p) p
      where n % 25 = 0`,
    sql`insert into export (id, project_id, requester_kind, requester_id, reason, format, zipped, state, ending,
        keep_days, requested_at, expires_at, removed_at)
      select gen_random_uuid(), ${projectId}, 'staff', 'bench', 'TICKET-' || n, 'jsonl', false, 'removed', 'expired',
        7, now() - n * interval '1 day', now() - n * interval '1 day' + interval '7 days', now()
      from generate_series(10, 1010) n`,
  ];
}

/** An audit entry for each session, with its place in the tree; the hashes are not looked at by any page. */
function proof(projectId: string, sessions: number): RawBuilder<unknown>[] {
  return [
    sql`insert into audit_entry (at, actor_kind, actor_id, workflow_id, action, object_kind, object_id, project_id,
        counts, op_id)
      select now() - (${sessions}::int - n) * interval '3 years' / ${sessions}::int,
        case when n % 4 = 0 then 'staff' else 'workflow' end,
        case when n % 4 = 0 then 'bench-' || n % 40 else 'session:' || id end,
        case when n % 4 > 0 then 'session:' || id end,
        (array['session.closed', 'session.archived', 'review.decided', 'session.deleted'])[1 + n % 4],
        'session', id, ${projectId}, '{"messages": 8}', 'bench:' || n
      from made order by n`,
    sql`insert into audit_leaf select row_number() over (order by seq) - 1, seq from audit_pending`,
    sql`update audit_tree set size = (select count(*) from audit_leaf)`,
    sql`truncate audit_pending`,
  ];
}
