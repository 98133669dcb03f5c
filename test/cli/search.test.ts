import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createStage, type Stage } from './stage.ts';

let stage: Stage;
let directory: string;

before(async () => {
  stage = await createStage();
  directory = await mkdtemp(join(tmpdir(), 'retention-transcript-'));
});

after(async () => {
  await stage.close();
  await rm(directory, { recursive: true, force: true });
});

interface Page {
  readonly hits: readonly { readonly sessionId: string; readonly checked: boolean }[];
  readonly next: string | null;
}

describe('retention search', () => {
  it('shows the words where they stand', async () => {
    const id = await stage.openSession('I want my refund for the blue teapot');
    const { code, stdout, stderr } = await stage.run('search', 'teapots', '--reason', 'TICKET-1');
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(id.slice(0, 8)));
    assert.match(stdout, /customer: I want my refund for the blue \[teapot\]/);
    assert.match(stderr, /1 sessions on this page; 1 opened/);
  });

  it('asks for a reason', async () => {
    const { code, stderr } = await stage.run('search', 'teapot');
    assert.equal(code, 2);
    assert.match(stderr, /--reason/);
  });

  it('points at what it cannot read', async () => {
    const { code, stderr } = await stage.run('search', 'late phase:gone', '--reason', 'x');
    assert.equal(code, 2);
    assert.match(stderr, /^late phase:gone\n {11}\^\n/);
    assert.match(stderr, /at character 12: phase: takes one of open, closed/);
  });

  it('says what opening archived sessions costs, and opens them when asked', async () => {
    const id = await stage.archiveSession('an archived samovar');
    const closed = await stage.run('search', 'samovar', '--reason', 'x');
    assert.match(closed.stdout, /archived, not opened: 1 objects, \d/);
    assert.match(closed.stderr, /1 are archived and not looked into \(1 objects, .*--archived/);
    const opened = await stage.run('search', 'samovar', '--reason', 'x', '--archived');
    assert.match(opened.stderr, /Opening 1 archive objects/);
    assert.match(opened.stdout, /an archived \[samovar\]/);
    const page = await stage.json<Page>('search', 'samovar', '--reason', 'x', '--archived');
    assert.deepEqual(
      page.hits.map(({ sessionId, checked }) => [sessionId, checked]),
      [[id, true]],
    );
  });

  it('goes on page by page', async () => {
    const ids = [];
    for (let n = 0; n < 3; n++) ids.push(await stage.openSession(`a paged abacus ${n}`));
    const first = await stage.json<Page>('search', 'abacus', '--reason', 'x', '--limit', '2');
    assert.ok(first.next);
    const second = await stage.json<Page>(
      'search',
      'abacus',
      '--reason',
      'x',
      '--limit',
      '2',
      '--page',
      first.next,
    );
    assert.equal(second.next, null);
    const seen = [...first.hits, ...second.hits].map(({ sessionId }) => sessionId);
    assert.deepEqual(seen.toSorted(), ids.toSorted());
  });

  it('keeps queries under names', async () => {
    const id = await stage.openSession('a saved barometer');
    assert.equal((await stage.run('search', 'save', 'weather', 'barometer')).code, 0);
    assert.match((await stage.run('search', 'list')).stdout, /weather +barometer/);
    const page = await stage.json<Page>('search', 'run', 'weather', '--reason', 'x');
    assert.deepEqual(
      page.hits.map(({ sessionId }) => sessionId),
      [id],
    );
    assert.equal((await stage.run('search', 'remove', 'weather')).code, 0);
    assert.notEqual((await stage.run('search', 'run', 'weather', '--reason', 'x')).code, 0);
    assert.match((await stage.run('search', 'save', 'bad', '(barometer')).stderr, /\^/);
  });

  it('indexes anew', async () => {
    const { code, stderr } = await stage.run('search', 'reindex', '--project', 'shop');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /shop: \d+ sessions indexed/);
    assert.notEqual((await stage.run('search', 'reindex', '--project', 'elsewhere')).code, 0);
  });
});

describe('retention transcript', () => {
  it('prints a session as a page that runs nothing, with its own audit entry', async () => {
    const id = await stage.openSession('<script>alert(1)</script> שלום');
    const { code, stdout, stderr } = await stage.run('transcript', id, '--reason', 'dispute');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /&lt;script&gt;alert\(1\)&lt;\/script&gt; שלום/);
    assert.doesNotMatch(stdout, /<script/);
    assert.match(stdout, /dir="auto"/);
    assert.match(stdout, /Time zone/);
    const entry = await stage.database.db
      .selectFrom('audit_entry')
      .selectAll()
      .where('action', '=', 'transcript.read')
      .executeTakeFirstOrThrow();
    assert.equal(entry.object_id, id);
    assert.equal(entry.reason, 'dispute');
    assert.match(stdout, new RegExp(`audit entry ${entry.seq}\\b[\\s\\S]*${entry.op_id}`));
  });

  it('is the same of an archived session, in a file for its owner alone', async () => {
    const id = await stage.archiveSession('kept on paper', ['refund']);
    const file = join(directory, 'page.html');
    const { code, stdout } = await stage.run('transcript', id, '--reason', 'dispute', '--to', file);
    assert.equal(code, 0);
    assert.equal(stdout, '');
    assert.match(await readFile(file, 'utf8'), /kept on paper[\s\S]*audit entry/);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const again = await stage.run('transcript', id, '--reason', 'dispute', '--to', file);
    assert.notEqual(again.code, 0, 'a file that is there is not written over');
  });
});
