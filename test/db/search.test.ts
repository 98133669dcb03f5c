import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { connect } from '../../src/db/connect.ts';
import { cursorAfter, findCandidates, redateTerms, type SearchCursor } from '../../src/db/search.ts';
import type { Condition } from '../../src/db/search-conditions.ts';
import { waysTo } from '../../src/db/search-ways.ts';
import { addProject, createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';

const SESSIONS = 3000;
const PAGE = 7;
const DAY_MS = 86_400_000;
const START = Date.parse('2025-01-01T00:00:00Z');

interface Made {
  readonly id: string;
  readonly subject_id: string;
  readonly n: number;
}

/** A term that every so-many-th session holds. */
const every = (step: number): Condition => ({ kind: 'terms', needs: [[[step]]] });
const SHOP: Condition = { kind: 'projects', ids: ['shop'] };
const days = (from: number, before: number): Condition => ({
  kind: 'active',
  within: [
    {
      projectId: 'shop',
      from: new Date(START + from * DAY_MS),
      before: new Date(START + before * DAY_MS),
    },
  ],
});

const CASES: readonly (readonly [string, readonly Condition[], (n: number) => boolean])[] = [
  ['a rare term', [every(500)], (n) => n % 500 === 0],
  ['a term of middling frequency', [every(50)], (n) => n % 50 === 0],
  ['a frequent term', [every(2)], (n) => n % 2 === 0],
  ['a frequent and a rare one', [every(2), every(500)], (n) => n % 500 === 0],
  ['two that never meet', [every(2), every(3001)], () => false],
  ['terms that meet in the oldest sessions alone', [every(2), { kind: 'terms', needs: [[[7777]]] }], oldEven],
  ['a term and a tag', [every(3), { kind: 'tag', value: 'refund' }], (n) => n % 3 === 0 && n % 5 === 0],
  ['a term and a rare tag', [every(2), { kind: 'tag', value: 'rare' }], (n) => n % 2 === 0 && n % 700 === 0],
  ['a rare tag alone', [{ kind: 'tag', value: 'rare' }], (n) => n % 700 === 0],
  ['a term and days', [every(2), days(100, 103)], (n) => n % 2 === 0 && n >= 1000 && n < 1030],
  [
    'a term without another that most have',
    [every(50), { kind: 'not', of: every(2) }],
    (n) => n % 50 === 0 && n % 2 === 1,
  ],
  [
    'a term without another that few have',
    [every(2), { kind: 'not', of: every(50) }],
    (n) => n % 2 === 0 && n % 50 !== 0,
  ],
];

function oldEven(n: number): boolean {
  return n < 100 && n % 2 === 0;
}

let database: TestDatabase;
let made: Made[];
before(async () => {
  database = await createTestDatabase();
  await addProject(database.db, testProject());
  made = await makeSessions(database);
});
after(() => database?.drop());

/** Ten a day; each holds the terms of its divisors, and the oldest hundred one of their own. */
async function makeSessions({ ownerUrl }: TestDatabase): Promise<Made[]> {
  const owner = connect(ownerUrl, () => undefined, 1);
  await sql`create temp table made as select gen_random_uuid() as id, gen_random_uuid() as subject_id, n,
    ${new Date(START)}::timestamptz + n * interval '144 minutes' as at from generate_series(0, ${SESSIONS - 1}) n`.execute(
    owner,
  );
  await sql`insert into subject (id, project_id, telegram_user_id, created_at, last_seen_at)
    select subject_id, 'shop', 9000000 + n, at, at from made`.execute(owner);
  await sql`insert into session (id, project_id, kind, subject_id, phase, opened_at, last_activity_at, closed_at)
    select id, 'shop', 'private', subject_id, 'closed', at, at, at from made`.execute(owner);
  await sql`insert into participant (session_id, subject_id) select id, subject_id from made`.execute(owner);
  await sql`insert into session_tag (session_id, tag, origin, added_by, added_at)
    select id, tag, 'manual', 'test', at from made, (values ('refund', 5), ('rare', 700)) t(tag, step)
    where n % step = 0`.execute(owner);
  // Rows from before they said when their session was opened are as good.
  await sql`insert into search_index (session_id, subject_id, opened_at, terms)
    select id, subject_id, case when n % 4 = 0 then at end, array(select step from unnest('{2,3,50,500}'::int4[]) step where n % step = 0)
      || case when n < 100 then '{7777}'::int4[] else '{}' end from made`.execute(owner);
  const { rows } = await sql<Made>`select id, subject_id, n from made`.execute(owner);
  await sql`analyze`.execute(owner);
  await owner.destroy();
  return rows;
}

describe('what the index is asked', () => {
  for (const [name, conditions, meets] of CASES)
    it(`is answered with the newest first, page by page: ${name}`, async () => {
      const where: Condition = { kind: 'and', of: [SHOP, ...conditions] };
      const found: string[] = [];
      for (let after: SearchCursor | null = null, full = true; full;) {
        const page = await findCandidates(database.db, {
          ...{ where, scored: [], asked: [], after, limit: PAGE },
        });
        found.push(...page.map(({ id }) => id));
        const last = page.at(-1);
        full = page.length === PAGE;
        after = last ? cursorAfter(last) : after;
      }
      const expected = made.filter(({ n }) => meets(n)).toSorted((a, b) => b.n - a.n);
      assert.deepEqual(
        found,
        expected.map(({ id }) => id),
      );
    });

  it('is answered for a person', async () => {
    for (const n of [1200, 1201]) {
      const one = made.find((session) => session.n === n);
      const person: Condition = { kind: 'subjects', ids: [one?.subject_id ?? ''] };
      const found = await findCandidates(database.db, {
        where: { kind: 'and', of: [SHOP, every(2), person] },
        ...{ scored: [], asked: [], after: null, limit: PAGE },
      });
      assert.deepEqual(
        found.map(({ id }) => id),
        n % 2 === 0 ? [one?.id] : [],
      );
    }
  });

  it('is answered in the new order once an import has moved when a session was opened', async () => {
    const where: Condition = { kind: 'and', of: [SHOP, every(500)] };
    const newest = async () => {
      const found = await findCandidates(database.db, {
        ...{ where, scored: [], asked: [], after: null, limit: 1 },
      });
      return found[0]?.id;
    };
    const [oldest = ''] = made.filter(({ n }) => n === 0).map(({ id }) => id);
    assert.notEqual(await newest(), oldest);
    await database.db.transaction().execute(async (tx) => {
      const opened_at = new Date(START + SESSIONS * DAY_MS);
      await tx.updateTable('session').set({ opened_at }).where('id', '=', oldest).execute();
      await redateTerms(tx, [oldest]);
    });
    assert.equal(await newest(), oldest);
  });

  it('is looked up where few sessions hold it, and walked to where many do', async () => {
    const waysOf = (...of: Condition[]) =>
      waysTo(database.db, { where: { kind: 'and', of: [SHOP, ...of] }, limit: PAGE });
    const [rare, frequent] = [every(500), every(2)];
    assert.deepEqual(await waysOf(rare), { walks: [], driver: rare });
    const walked = await waysOf(frequent);
    assert.ok(walked.walks.length > 1 && (walked.walks[0] ?? Infinity) < SESSIONS / 10);
    assert.equal((await waysOf(frequent, rare)).driver, rare);
    const tag: Condition = { kind: 'tag', value: 'rare' };
    assert.equal((await waysOf(frequent, tag)).driver, tag);
    const person: Condition = { kind: 'subjects', ids: [made[0]?.subject_id ?? ''] };
    assert.deepEqual(await waysOf(frequent, person), { walks: [], driver: person });
    // Fewer are left by what their own rows say than hold the term.
    const group: Condition = { kind: 'session-kind', value: 'group' };
    assert.deepEqual(await waysOf(frequent, group), { walks: [], driver: undefined });
  });
});
