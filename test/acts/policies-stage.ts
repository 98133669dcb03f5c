import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Tables } from '../../src/db/tables.ts';
import { decide } from '../../src/domain/decision.ts';
import type { Policy } from '../../src/domain/policy.ts';

export const COMPLIANCE = { kind: 'staff', id: 'compliance-1', role: 'compliance' } as const;
export const SECOND = { kind: 'staff', id: 'compliance-2', role: 'compliance' } as const;

/** One archived session: when it was closed, and its tags. */
export interface Archived {
  readonly closedAt: Date;
  readonly tags?: readonly string[];
}

/**
 * Puts sessions into the archive as they would stand after their decision under version 1, without their
 * messages.
 *
 * @param group tells the sessions of one call from those of another
 * @returns their ids, in the order of the list
 */
export async function seedArchive(
  db: Kysely<Tables>,
  project: { id: string; policy: Policy; timeZone?: string },
  sessions: readonly Archived[],
  group = 'customer',
): Promise<string[]> {
  const rows = sessions.map(({ closedAt, tags = [] }, at) => {
    const id = uuid(`${project.id} session ${group} ${at}`);
    const { keepUntil, decidedBy } = decide(project.policy, {
      sessionId: id,
      projectId: project.id,
      kind: 'private',
      closedAt,
      lastActivityAt: closedAt,
      tags,
      jurisdictions: ['OTHER'],
      languages: [],
      attachmentKinds: [],
      authorized: false,
      majorityAt: null,
      events: {},
      extendedUntil: null,
      timeZone: project.timeZone ?? 'UTC',
    });
    return { id, subject: uuid(`${project.id} ${group} ${at}`), closedAt, keepUntil, decidedBy, tags };
  });
  const column = <K extends keyof (typeof rows)[number]>(key: K) => rows.map((row) => row[key]);
  await sql`
    insert into subject (id, project_id, telegram_user_id, created_at, last_seen_at)
    select id, ${project.id}, ('x' || left(id::text, 8))::bit(32)::bigint, now(), now()
    from unnest(${column('subject')}::uuid[]) as list (id)`.execute(db);
  await sql`
    insert into session (id, project_id, kind, subject_id, phase, opened_at, last_activity_at, closed_at,
      archived_at, keep_until, keep_rule, policy_version)
    select id, ${project.id}, 'private', subject, 'archived', closed_at, closed_at, closed_at, closed_at,
      keep_until, rule, 1
    from unnest(${column('id')}::uuid[], ${column('subject')}::uuid[], ${column('closedAt')}::timestamptz[],
      ${column('keepUntil')}::timestamptz[], ${column('decidedBy')}::text[])
      as list (id, subject, closed_at, keep_until, rule)`.execute(db);
  await sql`
    insert into participant (session_id, subject_id)
    select * from unnest(${column('id')}::uuid[], ${column('subject')}::uuid[])`.execute(db);
  const tagged = rows.flatMap(({ id, tags }) => tags.map((tag) => ({ id, tag })));
  await sql`
    insert into session_tag (session_id, tag, origin, added_by, added_at)
    select id, tag, 'manual', 'test', now()
    from unnest(${tagged.map(({ id }) => id)}::uuid[], ${tagged.map(({ tag }) => tag)}::text[])
      as list (id, tag)`.execute(db);
  return column('id');
}

/** The same ids at every run, spread like random ones. */
function uuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
