import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, StagePerson } from './stage.ts';
import { leadsTo } from './stage.ts';
import { openSessionsStage, PHOTO, type SessionsStage } from './sessions-stage.ts';

const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(1)>`;

let at: SessionsStage;
let agent: StagePerson;
let supervisor: StagePerson;
let compliance: StagePerson;

before(async () => {
  at = await openSessionsStage({
    translations: {
      translate: () => Promise.resolve(undefined),
      translateTranscript: ({ entries }, { to }) =>
        Promise.resolve({
          to,
          unavailable: 0,
          entries: new Map(entries.map(({ ref }) => [ref, { text: 'Wo ist es?', from: 'en' }])),
        }),
    },
  });
  agent = await at.person({ shop: ['agent'] });
  supervisor = await at.person({ shop: ['supervisor'] });
  compliance = await at.person({ shop: ['compliance'] });
});

after(() => at.stop());

const text = async (answer: Promise<Response>, status = 200) => {
  const response = await answer;
  const body = await response.text();
  assert.equal(response.status, status, body.slice(0, 4000));
  return body;
};
const page = (who: StagePerson, path: string, status = 200) =>
  text(who.browser.get(`/p/shop${path}`), status);
const send = (
  who: StagePerson,
  path: string,
  fields: Parameters<Browser['post']>[1],
  from = path,
): Promise<Response> => who.browser.post(`/p/shop${path}`, fields, { from: `/p/shop${from}` });
const search = (who: StagePerson, fields: Record<string, string>, status = 200) =>
  text(send(who, '/sessions/search', fields, '/sessions'), status);
const short = (id: string) => `<code>${id.slice(0, 8)}</code>`;
const after_ = async (response: Response, who: StagePerson) => {
  assert.equal(response.status, 303, await response.text());
  return text(who.browser.get(leadsTo(response)));
};

describe('the list of sessions', () => {
  it('is narrowed by phase, tag, hold and day, and reads nothing of what was written', async () => {
    const open = await at.say('the first words', { daysAgo: 40 });
    const tagged = await at.say('others', { daysAgo: 3 });
    const act = { actor: { kind: 'operator', id: 'test' }, now: at.now() } as const;
    await at.deps.acts.changeTag({ sessionId: tagged.sessionId, tag: 'refund', change: 'add', ...act });
    await at.deps.acts.placeHold({ sessionId: open.sessionId, reason: 'claim', ...act });
    await at.archive(tagged.sessionId);

    const all = await page(supervisor, '/sessions');
    assert.ok(all.includes(short(open.sessionId)) && all.includes(short(tagged.sessionId)));
    assert.doesNotMatch(all, /first words/);
    for (const [filter, shown, hidden] of [
      ['phase=archived', tagged, open],
      ['tag=refund', tagged, open],
      ['held=yes', open, tagged],
      [`to=${new Date(Date.now() - 20 * 86_400_000).toISOString().slice(0, 10)}`, open, tagged],
    ] as const) {
      const narrowed = await page(supervisor, `/sessions?${filter}`);
      assert.ok(narrowed.includes(short(shown.sessionId)), filter);
      assert.ok(!narrowed.includes(short(hidden.sessionId)), filter);
    }
    assert.deepEqual(await at.entries('search.read'), []);
  });

  it('finds what wider holds are on: of a customer, of a tag, of days', async () => {
    const one = await at.say('held by its customer', { daysAgo: 200 });
    const two = await at.say('held by its tag', { daysAgo: 201 });
    const act = { actor: { kind: 'operator', id: 'test' }, now: at.now() } as const;
    await at.deps.acts.changeTag({ sessionId: two.sessionId, tag: 'complaint', change: 'add', ...act });
    const three = await at.say('held by its day', { daysAgo: 300 });
    const free = await at.say('held by nothing', { daysAgo: 250 });
    await at.deps.acts.holdSubject({ subjectId: one.subjectId, reason: 'x', ...act });
    await at.deps.acts.holdQuery({ projectId: 'shop', tag: 'complaint', reason: 'x', ...act });
    const lastDay = new Date(Date.now() - 299 * 86_400_000).toISOString().slice(0, 10);
    await at.deps.acts.holdQuery({ projectId: 'shop', lastDay, reason: 'x', ...act });
    const held = await page(supervisor, '/sessions?held=yes');
    for (const { sessionId } of [one, two, three]) assert.ok(held.includes(short(sessionId)));
    assert.ok(!held.includes(short(free.sessionId)));
  });

  it('goes on where the page before ended, without gap and without repetition', async () => {
    const made: string[] = [];
    for (let n = 0; n < 53; n += 1) {
      const { sessionId } = await at.say(`number ${n}`, { projectId: 'other', daysAgo: n + 1 });
      made.push(sessionId);
    }
    const there = await at.person({ other: ['supervisor'] });
    const first = await text(there.browser.get('/p/other/sessions'));
    const next = /href="([^"]+)" rel="next"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await text(there.browser.get(next));
    const seen = [first, second].flatMap((body) => made.filter((id) => body.includes(short(id))));
    assert.deepEqual(seen, made);
    assert.match(await text(there.browser.get('/p/other/sessions?after=nonsense')), /Next page/);
  });

  it('shows agents what is live, and no archive', async () => {
    const live = await at.say('still here');
    const old = await at.say('long gone');
    await at.archive(old.sessionId);
    const list = await page(agent, '/sessions');
    assert.ok(list.includes(short(live.sessionId)));
    assert.ok(!list.includes(short(old.sessionId)));
    assert.match(await page(agent, '/sessions?phase=archived'), /No session is like that/);
    assert.match(await page(agent, `/sessions/${old.sessionId}`, 403), /Supervisors and compliance/);
  });
});

describe('searching', () => {
  it('shows words in their context, as text, and records the reading with its reason', async () => {
    const { sessionId } = await at.say(`The zeppelin is late ${HOSTILE}`);
    const body = await search(supervisor, { q: 'zeppelin', reason: 'TICKET-1' });
    assert.ok(body.includes(short(sessionId)));
    assert.match(body, /<mark>zeppelin<\/mark> is late &lt;script&gt;/);
    assert.doesNotMatch(body, /<script>alert|<img src=x/);
    const entries = await at.entries('search.read');
    assert.equal(entries.at(-1)?.reason, 'TICKET-1');
    assert.doesNotMatch(JSON.stringify(entries), /zeppelin/);
  });

  it('opens nothing for words without a reason, nor for one that is free text', async () => {
    const before = (await at.entries('search.read')).length;
    assert.match(await search(supervisor, { q: 'zeppelin' }, 422), /Say why: looking for words opens/);
    const wrong = await search(supervisor, { q: 'zeppelin', reason: 'because I want' }, 422);
    assert.match(wrong, /Letters, digits and/);
    assert.match(wrong, /value="zeppelin"/);
    assert.equal((await at.entries('search.read')).length, before);
  });

  it('puts plain fields together into one query', async () => {
    const wanted = await at.say('the kettle leaks', { telegramUserId: 7_700_001 });
    const other = await at.say('the kettle sings', { telegramUserId: 7_700_002 });
    const body = await search(supervisor, {
      ...{ q: 'kettle OR teapot', customer: '7700001', without: 'sings' },
      ...{ since: '2020-01-01', standing: 'open', chat: 'private', reason: 'audit' },
    });
    assert.match(
      body,
      /\(kettle OR teapot\) user:7700001 phase:open kind:private from:2020-01-01 -&quot;sings&quot;/,
    );
    assert.ok(body.includes(short(wanted.sessionId)));
    assert.ok(!body.includes(short(other.sessionId)));
  });

  it('points at what cannot be read', async () => {
    const body = await search(supervisor, { q: 'kettle (leaks', reason: 'audit' }, 422);
    assert.match(body, /this bracket is never closed/);
    assert.match(body, /kettle <mark>\(<\/mark>leaks/);
  });

  it('names archived sessions with what opening them costs, and opens them on demand', async () => {
    const { sessionId } = await at.say('a rare astrolabe');
    await at.archive(sessionId);
    const closed = await search(supervisor, { q: 'astrolabe', reason: 'audit' });
    assert.ok(closed.includes(short(sessionId)));
    assert.match(closed, /Archived and not opened: 1 object, /);
    assert.doesNotMatch(closed, /<mark>/);
    assert.match(closed, /Open the archived ones as well: 1 object/);
    const opened = await search(supervisor, { q: 'astrolabe', reason: 'audit', archived: 'yes' });
    assert.match(opened, /a rare <mark>astrolabe<\/mark>/);
    const mine = await search(agent, { q: 'astrolabe', reason: 'audit', archived: 'yes' });
    assert.ok(!mine.includes(short(sessionId)));
    assert.match(mine, /1 more are held back/);
  });

  it('follows a link that asks for a tag, without a reason, since nothing is opened', async () => {
    const before = (await at.entries('search.read')).length;
    assert.match(await page(supervisor, '/sessions?q=tag:refund'), /Nothing was opened/);
    const words = await page(supervisor, '/sessions?q=zeppelin');
    assert.doesNotMatch(words, /value="zeppelin"/);
    assert.match(words, /The search in this address was not made/);
    const person = await page(supervisor, '/sessions?q=user:123456789');
    assert.match(person, /The search in this address was not made/);
    assert.doesNotMatch(person, /value="user:123456789"/);
    assert.doesNotMatch(words, /<mark>/);
    assert.equal((await at.entries('search.read')).length, before);
  });

  it('keeps searches of one’s own, runs and removes them', async () => {
    const saved = await send(supervisor, '/sessions/saved', { name: 'late', q: 'tag:refund' }, '/sessions');
    assert.match(await after_(saved, supervisor), /<a href="[^"]+saved=late">late<\/a>/);
    assert.match(await page(supervisor, '/sessions?saved=late'), /Query: <code dir="auto">tag:refund/);
    assert.doesNotMatch(await page(compliance, '/sessions'), /saved=late/);
    await text(compliance.browser.get('/p/shop/sessions?saved=late'), 404);
    const again = await send(supervisor, '/sessions/saved', { name: 'late', q: 'tag:x' }, '/sessions');
    assert.match(await text(Promise.resolve(again), 422), /You have a saved search late already/);
    const gone = await send(supervisor, '/sessions/saved/remove', { name: 'late' }, '/sessions');
    assert.doesNotMatch(await after_(gone, supervisor), /saved=late/);
  });

  it('finds nothing of another project, whatever the query says', async () => {
    const { sessionId } = await at.say('a hidden gramophone', { projectId: 'other' });
    const body = await search(supervisor, { q: 'gramophone', reason: 'audit' });
    assert.ok(!body.includes(short(sessionId)));
    const named = await search(supervisor, { q: 'x) OR (gramophone project:other', reason: 'audit' }, 422);
    assert.ok(!named.includes(short(sessionId)));
  });
});

describe('the page of a session', () => {
  it('says where it stands, why it is kept and what was done', async () => {
    const { sessionId, subjectId } = await at.say('hello', { firstName: HOSTILE });
    await at.archive(sessionId);
    const body = await page(compliance, `/sessions/${sessionId}`);
    assert.match(body, /class="now"[^>]*aria-current="step"[^>]*>\s*<strong>Archived/);
    assert.match(body, /Archived\. Kept until/);
    assert.match(body, /by the base period \(policy version 1\)/);
    assert.match(body, /session archived/);
    assert.match(body, new RegExp(`http://temporal.invalid/${sessionId}`));
    assert.match(body, new RegExp(`/customers/${subjectId}`));
    assert.match(body, /&lt;script&gt;alert/);
    assert.doesNotMatch(body, /<script>alert|>hello</);
  });

  it('shows the entries of the log to those who read it, and the acts alone to others', async () => {
    const { sessionId } = await at.say('hello');
    assert.match(await page(compliance, `/sessions/${sessionId}`), />Entry<\/th>/);
    const others = await page(agent, `/sessions/${sessionId}`);
    assert.match(others, /session opened/);
    assert.doesNotMatch(others, />Entry<\/th>/);
  });

  it('is not there for another project, nor once an erasure has taken it, nor restricted for others', async () => {
    const other = await at.say('elsewhere', { projectId: 'other' });
    await page(supervisor, `/sessions/${other.sessionId}`, 404);
    await page(supervisor, '/sessions/no-id', 404);
    const gone = await at.say('to be erased', { telegramUserId: 8_800_001 });
    await at.confirmErasure(8_800_001);
    await page(compliance, `/sessions/${gone.sessionId}`, 404);
    await page(supervisor, `/customers/${gone.subjectId}`, 404);
    const kept = await at.say('kept by law');
    await at.database.db
      .updateTable('session')
      .set({ restricted_at: at.now() })
      .where('id', '=', kept.sessionId)
      .execute();
    await page(supervisor, `/sessions/${kept.sessionId}`, 404);
    assert.match(await page(compliance, `/sessions/${kept.sessionId}`), /restricted/);
    assert.ok(!(await page(supervisor, '/sessions')).includes(short(kept.sessionId)));
    assert.ok((await page(compliance, '/sessions?restricted=yes')).includes(short(kept.sessionId)));
  });

  it('closes and reopens it', async () => {
    const { sessionId } = await at.say('hello');
    const here = `/sessions/${sessionId}`;
    const closed = await send(agent, `${here}/close`, {}, here);
    assert.match(await after_(closed, agent), /Can be reopened until/);
    const reopened = await send(agent, `${here}/reopen`, {}, here);
    assert.match(await after_(reopened, agent), /The session is open again/);
    const twice = await send(agent, `${here}/reopen`, {}, here);
    assert.match(await text(Promise.resolve(twice), 409), /so it cannot be reopened/);
  });

  it('shows the new date before a tag is saved', async () => {
    const { sessionId } = await at.say('hello');
    await at.archive(sessionId);
    const here = `/sessions/${sessionId}`;
    const preview = await page(supervisor, `${here}/tag?change=add&tag=transaction`);
    assert.match(preview, /It will be kept until[\s\S]+by transactions[\s\S]+Now it is kept until/);
    assert.doesNotMatch(await page(supervisor, here), /Take off/);
    const saved = await send(
      supervisor,
      `${here}/tag`,
      { tag: 'transaction', change: 'add' },
      `${here}/tag?change=add&tag=transaction`,
    );
    assert.match(await after_(saved, supervisor), /The tag transaction is added/);
    const removal = await page(supervisor, `${here}/tag?change=remove&tag=transaction`);
    assert.match(removal, /It will be deleted <strong>earlier/);
    assert.match(
      await page(supervisor, `${here}/tag?change=add&tag=No%20tag`, 422),
      /A tag is a small-letter word/,
    );
  });

  it('places a hold, and asks a second person before it is released', async () => {
    const { sessionId } = await at.say('hello');
    const here = `/sessions/${sessionId}`;
    const past = await send(supervisor, `${here}/hold`, { holdReason: 'claim', until: '2020-01-01' }, here);
    assert.match(await text(Promise.resolve(past), 422), /that has passed/);
    const placed = await send(supervisor, `${here}/hold`, { holdReason: `claim ${HOSTILE}` }, here);
    assert.match(await after_(placed, supervisor), /On hold: whatever comes, nothing of it is destroyed/);
    const asked = await send(supervisor, `${here}/release`, { releaseReason: 'settled' }, `${here}/release`);
    assert.match(await after_(asked, supervisor), /Waits for a second person/);
    assert.match(await page(supervisor, here), /in force/);
  });

  it('keeps a note with the session, and transfers it', async () => {
    const { sessionId } = await at.say('hello');
    const here = `/sessions/${sessionId}`;
    const noted = await send(agent, `${here}/note`, { note: `calls back ${HOSTILE}` }, here);
    assert.match(await after_(noted, agent), /The note is kept/);
    assert.match(await text(send(agent, `${here}/note`, {}, here), 422), /Write the note/);
    const read = await text(send(agent, `${here}/transcript`, { reason: 'T-1' }, here));
    assert.match(read, /Notes of staff[\s\S]+calls back &lt;script&gt;/);
    const to = await at.database.db
      .selectFrom('staff')
      .select('id')
      .where('project_id', '=', 'shop')
      .where('account_id', '=', agent.accountId)
      .executeTakeFirstOrThrow();
    const moved = await send(supervisor, `${here}/transfer`, { to: to.id }, here);
    assert.match(await after_(moved, supervisor), new RegExp(agent.login));
  });
});

describe('reading a session', () => {
  it('asks why, records it, and shows edits, replies and translations', async () => {
    const { sessionId, subjectId } = await at.say('Where is it?', { telegramUserId: 6_600_001 });
    const { telegram_message_id: number } = await at.database.db
      .selectFrom('message')
      .select('telegram_message_id')
      .where('session_id', '=', sessionId)
      .executeTakeFirstOrThrow();
    await at.deps.acts.editCustomerMessage({
      ...{ projectId: 'shop', subjectId, telegramMessageId: number ?? 0, botId: 77, updateId: 990_001 },
      ...{ content: { text: `Where is my parcel? ${HOSTILE}` }, editedAt: at.now(), now: at.now() },
    });
    const here = `/sessions/${sessionId}`;
    const before = (await at.entries('transcript.read')).length;
    assert.match(await text(send(agent, `${here}/transcript`, {}, here), 422), /Say why/);
    assert.equal((await at.entries('transcript.read')).length, before);
    const read = await text(send(agent, `${here}/transcript`, { reason: 'TICKET-7', translate: 'de' }, here));
    assert.match(read, /<del[^>]*>Where is it\?<\/del>/);
    assert.match(read, /Where is my parcel\? &lt;script&gt;/);
    assert.match(read, /lang="de"[^>]*>Wo ist es\?/);
    const entry = (await at.entries('transcript.read')).at(-1);
    assert.deepEqual([entry?.reason, entry?.object_id], ['TICKET-7', sessionId]);
  });

  it('opens an archive for who reads archives, and saves a kept file as a file, recorded', async () => {
    const { sessionId } = await at.say('see the photo', { photo: `crack ${HOSTILE}.html` });
    await at.archive(sessionId);
    const here = `/sessions/${sessionId}`;
    await text(send(agent, `${here}/transcript`, { reason: 'T-1' }, '/sessions'), 403);
    const read = await text(send(supervisor, `${here}/transcript`, { reason: 'T-2' }, here));
    assert.match(read, /see the photo/);
    assert.doesNotMatch(read, /<script>alert/);
    const path = /action="\/p\/shop(\/sessions\/[^"]+\/files\/[^"]+)"/.exec(read)?.[1] ?? '';
    const file = await send(supervisor, path, { reason: 'T-2', name: `crack ${HOSTILE}.html` }, here);
    assert.equal(file.status, 200);
    assert.equal(file.headers.get('content-type'), 'application/octet-stream');
    assert.match(file.headers.get('content-disposition') ?? '', /^attachment; filename="[\w.-]+"$/);
    assert.deepEqual(Buffer.from(await file.arrayBuffer()), PHOTO);
    assert.deepEqual(
      (await at.entries('attachment.read')).map(({ reason, object_id: id }) => [reason, id]),
      [['T-2', sessionId]],
    );
    await text(send(agent, path, { reason: 'T-2' }, '/sessions'), 403);
  });
});

describe('the page of a customer', () => {
  it('shows who they are, their sessions and consent, to those who may read one of them', async () => {
    const first = await at.say('one', { telegramUserId: 6_700_001, firstName: `Zoë ${HOSTILE}` });
    await at.archive(first.sessionId);
    const second = await at.say('two', { telegramUserId: 6_700_001, firstName: `Zoë ${HOSTILE}` });
    const here = `/customers/${first.subjectId}`;
    const seen = await page(supervisor, here);
    assert.match(seen, /Zoë &lt;script&gt;/);
    assert.doesNotMatch(seen, /6700001|<script>alert/);
    assert.ok(seen.includes(short(first.sessionId)) && seen.includes(short(second.sessionId)));
    assert.match(seen, new RegExp(`/erasures/new\\?subject=${first.subjectId}`));
    const agents = await page(agent, here);
    assert.ok(agents.includes(short(second.sessionId)) && !agents.includes(short(first.sessionId)));
    await text(supervisor.browser.get(`/p/other${here}`), 404);
    await page(supervisor, '/customers/no-id', 404);
    const gone = await at.say('three');
    await at.archive(gone.sessionId);
    await page(agent, `/customers/${gone.subjectId}`, 404);
  });

  it('corrects where they live, and holds all of theirs', async () => {
    const { subjectId } = await at.say('hello');
    const here = `/customers/${subjectId}`;
    const wrong = await send(supervisor, `${here}/jurisdiction`, { jurisdiction: 'UK' }, here);
    assert.match(await text(Promise.resolve(wrong), 422), /Say why/);
    const right = await send(supervisor, `${here}/jurisdiction`, { jurisdiction: 'UK', reason: 'T-9' }, here);
    assert.match(await after_(right, supervisor), /They live in UK/);
    const held = await send(supervisor, `${here}/hold`, { holdReason: 'claim' }, here);
    assert.match(await after_(held, supervisor), /On hold: 1 session now/);
  });
});
