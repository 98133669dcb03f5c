import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Bot } from 'grammy';
import { startSandbox } from '../../src/sandbox/server.ts';
import { DEMO, personId, TOKEN } from './stage.ts';

describe('a sandbox with a state file', () => {
  it('goes on after a restart with the same ids, chats, files and waiting updates', async (t) => {
    const stateFile = await emptyStateFile(t);
    const before = await startSandbox({ host: '127.0.0.1', port: 0, stateFile });
    const ids = before.world.ensureProject(DEMO);
    const anna = personId(ids, 'customer');
    before.world.play.start(anna);
    const bytes = Buffer.from('kept');
    const { document } = before.world.play.send(anna, { file: { name: 'a.txt', type: 'text/plain', bytes } });
    const api = new Bot(TOKEN, { client: { apiRoot: before.apiRoot } }).api;
    const [first] = await api.getUpdates();
    assert.ok(first);
    await api.getUpdates({ offset: first.update_id + 1 });
    await api.createForumTopic(ids.staffChatId, 'Kept');
    await before.close();
    // A kill in the middle of a write.
    await appendFile(stateFile, '["messages:1","9",{"half');

    const after = await startSandbox({ host: '127.0.0.1', port: 0, stateFile });
    t.after(() => after.close());
    assert.deepEqual(after.world.ensureProject(DEMO), ids);
    const again = new Bot(TOKEN, { client: { apiRoot: after.apiRoot } }).api;
    assert.deepEqual(
      (await again.getUpdates()).map((u) => u.update_id),
      [first.update_id + 1, first.update_id + 2],
    );
    assert.equal(after.world.play.send(anna, { text: 'on we go' }).message_id, 3);
    assert.equal(after.world.play.chats(personId(ids, 'agent'))[1]?.topics[0]?.name ?? 'Kept', 'Kept');
    const { file_path } = await again.getFile(document?.file_id ?? '');
    const kept = await fetch(`${after.apiRoot}/file/bot${TOKEN}/${file_path ?? ''}`);
    assert.equal(await kept.text(), 'kept');
  });

  it('says which line is damaged, and what to do', async (t) => {
    const stateFile = await emptyStateFile(t);
    await writeFile(stateFile, '["counters","file",1]\ngarbage\n["counters","file",2]\n');
    await assert.rejects(
      startSandbox({ host: '127.0.0.1', port: 0, stateFile }),
      /damaged at line 2; delete it/,
    );
    assert.match(await readFile(stateFile, 'utf8'), /garbage/);
  });
});

async function emptyStateFile(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
  t.after(() => rm(directory, { recursive: true }));
  return join(directory, 'sandbox.jsonl');
}
