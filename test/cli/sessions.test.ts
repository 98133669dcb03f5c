import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createStage, type Stage } from './stage.ts';

describe('retention session', () => {
  let stage: Stage;
  before(async () => {
    stage = await createStage();
  });
  after(() => stage.close());

  const short = (id: string) => id.slice(0, 8);

  it('closes, reopens and tags a session by the beginning of its id, in the name of the operator', async () => {
    const id = await stage.openSession();
    const closed = await stage.run('session', 'close', short(id));
    assert.equal(closed.code, 0);
    assert.match(closed.stdout, /Closed\. Can be reopened until 2026-03-02 00:00:00 UTC/);
    assert.equal(closed.stderr, '');

    const reopened = await stage.json<{ phase: string }>('session', 'reopen', short(id));
    assert.equal(reopened.phase, 'open');
    await stage.run('session', 'tag', short(id), 'refund');
    const shown = await stage.json<{ tags: { tag: string; addedBy: string }[] }>('session', 'show', id);
    assert.deepEqual(
      shown.tags.map(({ tag, addedBy }) => ({ tag, addedBy })),
      [{ tag: 'refund', addedBy: 'cli:test' }],
    );
    await stage.run('session', 'untag', short(id), 'refund');

    const entries = await stage.json<{ action: string; actor: { kind: string; id: string } }[]>(
      ...['audit', 'list', '--session', short(id)],
    );
    const mine = entries.filter(({ actor }) => actor.kind === 'operator');
    assert.deepEqual(
      mine.map(({ action, actor }) => `${action} ${actor.id}`).toReversed(),
      ['session.closed', 'session.reopened', 'tag.added', 'tag.removed'].map(
        (action) => `${action} cli:test`,
      ),
    );
  });

  it('says on stderr that a tag changed nothing, and gives out where the session stands all the same', async () => {
    const id = await stage.openSession();
    const { code, stdout, stderr } = await stage.run('session', 'untag', id, 'refund');
    assert.equal(code, 0);
    assert.match(stdout, /^[0-9a-f]{8} {2}Open\./);
    assert.equal(stderr, 'Nothing changed: the session does not have it.\n');
  });

  it('refuses what the phase does not allow with exit code 4 and one line', async () => {
    const id = await stage.openSession();
    const { code, stdout, stderr } = await stage.run('session', 'reopen', id);
    assert.equal(code, 4);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`^Cannot reopen session ${id}: it is open\\. .*\n$`));
  });

  it('lists the candidates of an id that may mean several sessions', async () => {
    const ids = ['aaaaaa11-0000-4000-8000-000000000001', 'aaaaaa22-0000-4000-8000-000000000002'];
    for (const id of ids)
      await stage.database.db
        .insertInto('session')
        .values({
          id,
          project_id: 'shop',
          kind: 'group',
          phase: 'open',
          opened_at: stage.now,
          last_activity_at: stage.now,
        })
        .execute();
    const { code, stderr } = await stage.run('session', 'show', 'aaaaaa');
    assert.equal(code, 2);
    for (const id of ids) assert.ok(stderr.includes(id));
    assert.equal((await stage.run('session', 'show', 'AAAAAA11')).code, 0);
  });

  it('takes no fewer than six characters of an id, and finds only what there is', async () => {
    assert.equal((await stage.run('session', 'show', 'aaaaa')).code, 2);
    assert.equal((await stage.run('session', 'show', 'no-id-at-all')).code, 2);
    assert.equal((await stage.run('session', 'show', 'ffffffff')).code, 3);
  });

  it('lists by phase and tag, and says on stderr when there is more', async () => {
    const first = await stage.archiveSession('one', ['complaint']);
    const second = await stage.archiveSession('two', ['complaint']);
    const list = ['session', 'list', '--project', 'shop', '--phase', 'archived', '--tag', 'complaint'];
    const found = await stage.json<{ id: string; tags: string[] }[]>(...list);
    assert.deepEqual(found.map(({ id }) => id).sort(), [first, second].sort());

    const cut = await stage.run(...list, '--limit', '1');
    assert.equal(cut.stdout.trimEnd().split('\n').length, 2);
    assert.match(cut.stderr, /more than these 1/);
    const nothing = await stage.run(...list, '--project', 'elsewhere');
    assert.deepEqual([nothing.code, nothing.stdout], [0, '']);
    assert.deepEqual(await stage.json(...list, '--project', 'elsewhere'), []);
  });

  it('shows where a session stands, why it is kept, its objects and what was done', async () => {
    const id = await stage.archiveSession('Where is it?', ['transaction']);
    await stage.run('hold', 'place', id, '--reason', 'claim 4711');
    const { stdout } = await stage.run('session', 'show', id);
    for (const part of [
      `Session ${id}`,
      'On hold, until it is released.',
      'claim 4711',
      'by policy version 1, because',
      'transactions  2029-03-01 12:00:00Z  audits',
      'session.archived',
      `session%3A${id}`,
    ])
      assert.ok(stdout.includes(part), `${part} is missing in:\n${stdout}`);
    assert.ok(!stdout.includes('Where is it?'));

    const shown = await stage.json<{
      keepUntil: string;
      decision: { keepUntil: string; trace: { rule: string }[] };
      archive: { messages: number }[];
      held: boolean;
    }>('session', 'show', id);
    assert.equal(shown.decision.keepUntil, shown.keepUntil);
    assert.deepEqual(
      shown.decision.trace.map(({ rule }) => rule),
      ['base', 'transactions'],
    );
    assert.deepEqual([shown.archive.length, shown.archive[0]?.messages, shown.held], [1, 1, true]);
  });
});
