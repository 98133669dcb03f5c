import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createExportStage, type ExportStage } from './stage.ts';

let first: ExportStage;
let second: ExportStage;

before(async () => {
  first = await createExportStage();
  second = await createExportStage({ projects: ['shop', 'other'] });
  // Agents keep their place in what they wrote where they are staff, too.
  const { id, ...agent } = await first.database.db.selectFrom('staff').selectAll().executeTakeFirstOrThrow();
  await second.database.db
    .insertInto('staff')
    .values({ ...agent, id, telegram_user_id: 599 })
    .execute();
  const archived = await first.say(101, 'the first question');
  await first.answer(archived, 'the answer');
  await first.archive(archived);
  const closed = await first.say(102, 'second', { firstName: 'Zoë "Z" O’Neil' });
  await first.say(102, 'with more \u2028 lines\nand 📦');
  await first.archive(closed);
  await first.archive(await first.say(101, 'the first person again'));
});
after(async () => {
  await first.close();
  await second.close();
});

async function fileOf(stage: ExportStage, format: 'jsonl' | 'telegram', projectId = 'shop') {
  const query = `project:${projectId}`;
  const files = await stage.files(await stage.export({ format, projectId, query }));
  return files[format === 'jsonl' ? 'sessions.jsonl' : 'result.json'] ?? Buffer.alloc(0);
}

describe('export and import', () => {
  it('give the same sessions back as JSON Lines, byte for byte', async () => {
    const given = await fileOf(first, 'jsonl');
    await second.import(given);
    const back = await fileOf(second, 'jsonl');
    assert.equal(String(back), String(given));
    assert.match(String(given), /the first person again/);
  });

  it('bring nothing twice', async () => {
    const given = await fileOf(first, 'jsonl');
    const summary = (await second.import(given)) as { messages: number; alreadyImported: number };
    assert.deepEqual([summary.messages, summary.alreadyImported], [0, 5]);
    assert.equal(String(await fileOf(second, 'jsonl')), String(given));
  });

  it('give the same sessions back in Telegram Desktop’s layout, byte for byte', async () => {
    const given = await fileOf(first, 'telegram');
    await second.import(given, 'other');
    const back = await fileOf(second, 'telegram', 'other');
    assert.equal(String(back), String(given));
  });

  it('refuses lines that are cut, and leaves whole sessions alone', async () => {
    const given = await fileOf(first, 'jsonl');
    const third = await createExportStage();
    try {
      await assert.rejects(third.import(given.subarray(0, given.length - 20)), { code: 'archive_damaged' });
      const sessions = await third.database.db.selectFrom('session').select('id').execute();
      assert.equal(sessions.length, 2);
    } finally {
      await third.close();
    }
  });
});
