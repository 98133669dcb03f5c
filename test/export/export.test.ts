import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe, it } from 'node:test';
import yauzl from 'yauzl';
import { recordPart } from '../../activities/export-record.ts';
import { createToken } from '../../src/acts/tokens.ts';
import { EXPORT_FORMATS } from '../../src/domain/exports.ts';
import { tokenActor } from '../../src/domain/tokens.ts';
import { BYTES, createExportStage, NOW, operator, type ExportStage } from './stage.ts';

const supervisor = { actor: { kind: 'staff', id: 'supervisor-1' }, roles: ['supervisor'] } as const;

let stage: ExportStage;
let live: string;
let archived: string;
before(async () => {
  stage = await createExportStage({ partBytes: 1 });
  archived = await stage.say(101, 'Where is my parcel?', { attachment: true });
  await stage.archive(archived);
  live = await stage.say(102, '=HYPERLINK("evil")', { firstName: '+Bob' });
  await stage.say(103, 'and another');
});
after(() => stage.close());

const text = (files: Record<string, Buffer>, path: string) => String(files[path]);

async function objectsOf(exportId: string) {
  return (await Array.fromAsync(stage.store.list(`exports/${exportId}/`))).map(({ name }) => name);
}

async function entriesOf(exportId: string) {
  const rows = await stage.database.db
    .selectFrom('audit_entry')
    .select(['action', 'reason', 'counts'])
    .where((eb) => eb.or([eb('object_id', '=', exportId), eb('request_id', '=', exportId)]))
    .orderBy('seq')
    .execute();
  return rows;
}

describe('an export', () => {
  it('holds live and archived sessions, in every format, with a manifest that is true', async () => {
    for (const format of EXPORT_FORMATS) {
      const id = await stage.export({ format });
      const files = await stage.files(id);
      const manifest = JSON.parse(text(files, 'manifest.json')) as {
        files: { path: string; size: number; sha256: string }[];
      };
      assert.deepEqual(
        manifest.files.map(({ path }) => path),
        Object.keys(files).filter((path) => path !== 'manifest.json'),
      );
      for (const { path, size, sha256 } of manifest.files) {
        assert.equal(files[path]?.length, size);
        assert.equal(
          createHash('sha256')
            .update(files[path] ?? '')
            .digest('hex'),
          sha256,
        );
      }
      const row = await stage.row(id);
      assert.deepEqual([row.state, row.done_sessions, row.messages], ['done', 3, 3], format);
      if (format !== 'csv-sessions')
        assert.match(Object.values(files).map(String).join(), /Where is my parcel\?/, format);
    }
  });

  it('is one JSON value, and Telegram Desktop’s layout with the files beside it', async () => {
    const json = JSON.parse(
      text(await stage.files(await stage.export({ format: 'json' })), 'sessions.json'),
    ) as {
      sessions: { id: string; messages: { revisions: { content: { text: string } }[] }[] }[];
    };
    assert.deepEqual(json.sessions.map(({ id }) => id).slice(0, 2), [archived, live]);
    const files = await stage.files(await stage.export({ format: 'telegram' }));
    const { chats } = JSON.parse(text(files, 'result.json')) as {
      chats: { list: { name: string; id: number; messages: { photo?: string }[] }[] };
    };
    assert.deepEqual(
      chats.list.map(({ id, name }) => [id, name]),
      [
        [101, 'Ann101'],
        [102, '+Bob'],
        [103, 'Ann103'],
      ],
    );
    const photo = chats.list[0]?.messages[0]?.photo ?? '';
    assert.deepEqual(files[photo], BYTES);
  });

  it('keeps spreadsheets from taking a text for a formula', async () => {
    const files = await stage.files(await stage.export({ format: 'csv' }));
    const rows = text(files, 'messages.csv').split('\r\n');
    assert.match(rows[0] ?? '', /^project,session,/);
    assert.match(text(files, 'messages.csv'), /"'=HYPERLINK\(""evil""\)"/);
    assert.match(text(files, 'messages.csv'), /,'\+Bob,/);
    assert.equal(rows.length, 5);
  });

  it('is one compressed file where that is asked for', async () => {
    const id = await stage.export({ format: 'telegram', zipped: true });
    const [zip] = Object.entries(await stage.files(id));
    assert.equal(zip?.[0], `shop-export-${id.slice(0, 8)}.zip`);
    const names: string[] = await new Promise((resolve, reject) => {
      yauzl.fromBuffer(zip[1], (error: Error | null, file) => {
        if (error) return reject(error);
        const seen: string[] = [];
        file.on('entry', (entry: { fileName: string }) => seen.push(entry.fileName));
        file.on('end', () => resolve(seen));
        file.on('error', reject);
      });
    });
    assert.deepEqual(
      names.map((name) => name.replace(/[0-9a-f-]{36}/, 'ID')),
      ['result.json', 'files/ID.jpg', 'manifest.json'],
    );
  });

  it('is of what a query finds, and audited with its reason: each session that was opened', async () => {
    const id = await stage.export({ query: 'user:101' });
    assert.deepEqual(
      (await entriesOf(id)).map(({ action, reason }) => [action, reason]),
      [
        ['export.requested', 'TICKET-1'],
        ['session.exported', 'TICKET-1'],
        ['export.finished', 'TICKET-1'],
      ],
    );
    assert.equal((await stage.row(id)).messages, 1);
  });

  it('is not for agents, nor for a supervisor who asked for none', async () => {
    const agent = { actor: { kind: 'staff', id: 'agent-1' }, roles: ['agent'] } as const;
    await assert.rejects(stage.request({ reader: agent }), { code: 'not_allowed' });
    const exportId = await stage.export();
    await assert.rejects(
      stage.acts.fetchExport({ exportId, reader: supervisor, reason: 'x', now: NOW, open: (row) => row }),
      { code: 'not_allowed' },
    );
  });

  it('ends where who asked has left meanwhile, and says why', async () => {
    const exportId = await stage.request({ reader: supervisor });
    await stage.step('planExport', exportId);
    const row = await stage.row(exportId);
    assert.deepEqual([row.state, row.ending, row.failure], ['removing', 'failed', 'not_allowed']);
  });

  it('ends where the token that asked has expired meanwhile', async () => {
    const expiresAt = new Date(NOW.getTime() + 60_000);
    const { row: token } = await createToken(stage.database, {
      ...{ projectId: 'shop', name: 'reports', roles: ['supervisor'], expiresAt, now: NOW },
      actor: operator.actor,
    });
    const reader = { actor: tokenActor(token.id, ['supervisor']), roles: ['supervisor'] } as const;
    const before = await stage.request({ reader });
    const after = await stage.request({ reader });
    await stage.step('planExport', before);
    assert.equal((await stage.row(before)).state, 'planned');
    await stage.step('planExport', after, expiresAt);
    assert.equal((await stage.row(after)).failure, 'not_allowed');
  });
});

describe('an export that is killed', () => {
  for (const step of ['export.part-written', 'export.part-recorded', 'export.session-written'])
    it(`at ${step} goes on behind its last finished part, with the same bytes`, async () => {
      const whole = text(await stage.files(await stage.export()), 'sessions.jsonl');
      const id = await stage.request();
      await stage.step('planExport', id);
      stage.failAt = { step, nth: stage.reachedTimes(step) + 2 };
      await assert.rejects(stage.step('writeExport', id), /killed at/);
      stage.failAt = null;
      const parts = await stage.database.db
        .selectFrom('export_object')
        .select('object_name')
        .where('export_id', '=', id)
        .execute();
      assert.equal(parts.length, step === 'export.part-recorded' ? 2 : 1);
      await stage.step('writeExport', id);
      await stage.step('deliverExport', id);
      assert.equal(text(await stage.files(id), 'sessions.jsonl'), whole);
      const counts = (await entriesOf(id)).filter(({ action }) => action === 'session.exported');
      assert.equal(counts.length, 3);
    });
});

describe('a part of an export', () => {
  it('is put on record with as many files as its messages have', async () => {
    const id = await stage.request();
    await stage.step('planExport', id);
    const facts = {
      ...{ store: stage.store.url, generation: '1', size_bytes: 1, content_sha256: 'x', last_unit: null },
      ...{ sessions: 0, messages: 0, removed_at: null },
    };
    const file = (n: number) => ({
      ...{ ...facts, kind: 'file' as const },
      ...{ object_name: `exports/${id}/${n}`, path: `files/${n}` },
    });
    const object = { ...facts, export_id: id, kind: 'part' as const, number: 1, object_name: 'p', path: 'r' };
    const files = Array.from({ length: 6000 }, (_, n) => file(n));
    assert.equal(await recordPart(stage.database, id, { object, files }), true);
    assert.equal((await stage.row(id)).bytes, 6001);
    await stage.step('removeExport', id);
  });
});

describe('the end of an export', () => {
  it('removes files and delivered copies, reads them back as gone, and keeps the counts', async () => {
    const destination = pathToFileURL(join(stage.directory, 'delivered')).href;
    const id = await stage.export({ destination, format: 'telegram' });
    const folder = join(stage.directory, 'delivered', `shop-export-${id.slice(0, 8)}`);
    assert.deepEqual((await readdir(folder)).sort(), ['files', 'manifest.json', 'result.json']);
    assert.match(String(await readFile(join(folder, 'result.json'))), /Where is my parcel/);
    assert.ok((await objectsOf(id)).length > 0);
    const later = new Date(NOW.getTime() + 7 * 86_400_000);
    await stage.step('removeExport', id, later);
    assert.deepEqual(await objectsOf(id), []);
    await assert.rejects(readdir(folder), { code: 'ENOENT' });
    const row = await stage.row(id);
    assert.deepEqual(
      [row.state, row.ending, row.done_sessions, row.messages, row.criteria_sealed],
      ['removed', 'expired', 3, 3, null],
    );
    assert.equal((await entriesOf(id)).at(-1)?.action, 'export.removed');
  });

  it('comes with the deletion of a session that it holds, whatever else it holds', async () => {
    const kept = await stage.export({ query: 'user:101' });
    const going = await stage.say(104, 'soon forgotten');
    await stage.archive(going);
    const id = await stage.export();
    const written = await stage.request();
    await stage.step('planExport', written);
    await stage.delete(going);
    const row = await stage.row(id);
    assert.deepEqual([row.state, row.ending, row.messages], ['removed', 'deletion', 4]);
    assert.deepEqual(await objectsOf(id), []);
    const last = (await entriesOf(id)).at(-1);
    assert.deepEqual([last?.action, last?.reason], ['export.removed', 'deletion']);
    assert.equal((await stage.row(written)).ending, 'deletion', 'one that is being written, too');
    assert.equal((await stage.row(kept)).state, 'done');
    const phase = stage.database.db.selectFrom('session').select('phase').where('id', '=', going);
    assert.equal((await phase.executeTakeFirstOrThrow()).phase, 'deleted');
  });

  it('and its beginning are told to whoever of the staff asked, not to programs', async () => {
    const { id: staffId } = await stage.database.db
      .selectFrom('staff')
      .select('id')
      .where('telegram_user_id', '=', 502)
      .executeTakeFirstOrThrow();
    const reader = { actor: { kind: 'staff', id: staffId }, roles: ['supervisor'] } as const;
    const going = await stage.say(105, 'forgotten, too');
    await stage.archive(going);
    const id = await stage.export({ reader });
    await stage.export();
    await stage.delete(going);
    const deliveries = stage.database.db
      .selectFrom('delivery')
      .select('payload')
      .where('kind', '=', 'export');
    assert.deepEqual(
      (await deliveries.orderBy('id').execute()).map(({ payload }) => payload),
      [
        { exportId: id, news: 'done' },
        { exportId: id, news: 'destroyed' },
      ],
    );
  });

  it('takes back what a delivery that was overtaken by it has put there since', async () => {
    const destination = pathToFileURL(join(stage.directory, 'delivered')).href;
    const id = await stage.request({ destination });
    for (const name of ['planExport', 'writeExport'] as const) await stage.step(name, id);
    stage.failAt = { step: 'export.file-delivered', nth: stage.reachedTimes('export.file-delivered') + 1 };
    await assert.rejects(stage.step('deliverExport', id), /killed at/);
    stage.failAt = null;
    await stage.step('removeExport', id);
    const folder = join(stage.directory, 'delivered', `shop-export-${id.slice(0, 8)}`);
    await assert.rejects(readdir(folder), { code: 'ENOENT' });
    await mkdir(folder);
    await writeFile(join(folder, 'sessions.jsonl'), 'the bytes that were under way');
    await stage.step('deliverExport', id);
    await assert.rejects(readdir(folder), { code: 'ENOENT' });
  });

  it('comes early when it is cancelled, and nothing of it is left', async () => {
    const id = await stage.request();
    await stage.step('planExport', id);
    await stage.acts.removeExport({ exportId: id, reader: operator, now: NOW });
    await stage.step('writeExport', id);
    await stage.step('removeExport', id);
    assert.equal((await stage.row(id)).ending, 'cancelled');
    assert.deepEqual(await objectsOf(id), []);
  });

  it('is refused a destination that the installation does not own', async () => {
    await assert.rejects(stage.request({ destination: 'file:///etc' }), { code: 'input_invalid' });
  });
});

describe('the cells of a spreadsheet', () => {
  it('hide no formula behind a semicolon, a tab or a line, and leave smileys and lists alone', async () => {
    const list = 'To do:\n- call Anna\n+ 1 ;-)';
    await stage.say(106, `hi;=HYPERLINK("evil")\n@SUM(A1)\t-2+cmd|' /C calc'!A0`);
    await stage.say(107, list);
    const csv = text(await stage.files(await stage.export({ format: 'csv' })), 'messages.csv');
    assert.ok(csv.includes(`hi;'=HYPERLINK(""evil"")\n'@SUM(A1)\t'-2+cmd|' /C calc'!A0`), csv);
    assert.ok(csv.includes(list));
  });
});
