import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { countOverview, readOverviews, renewOverviews } from '../../src/db/overview.ts';
import { yearlyCost } from '../../src/domain/overview.ts';
import { addProject, createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;
let at: TestDatabase;
let projectId: string;
before(async () => {
  at = await createTestDatabase();
  const project = testProject({});
  projectId = project.id;
  await addProject(at.db, project);
});
after(() => at.drop());

interface Facts {
  phase: string;
  closedAt?: Date;
  archiveDueAt?: Date;
  archivedAt?: Date;
  keepUntil?: Date;
  rule?: string;
}

async function addSession({ phase, rule, ...facts }: Facts): Promise<string> {
  const id = randomUUID();
  const subject = randomUUID();
  const { closedAt = null, archiveDueAt = null, archivedAt = null, keepUntil = null } = facts;
  await sql`
    insert into subject (id, project_id, telegram_user_id, created_at, last_seen_at)
    values (${subject}, ${projectId}, ${Math.floor(Math.random() * 1e12)}, ${NOW}, ${NOW})`.execute(at.db);
  await sql`
    insert into session (id, project_id, kind, subject_id, phase, opened_at, last_activity_at, closed_at,
      archive_due_at, archived_at, keep_until, keep_rule)
    values (${id}, ${projectId}, 'private', ${subject}, ${phase}, ${NOW}, ${NOW}, ${closedAt}, ${archiveDueAt},
      ${archivedAt}, ${keepUntil}, ${rule ?? null})`.execute(at.db);
  await sql`insert into participant (session_id, subject_id) values (${id}, ${subject})`.execute(at.db);
  return id;
}

function days(count: number): Date {
  return new Date(NOW.getTime() + count * DAY_MS);
}

describe('the overview of a project', () => {
  before(async () => {
    await addSession({ phase: 'open' });
    await addSession({ phase: 'closed', closedAt: days(-2), archiveDueAt: days(-1) });
    const archived = { phase: 'archived', closedAt: days(-9), rule: 'refunds' };
    const first = await addSession({
      ...archived,
      archiveDueAt: days(-8),
      archivedAt: days(-8.5),
      keepUntil: days(3),
    });
    await addSession({ ...archived, archiveDueAt: days(-8), archivedAt: days(-7), keepUntil: days(30) });
    await addSession({ ...archived, archiveDueAt: days(-8), archivedAt: days(-8), keepUntil: days(400) });
    await sql`
      insert into session_tag (session_id, tag, origin, added_by, added_at)
      values (${first}, 'refund', 'manual', 'agent', ${NOW})`.execute(at.db);
    await sql`
      insert into hold (id, session_id, project_id, scope, reason, author, placed_at)
      values (${randomUUID()}, ${first}, ${projectId}, 'session', 'claim', 'supervisor', ${NOW})`.execute(
      at.db,
    );
  });

  it('counts the phases, what is held, and what is late', async () => {
    const facts = await countOverview(at.db, projectId, NOW);
    assert.deepEqual(facts.phases, { open: 1, closed: 1, archived: 3, review: 0, deleted: 0 });
    assert.equal(facts.held, 1);
    assert.equal(facts.lateArchives, 1);
    assert.deepEqual(facts.archivedInTime, { kept: 2, of: 3 });
  });

  it('stacks the deletions of the next 90 days by week and rule', async () => {
    const { deletionsDue } = await countOverview(at.db, projectId, NOW);
    assert.deepEqual(deletionsDue, [
      { week: '2026-06-01', rule: 'refunds', count: 1 },
      { week: '2026-06-29', rule: 'refunds', count: 1 },
    ]);
  });

  it('is counted once a minute at most, however often it is asked for', async () => {
    assert.equal(await renewOverviews(at.db, NOW), 1);
    assert.equal(await renewOverviews(at.db, new Date(NOW.getTime() + 1000)), 0);
    const [counted] = await readOverviews(at.db, [projectId]);
    assert.deepEqual(counted?.countedAt, NOW);
    assert.equal(counted.facts.phases.archived, 3);
    assert.equal(await renewOverviews(at.db, new Date(NOW.getTime() + 3_600_000)), 1);
  });
});

describe('the cost of what is kept', () => {
  it('is that of a year in the archive class', () => {
    assert.equal(yearlyCost(2 ** 30), 0.0144);
  });
});
