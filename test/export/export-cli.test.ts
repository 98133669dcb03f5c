import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { createExportCommand } from '../../src/cli/export.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { createProgram, runProgram } from '../../src/cli/program.ts';
import type { CliDeps } from '../../src/cli/deps.ts';
import { createExportStage, NOW, operator, type ExportStage } from './stage.ts';

/** Long enough that no id or time holds it by chance. */
const CUSTOMER = 8_123_456_101;

let stage: ExportStage;
before(async () => {
  stage = await createExportStage();
  await stage.archive(await stage.say(CUSTOMER, 'Where is my parcel?'));
  await stage.say(102, 'hello');
});
after(() => stage.close());

async function run(...args: string[]) {
  const [stdout, stderr] = [collect(), collect()];
  const deps: CliDeps = {
    stdout: stdout.stream,
    stderr: stderr.stream,
    clock: () => NOW,
    actor: operator.actor,
    open: () => Promise.reject(new Error('not for exports')),
    migrate: () => Promise.resolve([]),
    isOutage: () => false,
  };
  const { db, acts } = stage.database;
  const services = {
    ...{ db, acts: { ...acts, ...stage.acts }, files: stage.open },
    close: () => Promise.resolve(),
  };
  const command = createExportCommand({ ...deps, open: () => Promise.resolve(services) });
  const code = await runProgram(deps, createProgram(deps, [command]), ['export', ...args]);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collect() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

async function write(id: string) {
  for (const step of ['planExport', 'writeExport', 'deliverExport'] as const) await stage.step(step, id);
}

describe('retention export', () => {
  it('asks, shows, lists and fetches; says that copies outside stay', async () => {
    const asked = await run(
      ...[
        'run',
        '--person',
        String(CUSTOMER),
        '--project',
        'shop',
        '--format',
        'csv',
        '--reason',
        'TICKET-1',
      ],
      ...['--detach', '--json'],
    );
    assert.equal(asked.code, EXIT.fine, asked.stderr);
    const { id, reason } = JSON.parse(asked.stdout) as { id: string; reason: string };
    assert.equal(reason, 'TICKET-1');
    assert.ok(!asked.stdout.includes(String(CUSTOMER)));
    const early = await run('get', id.slice(0, 8), '--output', stage.directory, '--reason', 'TICKET-1');
    assert.equal(early.code, EXIT.refused);
    await write(id);
    const shown = await run('show', id.slice(0, 8));
    assert.match(shown.stdout, /Sessions +1 of 1/);
    assert.match((await run('list')).stdout, new RegExp(`${id.slice(0, 8)} +shop +csv +done`));
    const to = join(stage.directory, 'fetched');
    const got = await run('get', id.slice(0, 8), '--output', to, '--reason', 'TICKET-1');
    assert.equal(got.code, EXIT.fine, got.stderr);
    assert.match(got.stderr, /do not expire by themselves/);
    assert.deepEqual((await readdir(to)).sort(), ['manifest.json', 'messages.csv']);
    assert.match(String(await readFile(join(to, 'messages.csv'))), /Where is my parcel/);
    const again = await run('get', id.slice(0, 8), '--output', to, '--reason', 'TICKET-1');
    assert.equal(again.code, EXIT.usage);
    assert.equal((await run('remove', id.slice(0, 8))).code, EXIT.fine);
    assert.match((await run('list')).stdout, /removing \(removed\)/);
  });

  it('takes what a search took that was saved, with tags and days besides', async () => {
    const saved = { owner: operator.actor.id, name: 'parcels', query: 'parcel OR packet', now: NOW };
    await stage.database.acts.saveSearch(saved);
    const { stdout, stderr } = await run(
      ...['run', '--saved', 'parcels', '--from', '2026-03-01', '--project', 'shop'],
      ...['--reason', 'weekly', '--detach', '--json'],
    );
    assert.equal(stderr.split('\n').length, 2, stderr);
    const { id } = JSON.parse(stdout) as { id: string };
    await write(id);
    assert.equal((await stage.row(id)).done_sessions, 1);
  });

  it('refuses a pattern that could take for ever, and a schedule that is none', async () => {
    const reason = ['--project', 'shop', '--reason', 'x'];
    const pattern = await run('run', '--replace', '(a+)+$=x', ...reason, '--detach');
    assert.equal(pattern.code, EXIT.usage);
    assert.match(pattern.stderr, /may not be repeated/);
    assert.equal((await run('schedule', 'add', 'sometimes', ...reason)).code, EXIT.usage);
  });

  it('says why one could not be written, in words', async () => {
    const id = await stage.request({
      reader: { actor: { kind: 'staff', id: 'gone' }, roles: ['supervisor'] },
    });
    await stage.step('planExport', id);
    const { stdout } = await run('show', id.slice(0, 8));
    assert.match(stdout, /State +removing \(failed: not_allowed\)/);
    assert.match(stdout, /Why +whoever asked may not export any more/);
  });

  it('makes, lists and removes schedules', async () => {
    const made = await run(
      'schedule',
      'add',
      'weekly',
      'phase:archived',
      '--project',
      'shop',
      '--reason',
      'backup',
    );
    assert.equal(made.code, EXIT.fine, made.stderr);
    const list = await run('schedule', 'list', '--json');
    const [schedule] = JSON.parse(list.stdout) as { id: string; cron: string }[];
    assert.equal(schedule?.cron, '17 4 * * 1');
    assert.ok(!list.stdout.includes('phase:archived'));
    assert.equal((await run('schedule', 'remove', schedule.id.slice(0, 8))).code, EXIT.fine);
    assert.equal((await run('schedule', 'list')).stdout.split('\n').length, 2);
  });
});
