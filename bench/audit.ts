// npm run bench -- audit [--entries 1000000] [--seconds 8] [--rounds 2]
// How many audit entries a second one writer and eight append, each in a transaction of its own and with the
// tree being kept beside them; its peer in the same run is the same insert into an equal table without a log.
// Then how fast a log of a million entries gets its places, is exported, and is checked from the file.
import { chmodSync, createReadStream, createWriteStream, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sql, type Kysely } from 'kysely';
import { exportLog } from '../src/acts/audit-export.ts';
import { sequenceEntries, signHead, type AuditLogDeps } from '../src/acts/audit-log.ts';
import { appendAuditEntry } from '../src/audit/append.ts';
import { linesOf } from '../src/audit/lines.ts';
import { verifyExport } from '../src/audit/verify.ts';
import { connect } from '../src/db/connect.ts';
import type { Tables } from '../src/db/tables.ts';
import { freePort } from '../src/embedded/ports.ts';
import { startPostgres } from '../src/embedded/postgres.ts';
import { openSigningKeys } from '../src/main/audit-deps.ts';
import { createTestDatabase, prepareTemplate, type TestDatabase } from '../test/support/database.ts';
import { entryNumber } from '../test/acts/audit-stage.ts';

const { values: options } = parseArgs({
  options: {
    entries: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '2' },
  },
});
const ENTRIES = Number(options.entries);
const SECONDS = Number(options.seconds);
const ROUNDS = Number(options.rounds);

type Write = (db: Kysely<Tables>, n: number) => Promise<unknown>;

const appendToLog: Write = (db, n) =>
  db.transaction().execute((tx) => appendAuditEntry(tx, entryNumber(n, { at: new Date() })));

/** The very statement of the log, into a table that nothing hangs on. */
const insertPlain: Write = (db, n) => {
  const { at, actor, source, action, object, projectId, counts, reason, opId } = entryNumber(n);
  return db.transaction().execute((tx) =>
    sql`
      insert into plain (at, actor_kind, actor_id, actor_role, workflow_id, run_id, activity, action,
        object_kind, object_id, project_id, counts, reason, op_id, request_id)
      values (${at}, ${actor.kind}, ${actor.id}, ${actor.role}, ${source?.workflowId}, ${source?.runId},
        ${source?.activity}, ${action}, ${object.kind}, ${object.id}, ${projectId},
        ${JSON.stringify(counts)}::jsonb, ${reason}, ${opId}, ${null})
      on conflict (op_id) do nothing returning counts`.execute(tx),
  );
};

let next = 0;

/** Entries a second over the time given. */
async function rateOf(db: Kysely<Tables>, write: Write, writers: number): Promise<number> {
  const end = performance.now() + SECONDS * 1000;
  const counts = await Promise.all(
    Array.from({ length: writers }, async () => {
      let written = 0;
      for (; performance.now() < end; written++) await write(db, ++next);
      return written;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0) / SECONDS;
}

/** Keeps the tree while a rate is taken, as the service does; says how long it took to catch up after it. */
async function whileSequencing<T>(log: AuditLogDeps, work: () => Promise<T>) {
  let done = false;
  const running = (async () => {
    while (!done) if ((await sequenceEntries(log)) === 0) await pause(1000);
  })();
  const result = await work();
  const began = performance.now();
  done = true;
  await running;
  while ((await sequenceEntries(log)) > 0);
  return { result, behindMs: performance.now() - began };
}

async function appending(database: TestDatabase, log: AuditLogDeps): Promise<void> {
  const owner = connect(database.ownerUrl, () => undefined, 1);
  await sql`create table plain (like audit_entry including all)`.execute(owner);
  await sql`grant select, insert on plain to retention_service`.execute(owner);
  await owner.destroy();
  console.log(`\nAppending, entries per second, each in a transaction of its own, ${SECONDS} s each:\n`);
  console.log('  writers   plain insert   audit entry   share   tree behind afterwards');
  for (let round = 0; round < ROUNDS; round++)
    for (const writers of [1, 8]) {
      const plain = await rateOf(database.db, insertPlain, writers);
      const { result: audit, behindMs } = await whileSequencing(log, () =>
        rateOf(database.db, appendToLog, writers),
      );
      const cells = [plain.toFixed(0).padStart(14), audit.toFixed(0).padStart(13)];
      const share = `${((100 * audit) / plain).toFixed(0)} %`.padStart(7);
      console.log(
        `  ${String(writers).padEnd(7)}${cells.join(' ')} ${share}   ${(behindMs / 1000).toFixed(1)} s`,
      );
    }
}

async function fill(db: Kysely<Tables>): Promise<void> {
  await sql`
    insert into audit_entry (at, actor_kind, actor_id, actor_role, workflow_id, run_id, activity, action,
      object_kind, object_id, project_id, counts, reason, op_id)
    select now(), 'workflow', 'session:' || n, null, 'session:' || n, gen_random_uuid()::text, 'deleteSession',
      'session.deleted', 'session', gen_random_uuid()::text, 'shop',
      jsonb_build_object('messages', n % 50, 'revisions', n % 60, 'objects', 2, 'bytes', n), 'silence', 'fill:' || n
    from generate_series(1, ${ENTRIES}::int) n`.execute(db);
}

async function verifying({ db }: TestDatabase, log: AuditLogDeps): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'retention-bench-'));
  const file = join(directory, 'audit.jsonl');
  try {
    await fill(db);
    const rates: [string, number, number, number][] = [];
    const timed = async <T>(
      what: string,
      count: (result: T) => number,
      work: () => Promise<T>,
    ): Promise<T> => {
      const [began, before] = [performance.now(), process.cpuUsage()];
      const result = await work();
      const { user, system } = process.cpuUsage(before);
      rates.push([what, count(result), (performance.now() - began) / 1000, (user + system) / 1e6]);
      return result;
    };
    await timed('given their place in the tree', Number, async () => {
      let placed = 0;
      for (let batch = -1; batch !== 0; placed += batch) batch = await sequenceEntries(log);
      return placed;
    });
    await signHead(log, new Date());
    const { size } = await db.selectFrom('audit_tree').select('size').executeTakeFirstOrThrow();
    await timed(
      'exported',
      () => size,
      () => pipeline(Readable.from(exportLog(db, log.origin)), createWriteStream(file)),
    );
    const publicKeys = (await log.keys.list()).map(({ verifier }) => verifier);
    const report = await timed(
      'verified from the file',
      ({ entries }) => entries,
      () =>
        verifyExport(linesOf(createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>), {
          publicKeys,
        }),
    );
    console.log('\nA whole log:\n');
    for (const [what, count, seconds, cpu] of rates)
      console.log(
        `  ${String(count).padStart(9)} entries ${what} in ${seconds.toFixed(1)} s: ${(count / seconds).toFixed(0)} a second, ${(count / cpu).toFixed(0)} a second of this process's CPU`,
      );
    const memory = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
    console.log(
      `\n  Found ${report.ok ? 'whole' : `damaged: ${report.first?.message ?? ''}`}; memory of the process ${memory} MB.`,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const directory = mkdtempSync(join(tmpdir(), 'retention-bench-'));
chmodSync(directory, 0o711);
const postgres = await startPostgres({
  dir: join(directory, 'postgres'),
  port: await freePort(),
  log: () => undefined,
});
try {
  process.env['TEST_POSTGRES_URL'] = postgres.url('postgres');
  await prepareTemplate(postgres.url('postgres'));
  const database = await createTestDatabase();
  const log: AuditLogDeps = { db: database.db, ...(await openSigningKeys(database.secretsDir, 'bench')) };
  console.log(`${cpus().length} cores, Node ${process.version}, PostgreSQL with its durable defaults.`);
  await appending(database, log);
  await verifying(database, log);
  await database.drop();
} finally {
  await postgres.stop();
  rmSync(realpathSync(join(directory, 'postgres')), { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
}
