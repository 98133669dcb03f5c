import assert from 'node:assert/strict';
import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createStage, type Stage } from './stage.ts';

describe('retention archive cat', () => {
  let stage: Stage;
  before(async () => {
    stage = await createStage();
  });
  after(() => stage.close());

  const readings = (id: string) =>
    stage.json<{ reason: string; counts: unknown; actor: { id: string } }[]>(
      ...['audit', 'list', '--session', id, '--action', 'archive.read'],
    );

  it('prints the entries as JSON Lines and records who read them and why', async () => {
    const id = await stage.archiveSession('Where is\u2028my parcel?');
    const { code, stdout, stderr } = await stage.run('archive', 'cat', id, '--reason', 'TICKET-4711');
    assert.deepEqual([code, stderr], [0, '']);
    const lines = stdout.split('\n');
    assert.equal(lines.pop(), '');
    const [entry] = lines.map(
      (line) => JSON.parse(line) as { type: string; revisions: { content: unknown }[] },
    );
    assert.equal(lines.length, 1);
    assert.equal(entry?.type, 'message');
    assert.deepEqual(entry?.revisions[0]?.content, { text: 'Where is\u2028my parcel?' });
    assert.deepEqual(
      (await readings(id)).map(({ reason, counts, actor }) => ({ reason, counts, by: actor.id })),
      [{ reason: 'TICKET-4711', counts: { objects: 1, messages: 1 }, by: 'cli:test' }],
    );
  });

  it('wants a reason, and none that could hold free text', async () => {
    const id = await stage.archiveSession();
    assert.equal((await stage.run('archive', 'cat', id)).code, 2);
    assert.equal((await stage.run('archive', 'cat', id, '--reason', 'Anna asked for it')).code, 2);
    assert.deepEqual(await readings(id), []);
  });

  it('refuses a session that is not archived', async () => {
    const id = await stage.openSession();
    const { code, stderr } = await stage.run('archive', 'cat', id, '--reason', 'test');
    assert.equal(code, 4);
    assert.match(stderr, /is open and not archived yet/);
  });

  it('prints nothing of an object that was altered', async () => {
    const id = await stage.archiveSession();
    const directory = join(stage.archiveDir, 'shop', id);
    const files = (await readdir(directory, { recursive: true })).filter((name) => name.includes('.jsonl'));
    assert.equal(files.length, 1);
    await appendFile(join(directory, files[0] ?? ''), 'x');
    const { code, stdout } = await stage.run('archive', 'cat', id, '--reason', 'test');
    assert.deepEqual([code, stdout], [1, '']);
    assert.equal((await readings(id)).length, 1);
  });
});
