import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { checkLog } from '../../src/acts/audit-check.ts';
import { rotateSigningKey } from '../../src/acts/audit-keys.ts';
import { anchorHeads, sequenceEntries, signHead, type AuditLogDeps } from '../../src/acts/audit-log.ts';
import { openStore } from '../../src/archive/open-store.ts';
import { createAnchor } from '../../src/audit/anchor.ts';
import { createAnchorStore } from '../../src/main/anchor-store.ts';
import { openSigningKeys } from '../../src/main/audit-deps.ts';
import { addProject, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { actOnce } from './audit-act.ts';

describe('the audit log, where its process is killed before each of its statements in turn', () => {
  let database: TestDatabase;
  let log: AuditLogDeps;
  let dir: string;
  let anchorUrl: string;

  before(async () => {
    database = await createTestDatabase();
    await addProject(database.db);
    dir = await mkdtemp(join(tmpdir(), 'retention-audit-kill-'));
    anchorUrl = pathToFileURL(join(dir, 'anchor')).href;
    log = {
      db: database.db,
      ...(await openSigningKeys(database.secretsDir)),
      anchor: createAnchor(createAnchorStore(() => openStore(anchorUrl))),
    };
  });
  after(async () => {
    await database.drop();
    await rm(dir, { recursive: true, force: true });
  });

  /** @returns how many statements it outlived, or undefined where it was killed */
  async function runUntil(statement: number): Promise<number | undefined> {
    const args = [database.url, database.secretsDir, anchorUrl, `round-${statement}`, String(statement)];
    const child = spawn(process.execPath, [join(import.meta.dirname, 'audit-until-killed.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    const [output, [code, signal]] = await Promise.all([text(child.stdout), ended]);
    if (signal === 'SIGKILL') return undefined;
    assert.equal(code, 0);
    return Number(output);
  }

  /** What the next process does: the same acts again, which find nothing left, and the keeping of the log. */
  async function takeOver(round: string): Promise<void> {
    for (const n of [1, 2, 3, 4]) {
      const recorded = await actOnce(database.db, `${round}:${n}`, 0);
      assert.ok(recorded['messages'] === n || recorded['messages'] === 0);
    }
    // Left behind by a rotation that was cut off; the message of the refusal names it.
    await unlink(join(database.secretsDir, 'audit-signing-keys.json.lock')).catch(() => undefined);
    if ((await log.keys.signers()).length > 1)
      await rotateSigningKey(log, { actor: { kind: 'operator', id: 'cli:test' }, now: new Date() });
    while ((await sequenceEntries(log)) > 0);
    await signHead(log, new Date());
    await anchorHeads(log, new Date());
  }

  it('has each entry once, with the count of the time it happened, and stays whole', async () => {
    const all = (await runUntil(0)) ?? 0;
    assert.ok(all > 20, `${all} statements`);
    for (let statement = 1; statement <= all; statement++) {
      assert.equal(await runUntil(statement), undefined, `statement ${statement}`);
      const before = await countsOf(`round-${statement}`);
      await takeOver(`round-${statement}`);
      const counts = await countsOf(`round-${statement}`);
      assert.equal(counts.length, 4);
      assert.deepEqual(counts.slice(0, before.length), before);
      const check = await checkLog(log);
      assert.equal(check.ok, true, `statement ${statement}: ${JSON.stringify(check.findings)}`);
    }
    const { count } = await database.db
      .selectFrom('audit_entry')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    assert.equal((await checkLog(log)).entries, count);
  });

  async function countsOf(round: string) {
    const rows = await database.db
      .selectFrom('audit_entry')
      .select('counts')
      .where('op_id', 'like', `${round}:%`)
      .orderBy('op_id')
      .execute();
    return rows.map(({ counts }) => counts);
  }
});
