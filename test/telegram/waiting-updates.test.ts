import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { sql, type RawBuilder } from 'kysely';
import { connect } from '../../src/db/connect.ts';
import { readLightFacts } from '../../src/db/metrics.ts';
import { createLog } from '../../src/log.ts';
import { startBots } from '../../src/main/bots.ts';
import { install, type Installation } from '../faults/installation.ts';
import type { PartProcess } from '../faults/processes.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const NOWHERE = { address: '127.0.0.1:1', namespace: 'none' };

/** More than Telegram hands out at once, and more than stays in memory. */
const FLOOD = 1000;

/** The last of them that do not fill a window stay with Telegram. */
const PUT_BY = FLOOD - 100;

/** Only a limit: a busy machine stores a dozen a second. */
const FLOOD_MS = 300_000;

let database: TestDatabase;
let installation: Installation;
let anna: number;
let boris: number;

async function open() {
  database = await createTestDatabase();
  installation = await install({ databases: database, temporal: NOWHERE });
  [anna, boris] = [installation.addCustomer(), installation.addCustomer({ firstName: 'Boris' })];
}

async function close() {
  await installation.close();
  await database.drop();
}

describe('a customer who floods a bot that fetches its updates', () => {
  before(open);
  after(close);

  let bot: PartProcess;
  let letGo: () => Promise<void>;

  it('holds up no other, even where nothing of the flood is handled', async () => {
    bot = installation.start('bot');
    await write(anna, 'first');
    letGo = await standStill(anna);
    for (let number = 0; number < FLOOD; number++) send(anna, `flood ${number}`);
    await write(boris, 'me too');
    assert.equal((await storedOf(anna)).length, 1);
  });

  it('has what waits put by, sealed', async () => {
    await until('the flood to be put by', async () => (await waiting()) >= PUT_BY, FLOOD_MS);
    const { rows } = await sql<{ text: string; key: string }>`
      select to_jsonb(w)::text as text, batch_id as key from waiting_update w`.execute(database.aside);
    for (const clear of ['flood', 'Anna', String(anna)])
      for (const writing of [clear, Buffer.from(clear).toString('hex')])
        assert.ok(!rows.some(({ text }) => text.includes(writing)), writing);
    const keys = new Set(rows.map(({ key }) => key));
    assert.ok(keys.size <= FLOOD / 50, `${keys.size} keys: one for those that were put by together`);
  });

  it('is seen by who looks at the figures', async () => {
    const { updates } = await readLightFacts(database.aside, new Date());
    assert.ok(updates.waiting >= PUT_BY && updates.oldestAt);
  });

  it('has all stored once and in order, although the bot is killed and stopped in the midst of it', async () => {
    await letGo();
    await until('a part of the flood', async () => (await storedOf(anna)).length > FLOOD / 10);
    await bot.kill();
    assert.ok((await waiting()) > 0);
    const before = (await storedOf(anna)).length;
    bot = installation.start('bot');
    await until('more of the flood', async () => (await storedOf(anna)).length > before + FLOOD / 10);
    assert.equal(await bot.stop(), 0, bot.output());
    assert.ok((await waiting()) > 0);
    bot = installation.start('bot');
    const whole = async () => {
      const found = await storedOf(anna);
      return found.length > FLOOD && found;
    };
    const stored = await until('the whole flood', whole, FLOOD_MS);
    await write(anna, 'last');
    assert.equal((await storedOf(anna)).length, FLOOD + 2);
    assert.equal(new Set(stored).size, FLOOD + 1);
    assert.deepEqual(
      stored,
      stored.toSorted((a, b) => a - b),
    );
  });

  it('leaves nothing behind: no row, and no key', async () => {
    await until('the rows to be gone', async () => (await waiting()) === 0);
    const { rows } = await sql`
      select from data_key k where k.session_id is null
        and k.subject_id not in (${sql.join(await subjectIds())})`.execute(database.keys);
    assert.deepEqual(rows, []);
    assert.equal(await bot.stop(), 0, bot.output());
    assert.doesNotMatch(bot.output(), /set aside/);
  });
});

describe('updates that were put by, when their bot starts anew', () => {
  before(open);
  after(close);

  const FEW = 150;
  const lines: string[] = [];
  const log = createLog(
    'info',
    new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) }),
  );

  async function start(change: Partial<Parameters<typeof startBots>[0]> = {}) {
    return startBots({ ...installation.services, log, ...change });
  }

  it('outlive a bot that stops while the chat stands still', async () => {
    const bots = await start();
    await write(anna, 'first');
    const letGo = await standStill(anna);
    for (let number = 0; number < FEW; number++) send(anna, `few ${number}`);
    await until('some to be put by', async () => (await waiting()) > 50);
    const stopped = bots.stop();
    await letGo();
    await stopped;
    // What was under way was ended; nothing else was begun.
    assert.ok((await storedOf(anna)).length <= 2);
    assert.ok((await waiting()) > 50);
  });

  it('are told of where their project runs no more', async () => {
    const bots = await start({ projects: [] });
    await bots.stop();
    assert.ok(lines.some((line) => line.includes('updates_left')));
  });

  it('are set aside one by one where no key opens them', async () => {
    const { updateId, sealed } = await database.aside
      .selectFrom('waiting_update')
      .select(['update_id as updateId', 'sealed'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    await asOwner(sql`update waiting_update set sealed = ${sealed} where update_id = ${updateId}`);
    const bots = await start();
    const row = await until('it to be set aside', () =>
      database.aside.selectFrom('inbox').selectAll().where('update_id', '=', updateId).executeTakeFirst(),
    );
    await bots.stop();
    assert.deepEqual([row.kind, row.outcome], ['set aside', 'sealed_text_damaged']);
  });

  it('come before what Telegram sends, where it sends from now on', async () => {
    const port = await freePort();
    const webhook = { url: `http://127.0.0.1:${port}`, host: '127.0.0.1', port };
    const bots = await start({ config: { ...installation.services.config, webhook } });
    send(anna, 'last');
    // All but the first of them and the one that could not be opened.
    const stored = await until('all of them', async () => {
      const found = await storedOf(anna);
      return found.length === FEW + 1 && found;
    });
    assert.deepEqual(
      stored,
      stored.toSorted((a, b) => a - b),
    );
    await until('the rows to be gone', async () => (await waiting()) === 0);
    await bots.stop();
  });
});

function send(person: number, text: string) {
  return installation.sandbox.world.play.send(person, { text });
}

/** A customer writes, and it is stored. */
async function write(person: number, text: string): Promise<void> {
  const { message_id: id } = send(person, text);
  await until(`"${text}" to be stored`, async () => (await storedOf(person)).includes(id), FLOOD_MS);
}

/** Their messages in the order they were stored, as Telegram numbers them. */
async function storedOf(person: number): Promise<number[]> {
  const rows = await database.aside
    .selectFrom('message')
    .innerJoin('subject', 'subject.id', 'message.subject_id')
    .select('telegram_message_id as id')
    .where('subject.telegram_user_id', '=', person)
    .orderBy('seq')
    .execute();
  return rows.map(({ id }) => Number(id));
}

async function waiting(): Promise<number> {
  const { count } = await database.aside
    .selectFrom('waiting_update')
    .select((eb) => eb.cast<number>(eb.fn.countAll(), 'integer').as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

async function subjectIds(): Promise<string[]> {
  return (await database.aside.selectFrom('subject').select('id').execute()).map(({ id }) => id);
}

/** Nothing that a person writes is stored until they are let go. */
async function standStill(person: number): Promise<() => Promise<void>> {
  const transaction = await database.aside.startTransaction().execute();
  await transaction
    .selectFrom('subject')
    .select('id')
    .where('telegram_user_id', '=', person)
    .forUpdate()
    .execute();
  return async () => void (await transaction.rollback().execute());
}

async function asOwner(statement: RawBuilder<unknown>): Promise<void> {
  const owner = connect(database.ownerUrl, () => undefined, 1);
  await statement.execute(owner);
  await owner.destroy();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
