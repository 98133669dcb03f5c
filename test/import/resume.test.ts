import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { TestDatabase } from '../support/database.ts';
import { account, chat, everything, importDatabase, importInto, message, NOW } from './import-fixture.ts';

let database: TestDatabase;
before(async () => {
  database = await importDatabase();
});
after(() => database.drop());

async function empty() {
  for (const table of ['outbox', 'import_progress', 'message', 'participant', 'session', 'subject'])
    await sql`delete from ${sql.table(table)}`.execute(database.db);
}

/** Chats whose messages come at any distance, from seconds to months, some edited, answered or out of place. */
const messages = fc
  .array(
    fc.record({
      step: fc.integer({ min: 1, max: 3 }),
      gap: fc.constantFrom(1, 3600, 3 * 86_400, 6.9 * 86_400, 7.1 * 86_400, 40 * 86_400),
      sender: fc.constantFrom('user4242', 'user777', 'user5', undefined),
      broken: fc.constantFrom(false, false, false, false, true),
      reply: fc.option(fc.integer({ min: 1, max: 9 })),
    }),
    { maxLength: 12 },
  )
  .map((steps) => {
    let id = 0;
    let seconds = Date.parse('2026-01-01T00:00:00Z') / 1000;
    return steps.map(({ step, gap, sender, broken, reply }) => {
      id += step;
      seconds += gap;
      return message(id, new Date(seconds * 1000).toISOString(), {
        from_id: sender,
        ...(reply !== null && { reply_to_message_id: reply }),
        ...(broken && { date_unixtime: 'broken' }),
      });
    });
  });
const kind = fc.constantFrom({ type: 'personal_chat', id: 4242 }, { type: 'private_supergroup', id: 99 });

const RUNS = { numRuns: 25 };

describe('an import that is repeated', () => {
  it('changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(messages, kind, async (list, header) => {
        await empty();
        const first = await importInto(database, chat(list, header));
        const once = await everything(database);
        const second = await importInto(database, chat(list, header));
        assert.deepEqual(await everything(database), once);
        assert.equal(second.summary.messages, 0);
        assert.equal(second.summary.alreadyImported, first.summary.messages);
        assert.deepEqual(second.refusals, first.refusals);
        assert.deepEqual(second.summary.sessions, { open: 0, closed: 0, pastRetention: 0 });
      }),
      RUNS,
    );
  });

  it('with a longer export ends as if that had come at once', async () => {
    await fc.assert(
      fc.asyncProperty(messages, kind, fc.nat(12), async (list, header, cut) => {
        await empty();
        await importInto(database, chat(list, header));
        const once = await everything(database);
        await empty();
        await importInto(database, chat(list.slice(0, cut), header));
        await importInto(database, chat(list, header));
        assert.deepEqual(await everything(database), once);
      }),
      RUNS,
    );
  });

  it('after a file that broke off ends as if the whole file had come at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        messages,
        kind,
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        async (list, header, share) => {
          const text = JSON.stringify(chat(list, header), null, 1);
          const broken = text.slice(
            0,
            Math.max(text.indexOf('['), Math.floor((text.length - 1) * share)) + 1,
          );
          await empty();
          await importInto(database, text);
          const once = await everything(database);
          await empty();
          await importInto(database, broken);
          await importInto(database, text);
          assert.deepEqual(await everything(database), once);
        },
      ),
      RUNS,
    );
  });
});

describe('a longer export', () => {
  const recent = [message(1, '2026-05-29T10:00:00Z'), message(2, '2026-05-30T10:00:00Z')];

  it('goes on in the session that is still open', async () => {
    await empty();
    await importInto(database, chat(recent.slice(0, 1)));
    const { summary } = await importInto(database, chat(recent));
    const { sessions } = await everything(database);
    assert.deepEqual([summary.messages, summary.alreadyImported], [1, 1]);
    assert.deepEqual(
      sessions.map((one) => [one.phase, one.messages.length, one.recorded]),
      [['open', 2, { messages: 2, revisions: 2, attachments: 0 }]],
    );
  });

  it('opens a new session, linked to the old one, once that is being archived', async () => {
    await empty();
    const old = [message(1, '2024-01-01T10:00:00Z'), message(2, '2024-01-02T10:00:00Z')];
    await importInto(database, chat(old.slice(0, 1)));
    await database.db.updateTable('session').set({ archive_began_at: NOW }).execute();
    await importInto(database, chat(old));
    const { sessions } = await everything(database);
    assert.deepEqual(
      sessions.map((one) => [one.phase, one.messages.length, one.previous_session_id]),
      [
        ['closed', 1, -1],
        ['closed', 1, 0],
      ],
    );
  });
});

describe('two imports of one file at the same time', () => {
  it('end as one', async () => {
    const list = Array.from({ length: 2500 }, (_, index) =>
      message(index + 1, new Date(1_600_000_000_000 + index * 3_600_000 * 9).toISOString()),
    );
    await empty();
    await importInto(database, chat(list));
    const once = await everything(database);
    await empty();
    const both = await Promise.all([importInto(database, chat(list)), importInto(database, chat(list))]);
    assert.deepEqual(await everything(database), once);
    assert.equal(both[0].summary.messages + both[1].summary.messages, list.length);
  });
});

describe('an import that is killed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'retention-import-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('and run again ends as if it had run once', async () => {
    const chats = Array.from({ length: 8 }, (_, at) =>
      chat(
        Array.from({ length: 600 }, (_, index) => {
          const seconds = 1_600_000_000 + at + index * 50 + Math.floor(index / 70) * 30 * 86_400;
          return message(index + 1, new Date(seconds * 1000).toISOString(), {
            from_id: index % 2 === 0 ? `user${4300 + at}` : 'user777',
            ...(index % 5 === 0 && { reply_to_message_id: index }),
          });
        }),
        { id: 4300 + at },
      ),
    );
    const content = account(chats);
    const file = join(directory, 'result.json');
    writeFileSync(file, JSON.stringify(content));
    await empty();
    await importInto(database, content);
    const expected = await everything(database);
    await empty();
    let killed = 0;
    for (const batches of [1, 1, 2]) killed += (await importAndDie(file, batches)) === 'SIGKILL' ? 1 : 0;
    assert.equal(killed, 3);
    const { summary } = await importInto(database, content);
    assert.ok(summary.alreadyImported > 0 && summary.messages > 0, 'some landed before, some after');
    assert.deepEqual(await everything(database), expected);
  });

  async function importAndDie(file: string, batches: number): Promise<NodeJS.Signals | null> {
    const program = join(import.meta.dirname, 'import-until-killed.ts');
    const args = [program, file, database.url, database.keysUrl, database.secretsDir, String(batches)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    await once(child, 'exit');
    return child.signalCode;
  }
});
