import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { Client as PostgresClient } from 'pg';
import { archiveContext } from '../../src/archive/names.ts';
import { profileContext } from '../../src/db/messages.ts';
import { openStream } from '../../src/vault/sealed-stream.ts';
import type { SealedItem } from '../../src/vault/vault.ts';
import { startDevServer } from '../support/servers.ts';
import { assertArchived, objectsOf, withFreshVault } from './archived.ts';
import { close, converse, everythingSent, type Conversation } from './conversation.ts';
import { assertDeleted, sealedOf } from './deleted.ts';
import { install, type Installation } from './installation.ts';
import { assertInvariants } from './invariants.ts';
import { approve, workflowEnds, workflowReaches } from './life.ts';
import { startOwnPostgres, type OwnPostgres } from './own-postgres.ts';
import type { PartProcess } from './processes.ts';
import { scan, writingsOf } from './scan.ts';
import { sceneOf } from './scene.ts';
import { until } from './until.ts';

/** What a customer wrote, found nowhere but in the sandbox, which plays Telegram and keeps its state in memory. */
describe('a canary sent as text, name, username, file name and file', () => {
  const mark = `c${randomBytes(8).toString('hex')}`;
  const directory = mkdtempSync(join(tmpdir(), 'retention-canary-'));
  const dbFile = join(directory, 'temporal.db');
  let server: Awaited<ReturnType<typeof startDevServer>>;
  let postgres: OwnPostgres;
  let installation: Installation;
  let parts: PartProcess[];
  let customer: number;
  let conversation: Conversation;
  let sealed: SealedItem[];

  before(async () => {
    server = await startDevServer({ dbFile });
    postgres = await startOwnPostgres();
    installation = await install({ databases: postgres.databases, temporal: server }, { keep: 'PT1S' });
  });

  after(async () => {
    await installation.close();
    await server.stop();
    await postgres.remove();
    await rm(directory, { recursive: true, force: true });
  });

  it('would be found: planted in a file, a table and a workflow, the scan sees it', async () => {
    const planted = `p${randomBytes(8).toString('hex')}`;
    const scratch = join(installation.archiveDir, 'scratch');
    for (const [writing, bytes] of writingsOf(planted)) {
      await writeFile(scratch, Buffer.concat([randomBytes(5_000_000), bytes, randomBytes(100)]));
      const found = (await scan(planted, [installation.archiveDir])).map((finding) => finding.writing);
      assert.ok(found.includes(writing), writing);
    }
    await rm(scratch);

    await inPostgres('create table scratch (text text)');
    await inPostgres(`insert into scratch values ('${planted}')`);
    const inFiles = (await scanPostgres(planted)).map(({ file }) => file);
    assert.ok(inFiles.some((file) => file.includes('/base/')));
    assert.ok(inFiles.some((file) => file.includes('/pg_wal/')));
    await inPostgres('drop table scratch');

    await startInClear(planted);
    await until(
      'the planted workflow is in the file',
      async () => (await scan(planted, [directory])).length > 0,
    );
  });

  it('is nowhere in clear once it is stored and relayed', async () => {
    parts = (['bot', 'relay', 'worker'] as const).map((part) => installation.start(part));
    customer = installation.addCustomer({
      firstName: `Anna ${mark}`,
      lastName: `Keller-${mark}`,
      username: `u_${mark}`,
    });
    installation.sandbox.world.play.start(customer);
    conversation = await converse(installation, customer, ` ${mark}`);
    await sendUnusable();
    await workflowReaches(installation, conversation.sessionId, 'open');
    sealed = await sealedOf(installation);
    const words = await openProfile();
    assert.equal(words.split(mark).length, 4, 'the mark is in all three names');
    await assertNowhere();
  });

  it('is nowhere in clear once it is archived and its review was shown', async () => {
    close(installation, conversation.topicId);
    await workflowReaches(installation, conversation.sessionId, 'review');
    await everythingSent(installation);
    await assertArchived(installation, conversation);
    await assertNowhere();
  });

  it('is nowhere once it is deleted, and what was copied before cannot be opened', async () => {
    const { sessionId, subjectId } = conversation;
    const { services, project } = installation;
    const store = await services.stores.of(project.id);
    const copies = await Promise.all(
      (await objectsOf(installation, sessionId)).map(async ({ name, generation }) => {
        return gather(store.get(name, generation));
      }),
    );
    assert.equal(copies.length, 2);
    await approve(installation, sessionId);
    await workflowEnds(installation, sessionId);
    await assertDeleted(installation, conversation, sealed);
    const context = archiveContext({ project: project.id, session: sessionId, subject: subjectId });
    await withFreshVault(installation, async (vault) => {
      for (const copy of copies)
        await assert.rejects(gather(openStream(vault, context)(chunks(copy))), { code: 'key_destroyed' });
    });
    // Stopped, so that nothing is still on its way into a log.
    for (const part of parts) assert.equal(await part.stop(), 0, part.output());
    await assertNowhere();
    await assertInvariants({ ...sceneOf(installation), marks: [mark, String(customer)] });
  });

  async function assertNowhere() {
    const { archiveDir, logsDir } = installation;
    const logs = [server.logFile, logsDir];
    assert.deepEqual(await scanPostgres(mark), []);
    assert.deepEqual(await scan(mark, [directory, archiveDir, ...logs, postgres.databases.secretsDir]), []);
    // The Telegram id lives in one table of PostgreSQL and nowhere else.
    assert.deepEqual(await scan(String(customer), [directory, archiveDir, ...logs]), []);
  }

  async function openProfile(): Promise<string> {
    const { db, vault } = installation.services;
    const { subjectId } = conversation;
    const { profile_sealed: profile } = await db
      .selectFrom('subject')
      .select('profile_sealed')
      .where('id', '=', subjectId)
      .executeTakeFirstOrThrow();
    assert.ok(profile);
    return String(await vault.open(profile, profileContext(subjectId)));
  }

  async function scanPostgres(wanted: string) {
    await inPostgres('checkpoint');
    return scan(wanted, [postgres.files]);
  }

  async function inPostgres(statement: string) {
    const client = new PostgresClient({ connectionString: postgres.superuserUrl('retention') });
    await client.connect();
    await client.query(statement);
    await client.end();
  }

  /** A workflow as a client without our codec would start it. */
  async function startInClear(text: string) {
    const connection = await Connection.connect({ address: server.address });
    const client = new TemporalClient({ connection, namespace: server.namespace });
    const workflow = { workflowId: 'planted', taskQueue: 'nobody', args: [text] };
    const handle = await client.workflow.start('planted', workflow);
    await handle.terminate();
    await connection.close();
  }

  /** An update that cannot be stored, since its date is none, so that its handling fails and is logged. */
  async function sendUnusable() {
    const { services, sandbox } = installation;
    const botId = Number(services.config.bots['shop']?.token.split(':')[0]);
    const inbox = () => services.db.selectFrom('inbox').selectAll().orderBy('update_id', 'desc').execute();
    const updateId = ((await inbox())[0]?.update_id ?? 0) + 100;
    const chat = { id: customer, type: 'private', first_name: mark };
    const message = { message_id: 9_999, date: mark, chat, from: { ...chat, is_bot: false }, text: mark };
    sandbox.world.faults.sendRaw(botId, { update_id: updateId, message });
    sandbox.world.faults.resetUpdateId(botId, updateId + 1);
    await until('the update is set aside', async () => (await inbox())[0]?.kind === 'set aside');
    assert.match(parts.map((part) => part.output()).join(''), /update set aside/);
  }
});

async function gather(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of source) all.push(chunk);
  return Buffer.concat(all);
}

async function* chunks(bytes: Buffer): AsyncIterable<Buffer> {
  yield await Promise.resolve(bytes);
}
