import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql, type Kysely } from 'kysely';
import { Client } from 'pg';
import { connect } from '../../src/db/connect.ts';
import { readLife } from '../../src/db/life.ts';
import { migrate, MIGRATIONS } from '../../src/db/migrate.ts';
import { prepareDatabases } from '../../src/db/prepare.ts';
import { policySchema } from '../../src/domain/policy.ts';
import type { Tables } from '../../src/db/tables.ts';

const DATABASE = 'retention_upgrade_test';
const KEYS = 'retention_upgrade_keys_test';

/** A conversation with all that hangs on it, as the first version of the tables held it. */
async function fill(db: Kysely<Tables>, ids: { session: string; subject: string; message: string }) {
  const { session, subject, message } = ids;
  const document = {
    demo: false,
    idle: 'P7D',
    reopen: 'PT12H',
    archiveWithin: 'PT24H',
    keep: 'P12M',
    rules: [{ id: 'transactions', tag: 'transaction', keepAtLeast: 'P3Y', because: 'audits' }],
    review: { window: 'P7D', onSilence: 'delete' },
    spam: { deleteAfter: 'P7D' },
  };
  await sql`
    insert into project (id, name, time_zone, language, notice_version, created_at)
    values ('shop', 'Shop', 'UTC', 'en', '1', now())`.execute(db);
  await sql`
    insert into policy (project_id, version, document, author, reason, applied_at)
    values ('shop', 1, ${JSON.stringify(document)}, 'project file', 'read at start', now())`.execute(db);
  await sql`
    insert into subject (id, project_id, telegram_user_id, created_at, last_seen_at)
    values (${subject}, 'shop', 4711, now(), now())`.execute(db);
  await sql`
    insert into session (id, project_id, kind, subject_id, phase, opened_at, last_activity_at, closed_at,
      close_reason, keep_until, policy_version)
    values (${session}, 'shop', 'private', ${subject}, 'archived', now(), now(), now(), 'agent',
      now() + interval '1 year', 1)`.execute(db);
  const reviewed = randomUUID();
  await sql`
    insert into session (id, project_id, kind, phase, opened_at, last_activity_at, closed_at, close_reason, archived_at,
      keep_until, policy_version, review_round)
    values (${reviewed}, 'shop', 'private', 'review', '2025-01-01Z', '2025-01-01Z', '2025-01-01Z', 'agent',
      '2025-01-02Z', '2026-01-01Z', 1, 1)`.execute(db);
  await sql`
    insert into review (session_id, round, opened_at, due_at, on_silence)
    values (${reviewed}, 1, '2026-01-01 03:00Z', '2026-01-08Z', 'delete')`.execute(db);
  await sql`insert into participant values (${session}, ${subject})`.execute(db);
  await sql`
    insert into message (id, session_id, subject_id, author_role, kind, sent_at)
    values (${message}, ${session}, ${subject}, 'customer', 'photo', now())`.execute(db);
  await sql`
    insert into attachment (id, message_id, kind, sealed)
    values (${randomUUID()}, ${message}, 'photo', 'sealed')`.execute(db);
  await sql`
    insert into session_tag (session_id, tag, origin, added_by, added_at)
    values (${session}, 'transaction', 'manual', 'agent-1', now())`.execute(db);
  await sql`
    insert into hold (id, session_id, reason, author, placed_at)
    values (${randomUUID()}, ${session}, 'claim', 'supervisor-1', now())`.execute(db);
  await sql`
    insert into outbox (session_id, event, event_id, payload, created_at, next_attempt_at)
    values (${session}, 'held', ${randomUUID()}, '{}', now(), now())`.execute(db);
  await sql`
    insert into audit_entry (at, actor_kind, actor_id, action, object_kind, object_id, counts)
    values (now(), 'staff', 'agent-1', 'session.closed', 'session', ${session}, '{}')`.execute(db);
}

describe('a database that is in use', () => {
  const superuserUrl = process.env['TEST_POSTGRES_URL'] ?? '';
  const superuser = new Client({ connectionString: superuserUrl });
  const password = 'only-for-tests';
  const ids = { session: randomUUID(), subject: randomUUID(), message: randomUUID() };
  let db: Kysely<Tables>;

  before(async () => {
    await superuser.connect();
    await prepareDatabases({
      superuserUrl,
      database: DATABASE,
      keysDatabase: KEYS,
      ownerPassword: password,
      servicePassword: password,
    });
    const owner = Object.assign(new URL(superuserUrl), {
      username: 'retention_owner',
      password,
      pathname: `/${DATABASE}`,
    }).href;
    db = connect<Tables>(owner, () => undefined, 1);
    const [first] = Object.entries(MIGRATIONS);
    await migrate(db, Object.fromEntries(first ? [first] : []));
    await fill(db, ids);
    await migrate(db);
  });

  after(async () => {
    await db.destroy();
    for (const name of [DATABASE, KEYS])
      await superuser.query(`drop database if exists ${name} with (force)`);
    await superuser.end();
  });

  it('keeps its rules, tags and holds through every migration', async () => {
    const life = await readLife(db, ids.session, new Date());
    assert.deepEqual(life.policy.rules[0]?.when, { tag: ['transaction'] });
    assert.equal(life.policy.rules[0]?.keepAtLeast, 'P3Y');
    assert.deepEqual(life.policy, policySchema.parse(life.policy), 'with all that has a default by now');
    assert.deepEqual(life.tags, ['transaction']);
    assert.equal(life.holdEnds.length, 1);
    assert.deepEqual(life.attachmentKinds, ['photo']);
  });

  it('has a place in the audit tree for what was written before there was one', async () => {
    const waiting = await db.selectFrom('audit_pending').selectAll().execute();
    assert.equal(waiting.length, 1);
  });

  it('knows when its reviews should have opened', async () => {
    const review = await db.selectFrom('review').select('opening_due_at').executeTakeFirstOrThrow();
    assert.deepEqual(review.opening_due_at, new Date('2026-01-01T00:00:00Z'));
  });

  it('still brings its events to the workflows', async () => {
    const event = await db.selectFrom('outbox').select(['session_id', 'stream']).executeTakeFirstOrThrow();
    assert.deepEqual(event, { session_id: ids.session, stream: ids.session });
  });
});
