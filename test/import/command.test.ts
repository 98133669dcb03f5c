import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, afterEach, before, describe, it } from 'node:test';
import { importExport, type ImportOrder } from '../../src/acts/import/import-export.ts';
import { createImportCommand } from '../../src/cli/import.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { TestDatabase } from '../support/database.ts';
import { chat, importDatabase, message, NOW, PROJECT, pseudonym } from './import-fixture.ts';

let database: TestDatabase;
const directory = mkdtempSync(join(tmpdir(), 'retention-import-'));
before(async () => {
  database = await importDatabase();
});
after(async () => {
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});
afterEach(() => {
  process.exitCode = undefined;
});

let files = 0;

async function run(content: string, ...options: string[]) {
  const file = join(directory, `result-${++files}.json`);
  writeFileSync(file, content);
  const written: string[] = [];
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  let open = 0;
  const command = createImportCommand({
    stdout,
    stderr: new Writable({ write: (_chunk, _encoding, done) => done() }),
    clock: () => NOW,
    actor: { kind: 'operator', id: 'test' },
    open: () => {
      open += 1;
      const { db, vault } = database;
      return Promise.resolve({
        importExport: (source: AsyncIterable<Buffer>, order: ImportOrder) =>
          importExport({ db, vault, pseudonym }, source, order),
        close: () => Promise.resolve(void (open -= 1)),
      });
    },
  });
  process.exitCode = undefined;
  await command
    .parseAsync([file, '--project', PROJECT, ...options], { from: 'user' })
    .finally(() => assert.equal(open, 0));
  const exitCode = process.exitCode;
  process.exitCode = undefined;
  return { exitCode, output: written.join(''), report: `${file}.refused.jsonl` };
}

let lastChat = 5000;

function text(...messages: unknown[]): string {
  return JSON.stringify(chat(messages, { id: ++lastChat }), null, 1);
}

const fine = (id: number) => message(id, '2024-01-01T10:00:00Z');

describe('retention import', () => {
  it('says in a few lines what it did, and makes no report when all is well', async () => {
    const { exitCode, output, report } = await run(text(fine(1), fine(2)));
    assert.equal(exitCode, undefined);
    assert.match(output, /Messages +2\n/);
    assert.match(output, /Sessions, closed +1, of which 1 are past their retention/);
    assert.equal(existsSync(report), false);
  });

  it('gives the same to programs', async () => {
    const { output } = await run(text(fine(1)), '--json');
    assert.deepEqual(JSON.parse(output), {
      chats: 1,
      messages: 1,
      alreadyImported: 0,
      refused: 0,
      sessions: { open: 0, closed: 1, pastRetention: 1 },
      brokeOff: null,
      report: null,
    });
  });

  it('lists what it refused without names and texts, and exits with 6', async () => {
    const { exitCode, report } = await run(
      text(fine(1), fine(1), { id: 2, type: 'message', text: 'secret' }),
    );
    assert.equal(exitCode, 6);
    const lines = readFileSync(report, 'utf8').trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { reason: string }).reason),
      ['id_repeated', 'date_missing'],
    );
    assert.ok(!/secret|Ann/.test(lines.join()));
  });

  it('puts the report where it is told to', async () => {
    const report = join(directory, 'elsewhere.jsonl');
    await run(text(fine(1), fine(1)), '--report', report);
    assert.equal(existsSync(report), true);
  });

  it('imports what came before the place where a file breaks off, and says where that is', async () => {
    const whole = text(fine(1), fine(2), fine(3));
    const broken = whole.slice(0, whole.indexOf('"id": 3') + 20);
    const { exitCode, output } = await run(broken, '--json');
    const summary = JSON.parse(output) as { messages: number; brokeOff: unknown };
    assert.equal(exitCode, 6);
    assert.equal(summary.messages, 2);
    assert.deepEqual(summary.brokeOff, { atByte: broken.length, reason: 'file_truncated' });
  });

  it('imports what came before damage', async () => {
    const whole = text(...Array.from({ length: 100 }, (_, index) => fine(index + 1)));
    const at = whole.indexOf('"id": 80');
    const { exitCode, output } = await run(`${whole.slice(0, at)}\u0000${whole.slice(at)}`, '--json');
    const { messages, brokeOff } = JSON.parse(output) as { messages: number; brokeOff: { reason: string } };
    assert.equal(exitCode, 6);
    assert.equal(brokeOff.reason, 'file_damaged');
    assert.ok(messages > 50 && messages < 80, `${messages}`);
  });

  it('refuses a file that is no export, and says what it expected', async () => {
    const cases: [content: string, says: RegExp][] = [
      ['', /ends before anything of an export came/],
      ['<html>', /not JSON/],
      [
        '{"guild": {}, "channel": {}, "messages": []}',
        /not a Telegram Desktop export: expected `messages` or `chats.list`/,
      ],
      ['{"type": "personal_chat", "messages": []}', /`type` and `id`/],
      ['[1, 2]', /not a Telegram Desktop export/],
      ['{"chats": []}', /not a Telegram Desktop export/],
    ];
    for (const [content, says] of cases)
      await assert.rejects(run(content), (error) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'input_invalid');
        assert.match(error.message, says);
        return true;
      });
  });

  it('takes an export with a byte order mark, and one without any chat', async () => {
    assert.equal((await run(`\uFEFF${text(fine(1))}`)).exitCode, undefined);
    assert.equal((await run('{"chats": {"list": []}}')).exitCode, undefined);
  });

  it('knows only projects that are there', async () => {
    await assert.rejects(run(text(fine(1)), '--project', 'nowhere'), { code: 'not_found' });
  });
});
