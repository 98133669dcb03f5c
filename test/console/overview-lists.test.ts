import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { renewOverviews } from '../../src/db/overview.ts';
import type { PageEnd } from '../../src/db/pages.ts';
import { listOfSessions } from '../../src/db/session-lists.ts';
import { addCustomer, moveErasure } from './erasure-stage.ts';
import { openFilledStage, type FilledStage } from './filled-stage.ts';
import { openSessionsStage, type SessionsStage } from './sessions-stage.ts';
import type { StagePerson } from './stage.ts';

const HOUR_MS = 3_600_000;
const ACTOR = { kind: 'operator', id: 'test' } as const;

let at: SessionsStage;
let sam: StagePerson;
before(async () => {
  at = await openSessionsStage();
  sam = await at.person({ shop: ['supervisor'] });
});
after(() => at?.stop());

async function read(path: string): Promise<string> {
  const response = await sam.browser.get(path);
  assert.equal(response.status, 200, path);
  return response.text();
}

/** Where the words of the overview lead. */
async function linkOf(words: RegExp, to = /./): Promise<string> {
  await at.database.db.deleteFrom('overview').execute();
  await renewOverviews(at.database.db, at.now());
  const links = [...(await read('/p/shop/overview')).matchAll(/<a href="([^"]+)"\s*>([^<]+)<\/a/g)];
  const found = links.find(([, href = '', text = '']) => words.test(text) && to.test(href));
  return found?.[1]?.replaceAll('&amp;', '&') ?? assert.fail(`no link says ${words}`);
}

async function erased(hours: number): Promise<string> {
  const { telegramUserId } = await addCustomer(at.database, 'shop');
  const act = { projectId: 'shop', telegramUserId, now: at.now() };
  const { number } = await at.database.acts.requestErasure(act);
  const confirmedAt = new Date(at.now().getTime() - 100 * HOUR_MS);
  await moveErasure(at.database, number, 'done', confirmedAt);
  await at.database.db
    .updateTable('erasure')
    .set({ verified_at: new Date(confirmedAt.getTime() + hours * HOUR_MS) })
    .where('number', '=', number)
    .execute();
  return number;
}

describe('a figure of the overview leads to what it counts', () => {
  it('closed sessions that should be archived, and no other closed ones', async () => {
    const ago = (days: number) => new Date(at.now().getTime() - days * 24 * HOUR_MS);
    const close = async (daysAgo: number) => {
      const { sessionId } = await at.say('hello', { daysAgo });
      await at.deps.acts.closeSession({ sessionId, actor: ACTOR, now: ago(daysAgo), reason: 'api' });
      return sessionId;
    };
    const [late, fresh] = [await close(3), await close(0)];
    // The tag closes it by itself.
    const { sessionId: spam } = await at.say('buy now', { daysAgo: 3 });
    await at.deps.acts.changeTag({
      ...{ sessionId: spam, tag: 'spam', change: 'add', actor: ACTOR, now: ago(3) },
    });
    const list = await read(await linkOf(/1 closed session should be archived/));
    assert.ok(list.includes(late));
    assert.ok(!list.includes(spam) && !list.includes(fresh));
  });

  it('sessions archived, and those later than promised, in the gauge and in the table of work', async () => {
    const archived = async (lateHours: number) => {
      const { sessionId } = await at.say('hello', { daysAgo: 3 });
      const due = new Date(at.now().getTime() - 30 * HOUR_MS);
      await at.database.db
        .updateTable('session')
        .set({
          ...{ phase: 'archived', closed_at: due, archive_due_at: due, keep_rule: 'base' },
          archived_at: new Date(due.getTime() + lateHours * HOUR_MS),
          keep_until: new Date(at.now().getTime() + 40 * 24 * HOUR_MS),
        })
        .where('id', '=', sessionId)
        .execute();
      return sessionId;
    };
    const [prompt, late, later] = [await archived(-1), await archived(0.5), await archived(2)];
    const all = await read(await linkOf(/^3$/, /done=archive$/));
    const tellsOf = (id: string, lateBy: string) =>
      assert.match(all, new RegExp(`${id}(?:(?!</tr>)[^])*${lateBy}`));
    tellsOf(prompt, 'on time');
    tellsOf(late, '30 min');
    tellsOf(later, '2\\.0 h');
    // Two by two, the latest first.
    const page = async (after: PageEnd | null) => {
      const done = { work: 'archive', since: new Date(0) } as const;
      const filter = { projectId: 'shop', phases: [], seesRestricted: false, now: at.now() };
      const lines = await listOfSessions(at.database.db, { ...filter, done, after, limit: 2 });
      return lines.map(({ id, place }) => ({ id, at: place }));
    };
    const first = await page(null);
    const second = await page(first[1] ?? null);
    assert.deepEqual(
      [...first, ...second].map(({ id }) => id),
      [later, late, prompt],
    );
    const promise = await read(await linkOf(/^2 took longer/, /done=archive-promise/));
    assert.ok(promise.includes(late) && promise.includes(later) && !promise.includes(prompt));
    const hour = await read(await linkOf(/^1$/, /done=archive-late/));
    assert.ok(hour.includes(later) && !hour.includes(late) && !hour.includes(prompt));

    const due = await read(await linkOf(/^3$/, /due=/));
    for (const id of [prompt, late, later]) assert.ok(due.includes(id));
    assert.match(due, /Those whose time is over in the week of \d{4}-\d\d-\d\d, by the rule base/);
    for (const week of ['2020-01-01', '0000-01-01', '9999-12-31']) {
      const elsewhere = await read(`/p/shop/sessions?due=${week}&rule=base`);
      for (const id of [prompt, late, later]) assert.ok(!elsewhere.includes(id), week);
    }
  });

  it('what the archive holds, in all, with a tag and without one', async () => {
    const kept = async (tag?: string) => {
      const { sessionId } = await at.say('hello');
      if (tag)
        await at.deps.acts.changeTag({ ...{ sessionId, tag, change: 'add', actor: ACTOR, now: at.now() } });
      await at.archive(sessionId);
      return sessionId;
    };
    const [refund, bare] = [await kept('refund'), await kept()];
    const { sessionId: live } = await at.say('hello');
    const lists = [
      { words: /B$/, to: /stored=yes$/, of: [refund, bare] },
      { words: /^1$/, to: /tag=refund/, of: [refund] },
      { words: /^1$/, to: /untagged=yes/, of: [bare] },
    ];
    for (const { words, to, of } of lists) {
      const list = await read(await linkOf(words, to));
      for (const id of [refund, bare, live]) assert.equal(list.includes(id), of.includes(id), String(to));
    }
  });

  it('erasures, and those that took longer than was promised', async () => {
    const [quick, slow, slowest] = [await erased(3), await erased(30), await erased(50)];
    for (const done of [/done=promise/, /done=aim/]) {
      const all = await read(await linkOf(/^3$/, done));
      for (const number of [quick, slow, slowest]) assert.ok(all.includes(number));
    }
    const after24 = await read(await linkOf(/2 took longer/, /erasures/));
    assert.ok(after24.includes(slow) && after24.includes(slowest) && !after24.includes(quick));
    const after48 = await read(await linkOf(/1 took longer/, /erasures/));
    assert.ok(after48.includes(slowest) && !after48.includes(slow) && !after48.includes(quick));
  });
});

describe('each count of the overview', () => {
  let filled: FilledStage;
  before(async () => {
    filled = await openFilledStage();
  });
  after(() => filled?.stop());

  const read = async (path: string) => (await filled.carla.browser.get(path)).text();

  /** How many the list has, on all its pages. */
  async function listed(path: string): Promise<number> {
    const text = await read(path);
    const rows = [...text.matchAll(/<th scope="row"/g)].length;
    const next = /<a href="([^"]+)"[^>]*>Next page/.exec(text)?.[1];
    return rows + (next ? await listed(next.replaceAll('&amp;', '&')) : 0);
  }

  it('is the length of the list it leads to', async () => {
    const text = await read('/p/shop/overview');
    const counts = [
      ...text.matchAll(/<span class="figure">([\d,]+)<\/span>\s*<a href="([^"]+)"/g),
      ...[...text.matchAll(/<a href="([^"]+)"\s*>([\d,]+)<\/a/g)].map(([all, href, count]) => [
        all,
        count,
        href,
      ]),
    ].map(([, count = '', href = '']) => ({
      count: Number(count.replaceAll(',', '')),
      href: href.replaceAll('&amp;', '&'),
    }));
    assert.ok(counts.length > 40, `${counts.length} counts`);
    const lengths = [];
    for (const { href } of counts) lengths.push({ count: await listed(href), href });
    assert.deepEqual(lengths, counts);
  });
});
