import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { AppError } from '../../src/domain/errors.ts';
import { addProjectWith, ann, createHoldsStage, type HoldsStage } from './holds-stage.ts';

let at: HoldsStage;
before(async () => {
  at = await createHoldsStage();
  // As many deletions a day as there are: the breaker is not what is looked at here.
  await addProjectWith(at, 'shop', { breaker: { sharePerDay: 1, orFewerThan: 100_000 } });
});
after(() => at.drop());

/** Lets the other side run ahead by a few statements, now more, now fewer. */
async function behind(statements: number) {
  for (let n = 0; n < statements; n++) await sql`select 1`.execute(at.aside);
}

async function hold(sessionId: string): Promise<'held' | 'too late'> {
  try {
    await at.acts.placeHold({ sessionId, reason: 'claim', actor: ann, now: new Date() });
    return 'held';
  } catch (error) {
    if (error instanceof AppError && error.code === 'deletion_began') return 'too late';
    throw error;
  }
}

/** What the rows say of sessions: whether their deletion began, and whether something holds them. */
async function standings(ids: readonly string[]) {
  const lives = await Promise.all(ids.map((id) => at.life(id)));
  return lives.map((life) => ({ begun: life.deletionBeganAt !== null, held: life.holdEnds.length > 0 }));
}

describe('a hold commits or the deletion has begun, never both', () => {
  it('a thousand times in parallel, with a hold on one session', async () => {
    const ids = await at.sessions(1000);
    const outcomes = await Promise.all(
      ids.map(async (id, n) => {
        const [begun, held] = await Promise.all([
          behind(n % 3).then(() => at.begin(id)),
          behind((n >> 1) % 7).then(() => hold(id)),
        ]);
        return `${begun}, ${held}`;
      }),
    );
    assert.deepEqual(new Set(outcomes), new Set(['begun, too late', 'waits, held']));
    for (const { begun, held } of await standings(ids)) assert.notEqual(begun, held);
  });

  it('three hundred times in parallel, with holds on what a query finds', async () => {
    const race = async ({ id, tag }: { id: string; tag: string }, n: number) => {
      const place = () =>
        at.acts.holdQuery({ projectId: 'shop', tag, reason: 'claim', actor: ann, now: new Date() });
      const [begun, placed] = await Promise.all([at.begin(id), behind(n).then(place)]);
      return `${begun}, keeps ${placed.sessions}, too late for ${placed.tooLate}`;
    };
    const pairs = await Promise.all(
      Array.from({ length: 300 }, async (_, n) => ({
        tag: `case-${n}`,
        id: await at.session({ tag: `case-${n}` }),
      })),
    );
    const outcomes: string[] = [];
    // A few at a time, so that both sides have a connection at once and really meet.
    for (let from = 0; from < pairs.length; from += 5)
      outcomes.push(...(await Promise.all(pairs.slice(from, from + 5).map(race))));
    assert.deepEqual(
      new Set(outcomes),
      new Set(['begun, keeps 0, too late for 1', 'waits, keeps 1, too late for 0']),
    );
  });

  it('with a hold on a subject while its sessions are being deleted side by side', async () => {
    for (let round = 0; round < 10; round++) {
      const subjectId = await at.subject();
      const ids = await at.sessions(20, { subjectId });
      const [placed, ...begun] = await Promise.all([
        behind(round).then(() =>
          at.acts.holdSubject({ subjectId, reason: 'claim', actor: ann, now: new Date() }),
        ),
        ...ids.map((id, n) => behind(n % 4).then(() => at.begin(id))),
      ]);
      const late = begun.filter((one) => one === 'begun').length;
      assert.deepEqual([placed.sessions, placed.tooLate], [20 - late, late]);
      const waiting = (await standings(ids)).filter((one) => !one.begun);
      assert.equal(waiting.length, 20 - late);
      assert.ok(waiting.every((one) => one.held));
    }
  });
});
