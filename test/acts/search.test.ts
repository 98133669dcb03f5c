import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { SearchAct, SearchPage } from '../../src/acts/search.ts';
import { searchStage, type SearchStage } from './search-stage.ts';

let stage: SearchStage;

before(async () => {
  stage = await searchStage();
});

after(() => stage.close());

async function search(query: string, change: Partial<SearchAct> = {}): Promise<SearchPage> {
  return stage.acts.searchSessions({
    query,
    ...{ reader: stage.operator, reason: 'test', now: stage.now, limit: 20 },
    ...change,
  });
}

async function found(query: string, change: Partial<SearchAct> = {}): Promise<string[]> {
  return (await search(query, change)).hits.map(({ sessionId }) => sessionId);
}

async function rowsOf(sessionId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from search_index where session_id = ${sessionId}`.execute(stage.db);
  return rows[0]?.n ?? 0;
}

const pageText = ({ hits }: SearchPage) =>
  hits.flatMap(({ snippets }) => snippets.map(({ pieces }) => pieces.map(({ text }) => text).join('')));

describe('a message', () => {
  it('is found by its words from the moment it is stored, and shown with them marked', async () => {
    const id = await stage.open('Where is my turquoise umbrella?');
    const page = await search('umbrellas turquoise');
    assert.deepEqual(
      page.hits.map(({ sessionId, checked }) => ({ sessionId, checked })),
      [{ sessionId: id, checked: true }],
    );
    const marked = page.hits[0]?.snippets[0]?.pieces.filter((piece) => piece.found).map(({ text }) => text);
    assert.deepEqual(marked, ['turquoise', 'umbrella']);
  });

  it('is found by what two people said apart, and by what an edit replaced', async () => {
    const id = await stage.open('a kaleidoscope please', { telegramUserId: 881, updateId: 7001 });
    await stage.answer(id, 'the xylophone is sold out');
    await stage.edit(id, 7001, 'a periscope please');
    assert.deepEqual(await found('kaleidoscope xylophone'), [id]);
    assert.deepEqual(await found('periscope kaleidoscope'), [id]);
  });

  it('leaves few rows however many come, and all of them find it', async () => {
    const id = await stage.open('message number zero', { telegramUserId: 882 });
    for (let n = 1; n <= 20; n++) await stage.open(`message quagga${n}`, { telegramUserId: 882 });
    assert.ok((await rowsOf(id)) <= 8, `${await rowsOf(id)} rows`);
    for (const n of [1, 7, 8, 15, 20]) assert.deepEqual(await found(`quagga${n}`), [id]);
  });

  it('says nothing in clear in the index', async () => {
    await stage.open('syzygy');
    const { rows } = await sql<{ all: string }>`
      select string_agg(to_jsonb(i)::text, '') as all from search_index i`.execute(stage.db);
    assert.doesNotMatch(rows[0]?.all ?? '', /syzygy/);
  });

  it('that was imported is found', async () => {
    const id = await stage.importOne('an imported marmalade');
    assert.deepEqual(await found('marmalade'), [id]);
  });
});

describe('a session', () => {
  it('stays findable in the archive: named with its cost, or opened on demand', async () => {
    const id = await stage.archived('the vermilion zeppelin');
    const closed = await search('zeppelin');
    assert.deepEqual(
      closed.hits.map(({ sessionId, checked, objects }) => ({ sessionId, checked, objects })),
      [{ sessionId: id, checked: false, objects: 1 }],
    );
    assert.deepEqual(
      { opened: closed.counts.opened, unopened: closed.counts.unopened },
      { opened: 0, unopened: 1 },
    );
    const costs: unknown[] = [];
    const opened = await search('zeppelin', {
      openArchive: stage.openArchive,
      onCost: (cost) => costs.push(cost),
    });
    assert.deepEqual(pageText(opened), ['the vermilion zeppelin']);
    assert.deepEqual(costs, [{ objects: 1, bytes: closed.hits[0]?.bytes }]);
  });

  it('that is deleted leaves nothing in the index', async () => {
    const id = await stage.archived('a gossamer hourglass');
    assert.ok((await rowsOf(id)) > 0);
    await stage.deleted(id);
    assert.equal(await rowsOf(id), 0);
    assert.deepEqual(await found('gossamer', { openArchive: stage.openArchive }), []);
  });

  it('of a person who is being erased is found no more, and then gone', async () => {
    const id = await stage.open('a clandestine trombone', { telegramUserId: 883 });
    const erase = await stage.confirmErasure(883);
    assert.deepEqual(await found('trombone'), []);
    await erase();
    assert.equal(await rowsOf(id), 0);
  });

  it('of a group loses what an erased member wrote, and keeps what others did', async () => {
    const { id, boris } = await stage.group('the ocelot is mine', 'the pangolin is yours');
    assert.deepEqual(await found('ocelot pangolin'), [id]);
    const erase = await stage.confirmErasure(boris);
    assert.deepEqual(await found('ocelot'), [], 'hidden from the confirmation on');
    await erase();
    assert.deepEqual(await found('ocelot'), []);
    assert.deepEqual(await found('pangolin'), [id]);
    const { rows } = await sql<{ subjects: number }>`
      select count(distinct subject_id)::int as subjects from search_index where session_id = ${id}`.execute(
      stage.db,
    );
    assert.equal(rows[0]?.subjects, 1);
  });
});

describe('a query', () => {
  it('decides alternatives, phrases, exclusions and dimensions on what sessions hold', async () => {
    const late = await stage.open('the wombat came late', { telegramUserId: 884 });
    const never = await stage.open('the wombat never came', { telegramUserId: 885 });
    await stage.tag(never, 'complaint');
    const sorted = (ids: string[]) => ids.toSorted();
    assert.deepEqual(sorted(await found('wombat')), [late, never].sort());
    assert.deepEqual(await found('"wombat never"'), [never]);
    assert.deepEqual(await found('wombat -never'), [late]);
    assert.deepEqual(await found('wombat tag:complaint'), [never]);
    assert.deepEqual(await found('wombat -tag:complaint'), [late]);
    assert.deepEqual(sorted(await found('wombat (late OR tag:complaint)')), [late, never].sort());
    assert.deepEqual(await found('wombat user:885'), [never]);
    assert.deepEqual(await found('user:884 kind:private phase:open project:shop'), [late]);
    assert.deepEqual(await found('wombat project:elsewhere'), []);
    assert.deepEqual(await found('wombat has:photo'), []);
    assert.deepEqual(await found('user:404404404'), []);
  });

  it('ranks sessions with more of its words first', async () => {
    const both = await stage.open('numbat and quokka', { telegramUserId: 886, at: -3 });
    const one = await stage.open('only a numbat', { telegramUserId: 887, at: -1 });
    const other = await stage.open('only a quokka', { telegramUserId: 888, at: -2 });
    assert.deepEqual(await found('numbat OR quokka'), [both, one, other]);
  });

  it('counts days as the project does', async () => {
    // Berlin is an hour ahead of UTC: half past eleven there is the day before.
    const id = await stage.open('a nocturne', { telegramUserId: 889, now: new Date('2026-01-31T23:30:00Z') });
    assert.deepEqual(await found('nocturne from:2026-02-01 to:2026-02-01', { now: stage.now }), [id]);
    assert.deepEqual(await found('nocturne to:2026-01-31'), []);
  });

  it('finds what an agent answered', async () => {
    const id = await stage.open('a question', { telegramUserId: 890 });
    await stage.answer(id, 'an answer');
    assert.ok((await found('agent:501')).includes(id));
    assert.deepEqual(await found('agent:502 question'), []);
  });
});

describe('pages', () => {
  it('hold every session once, whatever their length', async () => {
    const all: string[] = [];
    for (let n = 0; n < 23; n++)
      // Some were opened at the same moment.
      all.push(await stage.open(`capybara number ${n}`, { telegramUserId: 2000 + n, at: -(n >> 2) }));
    for (const limit of [1, 4, 7, 22, 23, 24])
      for (const query of ['capybara', 'capybara OR number', 'capybara -zzz']) {
        const seen: string[] = [];
        let page: string | undefined;
        do {
          const next = await search(query, { limit, ...(page !== undefined && { page }) });
          assert.ok(next.hits.length <= limit);
          seen.push(
            ...next.hits.filter(({ sessionId }) => all.includes(sessionId)).map(({ sessionId }) => sessionId),
          );
          page = next.next ?? undefined;
        } while (page !== undefined);
        assert.equal(seen.length, all.length, `${query} by ${limit}`);
        assert.deepEqual(seen.toSorted(), all.toSorted());
      }
  });

  it('begin nowhere but where one ended', async () => {
    await assert.rejects(search('capybara', { page: 'bm9wZQ' }), { code: 'input_invalid' });
  });
});

describe('a reader', () => {
  it('gets nothing of a restricted session but compliance, and it is counted', async () => {
    const id = await stage.open('a restricted aardvark', { telegramUserId: 891 });
    await stage.restrict(id);
    const held = await search('aardvark');
    assert.deepEqual(
      { hits: held.hits.length, heldBack: held.counts.heldBack, opened: held.counts.opened },
      { hits: 0, heldBack: 1, opened: 0 },
    );
    assert.deepEqual(await found('aardvark', { reader: stage.staff('compliance') }), [id]);
  });

  it('gets nothing of a session that a rule narrows to others', async () => {
    const id = await stage.open('a narrowed anteater', { telegramUserId: 892, projectId: 'clinic' });
    await stage.tag(id, 'healthcare');
    assert.equal((await search('anteater')).counts.heldBack, 1);
    assert.deepEqual(await found('anteater', { reader: stage.staff('supervisor') }), []);
    assert.deepEqual(await found('anteater', { reader: stage.staff('compliance') }), [id]);
  });

  it('who answers sees live sessions, not archives; an administrator sees none', async () => {
    const live = await stage.open('a live armadillo', { telegramUserId: 893 });
    const archived = await stage.archived('an archived armadillo');
    const agent = { reader: stage.staff('agent'), openArchive: stage.openArchive };
    assert.deepEqual(await found('armadillo', agent), [live]);
    const supervisor = { reader: stage.staff('supervisor'), openArchive: stage.openArchive };
    assert.deepEqual((await found('armadillo', supervisor)).toSorted(), [live, archived].sort());
    await assert.rejects(search('armadillo', { reader: stage.staff('admin') }), { code: 'not_allowed' });
    await assert.rejects(search('armadillo', { reader: stage.staff('auditor') }), { code: 'not_allowed' });
  });
});

describe('the audit', () => {
  it('says who opened how many sessions and why, never what was looked for', async () => {
    await stage.open('an audited axolotl', { telegramUserId: 894 });
    await search('axolotl', { reason: 'TICKET-9' });
    const [entry] = await stage.entries('search.read');
    assert.equal(entry?.reason, 'TICKET-9');
    assert.deepEqual(entry?.counts, { sessions: 1, objects: 0, bytes: 0 });
    assert.equal(entry?.actor_id, stage.operator.actor.id);
    assert.doesNotMatch(JSON.stringify(entry), /axolotl/);
  });

  it('has nothing where nothing was opened', async () => {
    const before = (await stage.entries('search.read')).length;
    await search('phase:open');
    await search('notasinglesessionhasthis');
    assert.equal((await stage.entries('search.read')).length, before);
  });
});

describe('an index made anew', () => {
  it('finds what the old one did, live and archived, in one row a person', async () => {
    const live = await stage.open('reindexed lemur one', { telegramUserId: 895 });
    await stage.open('reindexed lemur two', { telegramUserId: 895 });
    await stage.answer(live, 'no lemur here');
    const archived = await stage.archived('an archived lemur');
    const all = { openArchive: stage.openArchive };
    const before = await found('lemur', all);
    const agents = await found('agent:501', all);
    await sql`delete from search_index`.execute(stage.db);
    assert.deepEqual(await found('lemur', all), []);
    const progress: number[] = [];
    for (const projectId of ['shop', 'clinic']) await stage.rebuild(projectId, (done) => progress.push(done));
    assert.deepEqual(await found('lemur', all), before);
    assert.deepEqual(await found('agent:501', all), agents);
    assert.equal(await rowsOf(live), 1);
    assert.equal(await rowsOf(archived), 1);
    assert.ok((progress.at(-1) ?? 0) > 0);
  });

  it('goes on where it was broken off', async () => {
    await assert.rejects(
      stage.rebuild('shop', (done) => {
        if (done > 0) throw new Error('broken off');
      }),
      /broken off/,
    );
    const progress: number[] = [];
    await stage.rebuild('shop', (done) => progress.push(done));
    assert.ok((progress[0] ?? 0) > 0, `went on at ${progress[0]}`);
  });
});

describe('a saved search', () => {
  it('is kept sealed, found by its owner alone, and forgotten with its key', async () => {
    const mine = { owner: 'cli:me', name: 'late' };
    await stage.acts.saveSearch({ ...mine, query: 'Zephyrine tag:refund', now: stage.now });
    assert.equal(await stage.acts.savedSearch(mine), 'Zephyrine tag:refund');
    assert.deepEqual(await stage.acts.listSavedSearches({ owner: 'cli:other' }), []);
    const { rows } = await sql<{ row: string }>`
      select to_jsonb(s)::text || encode(s.query_sealed, 'escape') as row from saved_search s`.execute(
      stage.db,
    );
    assert.doesNotMatch(rows.map(({ row }) => row).join(), /Zephyrine|refund/);
    await assert.rejects(stage.acts.saveSearch({ ...mine, query: 'other', now: stage.now }), {
      code: 'input_invalid',
    });
    await stage.acts.removeSavedSearch(mine);
    await assert.rejects(stage.acts.savedSearch(mine), { code: 'not_found' });
  });
});
