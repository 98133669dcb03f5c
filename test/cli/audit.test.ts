import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { appendAuditEntry } from '../../src/audit/append.ts';
import type { Receipt } from '../../src/audit/receipt.ts';
import { entryNumber } from '../acts/audit-stage.ts';
import { addProject } from '../support/database.ts';
import { createAuditCliStage, runAlone, type AuditCliStage } from './audit-stage.ts';

interface Listed {
  readonly seq: number;
  readonly action: string;
  readonly object: { readonly id: string };
}

describe('retention audit', () => {
  let stage: AuditCliStage;
  let key: string;
  let exported: string;

  before(async () => {
    stage = await createAuditCliStage();
    await addProject(stage.database.db);
    for (let n = 1; n <= 30; n++) {
      await appendAuditEntry(stage.database.db, entryNumber(n, n === 7 ? { requestId: 'E-7KQM-2XWB' } : {}));
      if (n % 10 === 0) await stage.keep();
    }
    await appendAuditEntry(
      stage.database.db,
      entryNumber(31, {
        actor: { kind: 'operator', id: 'cli:anna' },
        action: 'hold.placed',
        projectId: 'other',
      }),
    );
    await stage.keep();
    key = join(stage.dir, 'key.txt');
    const [first] = await stage.json<{ verifier: string }[]>('audit', 'keys');
    await writeFile(key, `${first?.verifier ?? ''}\n`);
    exported = join(stage.dir, 'audit.jsonl');
    assert.equal((await stage.run('audit', 'export', '--to', exported)).code, 0);
  });
  after(() => stage.close());

  const list = (...filters: string[]) => stage.json<Listed[]>('audit', 'list', ...filters);
  const numbers = (entries: readonly Listed[]) =>
    entries.map(({ object }) => Number(object.id.split('-')[1]));

  describe('list', () => {
    it('narrows by time', async () => {
      const found = await list('--since', '2026-01-01T00:00:05Z', '--until', '2026-01-01T00:00:08Z');
      assert.deepEqual(numbers(found), [7, 6, 5]);
    });

    it('narrows by who did it, by id or by kind', async () => {
      assert.deepEqual(numbers(await list('--actor', 'cli:anna')), [31]);
      assert.equal((await list('--actor', 'staff')).length, 30);
    });

    it('narrows by request, project and workflow', async () => {
      assert.deepEqual(numbers(await list('--request', 'E-7KQM-2XWB')), [7]);
      assert.deepEqual(numbers(await list('--project', 'other')), [31]);
      assert.deepEqual(numbers(await list('--workflow', 'session:12')), [12]);
    });

    it('turns the page', async () => {
      const action = ['--action', 'session.deleted', '--limit', '20'];
      const first = await list(...action);
      const { stderr } = await stage.run('audit', 'list', ...action);
      assert.match(stderr, new RegExp(`go on with --before ${first.at(-1)?.seq ?? 0}`));
      const rest = await list(...action, '--before', String(first.at(-1)?.seq));
      assert.deepEqual(
        numbers([...first, ...rest]),
        Array.from({ length: 30 }, (_, at) => 30 - at),
      );
    });
  });

  it('show leads from an entry to its place, its signed head and its run in the Temporal UI', async () => {
    const [entry] = await list('--workflow', 'session:12');
    const shown = await stage.json<{ position: number; head: { size: number }; temporalUi: string }>(
      ...['audit', 'show', String(entry?.seq)],
    );
    assert.equal(
      shown.temporalUi,
      'http://127.0.0.1:8233/namespaces/default/workflows/session%3A12/run-12/history',
    );
    assert.ok(shown.position < shown.head.size);
    const { stdout } = await stage.run('audit', 'show', String(entry?.seq));
    assert.match(stdout, /Signed head +\d+ entries/);
    assert.equal((await stage.run('audit', 'show', '999999')).code, 3);
  });

  it('export is itself an entry, with how much was taken out', async () => {
    const [entry] = await stage.json<{ counts: { entries: number } }[]>(
      ...['audit', 'list', '--action', 'audit.exported'],
    );
    assert.ok((entry?.counts.entries ?? 0) >= 31);
  });

  describe('verify', () => {
    it('finds the log of the running installation whole, against its anchor', async () => {
      const { code, stdout } = await stage.run('audit', 'verify');
      assert.equal(code, 0);
      assert.match(stdout, /Nothing was changed, removed, moved, put in or cut off\./);
      assert.match(stdout, /Heads of the anchor compared +4/);
    });

    it('checks an export with the key alone: no service, no configuration', async () => {
      const { code, stdout, stderr } = await runAlone(
        ...([stage.dir, 'audit', 'verify', exported, '--public-key', key] as const),
        ...(['--anchor', stage.anchorUrl] as const),
      );
      assert.equal(stderr, '');
      assert.match(stdout, /Nothing was changed/);
      assert.equal(code, 0);
    });

    it('says that without an anchor something would not show', async () => {
      const { code, stderr } = await runAlone(stage.dir, 'audit', 'verify', exported, '--public-key', key);
      assert.equal(code, 0);
      assert.match(stderr, /No anchor was asked/);
    });

    it('names the first entry that is wrong and what follows from it, and ends with 1', async () => {
      const altered = join(stage.dir, 'altered.jsonl');
      const lines = (await readFile(exported, 'utf8')).replace('"messages":12,', '"messages":0,');
      await writeFile(altered, lines);
      const { code, stderr } = await runAlone(stage.dir, 'audit', 'verify', altered, '--public-key', key);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /The entry at position \d+, number \d+: it is not the entry that was recorded\. What it says now is not what happened/,
      );
    });

    it('refuses an anchor that holds nothing, rather than compare with nothing', async () => {
      const nowhere = pathToFileURL(join(stage.dir, 'nowhere')).href;
      const { code, stderr } = await stage.run('audit', 'verify', '--anchor', nowhere);
      assert.equal(code, 3);
      assert.match(stderr, /There is no signed head of an audit log at/);
    });

    it('asks for a public key with a file', async () => {
      const { code, stderr } = await stage.run('audit', 'verify', exported);
      assert.equal(code, 2);
      assert.match(stderr, /--public-key/);
    });
  });

  describe('receipts', () => {
    it('are confirmed with the key alone, and no altered one is', async () => {
      const [entry] = await list('--request', 'E-7KQM-2XWB');
      const { stdout } = await stage.run('audit', 'receipt', String(entry?.seq));
      const file = join(stage.dir, 'receipt.json');
      await writeFile(file, stdout);
      const proved = await runAlone(
        ...([stage.dir, 'audit', 'prove', '--receipt', file, '--public-key', key] as const),
      );
      assert.equal(proved.code, 0);
      assert.match(proved.stdout, /^Genuine: this is entry \d+ of the \d+ in the log/);
      const receipt = JSON.parse(stdout) as Receipt;
      const altered = { ...receipt, entry: { ...receipt.entry, counts: { messages: 9 } } };
      await writeFile(file, JSON.stringify(altered));
      const refused = await stage.run('audit', 'prove', '--receipt', file);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /^Not genuine/);
    });

    it('exist for what is gone, not for what is still there', async () => {
      assert.equal((await stage.run('audit', 'receipt', '--erasure', 'E-0000-0000')).code, 3);
      assert.equal((await stage.run('audit', 'receipt')).code, 2);
    });
  });

  it('a new key is believed by whoever has the old one, and the old one signs no more', async () => {
    const { publicKey } = await stage.json<{ publicKey: string }>('audit', 'rotate-key');
    await appendAuditEntry(stage.database.db, entryNumber(40));
    await stage.keep();
    const later = join(stage.dir, 'later.jsonl');
    await stage.run('audit', 'export', '--to', later);
    for (const believed of [key, publicKey]) {
      const anchor = ['--anchor', stage.anchorUrl];
      const { code, stderr } = await stage.run(
        ...['audit', 'verify', later, '--public-key', believed, ...anchor],
      );
      assert.equal(code, 0, stderr);
    }
    const keys = await stage.json<{ verifier: string; retiredAt?: string }[]>('audit', 'keys');
    assert.deepEqual(
      keys.map(({ retiredAt }) => retiredAt !== undefined),
      [true, false],
    );
    const [entry] = await list('--action', 'audit.key-rotated');
    assert.equal(entry?.object.id, publicKey.split('+')[1]);
  });
});
