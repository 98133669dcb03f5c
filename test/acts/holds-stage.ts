import { MockActivityEnvironment } from '@temporalio/testing';
import { sql } from 'kysely';
import { pino } from 'pino';
import { createDeletionActivities } from '../../activities/deletion.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { readLife, type Life } from '../../src/db/life.ts';
import type { Phase } from '../../src/domain/phases.ts';
import type { ReviewEnd } from '../../src/domain/review.ts';
import type { ProjectFile } from '../../src/domain/project.ts';
import { addProject, createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';

/** Sessions to be written as they would stand. */
export interface Standing {
  readonly projectId?: string;
  readonly phase?: Phase;
  readonly ended?: ReviewEnd | null;
  readonly openedAt?: Date;
  readonly keepUntil?: Date;
  readonly tag?: string;
  readonly subjectId?: string;
}

export interface HoldsStage extends TestDatabase {
  /** Writes sessions, in a review round that is approved unless said otherwise. */
  sessions(count: number, standing?: Standing): Promise<string[]>;
  session(standing?: Standing): Promise<string>;
  subject(projectId?: string): Promise<string>;
  /** Begins the deletion of a session as its activity does, and goes no further. */
  begin(sessionId: string, now?: Date): Promise<'begun' | 'waits'>;
  life(sessionId: string, now?: Date): Promise<Life>;
  /** The events that wait to be told to sessions, by session. */
  told(): Promise<Map<string, string>>;
  /** What the audit says was done to an object. */
  actions(objectId: string): Promise<string[]>;
}

export const ann = { kind: 'staff', id: 'ann' } as const;
export const bob = { kind: 'staff', id: 'bob' } as const;

const DAY_MS = 86_400_000;

class Enough extends Error {}

export async function createHoldsStage(): Promise<HoldsStage> {
  const database = await createTestDatabase();
  const { db } = database;
  const activities = createDeletionActivities({
    ...database,
    log: pino({ level: 'silent' }),
    reached(step: string) {
      if (step === 'deletion.begun') throw new Enough();
    },
  } as unknown as ActivityDeps);
  let people = 0;

  const stage: HoldsStage = {
    ...database,
    async sessions(count, standing = {}) {
      const now = new Date();
      const phase = standing.phase ?? 'review';
      const round = phase === 'review' ? 1 : 0;
      const openedAt = standing.openedAt ?? new Date(now.getTime() - 800 * DAY_MS);
      const ended = standing.ended === undefined ? 'approve' : standing.ended;
      const { rows } = await sql<{ id: string }>`
        insert into session (id, project_id, kind, phase, opened_at, last_activity_at, closed_at,
          archive_began_at, archived_at, keep_until, review_round)
        select gen_random_uuid(), ${standing.projectId ?? 'shop'}, 'private', ${phase}, ${openedAt}, ${openedAt},
          ${openedAt}, ${openedAt}, ${openedAt}, ${standing.keepUntil ?? now}, ${round}
        from generate_series(1, ${count}::int) returning id`.execute(db);
      const ids = rows.map(({ id }) => id);
      if (round === 1)
        await sql`
          insert into review (session_id, round, opened_at, due_at, on_silence, ended, ended_by, ended_at)
          select id, 1, ${now}, ${new Date(now.getTime() + 7 * DAY_MS)}, 'delete', ${ended},
            ${ended && 'ann'}, ${ended && now}
          from unnest(${ids}::uuid[]) as list (id)`.execute(db);
      if (standing.tag !== undefined)
        await sql`
          insert into session_tag (session_id, tag, origin, added_by, added_at)
          select id, ${standing.tag}, 'manual', 'ann', ${now} from unnest(${ids}::uuid[]) as list (id)`.execute(
          db,
        );
      if (standing.subjectId !== undefined)
        await sql`
          insert into participant (session_id, subject_id)
          select id, ${standing.subjectId} from unnest(${ids}::uuid[]) as list (id)`.execute(db);
      return ids;
    },
    async session(standing) {
      const [id = ''] = await stage.sessions(1, standing);
      return id;
    },
    async subject(projectId = 'shop') {
      const { rows } = await sql<{ id: string }>`
        insert into subject (id, project_id, telegram_user_id, created_at, last_seen_at)
        values (gen_random_uuid(), ${projectId}, ${++people}, now(), now()) returning id`.execute(db);
      return rows[0]?.id ?? '';
    },
    begin(sessionId, now = new Date()) {
      const step = { sessionId, now: now.getTime() };
      const work = () =>
        activities.deleteSession(step).then(
          () => 'waits' as const,
          (error: unknown) => {
            if (error instanceof Enough) return 'begun' as const;
            throw error;
          },
        );
      return new MockActivityEnvironment().run(work);
    },
    life: (sessionId, now = new Date()) => readLife(db, sessionId, now),
    async told() {
      const rows = await db.selectFrom('throttled_event').select(['session_id', 'event']).execute();
      await db.deleteFrom('throttled_event').execute();
      return new Map(rows.map((row) => [row.session_id, row.event]));
    },
    async actions(objectId) {
      const rows = await db
        .selectFrom('audit_entry')
        .select('action')
        .where('object_id', '=', objectId)
        .orderBy('seq')
        .execute();
      return rows.map((row) => row.action);
    },
  };
  return stage;
}

/** Adds a project whose policy is that of the test project with these changes. */
export async function addProjectWith(
  stage: HoldsStage,
  id: string,
  policy: Partial<ProjectFile['policy']>,
  change: Partial<ProjectFile> = {},
): Promise<string> {
  const project = testProject();
  await addProject(stage.db, { ...project, ...change, id, policy: { ...project.policy, ...policy } });
  return id;
}
