import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { createIntake, patienceUntil } from '../../src/telegram/intake.ts';
import { createUpdateQueue } from '../../src/telegram/update-queue.ts';
import type { NumberedUpdate, WaitingUpdates } from '../../src/telegram/waiting-updates.ts';
import { until } from '../support/until.ts';

const MOST = 20_000;

describe('the updates of a bot that are not handled yet', () => {
  it('are put by up to a bound, after which none is fetched until some are handled', async () => {
    const at = stage();
    for (let id = 1; id <= MOST; id += 100)
      await at.queue.putBy(written(id, id + 99).map((update) => at.queue.take(update)));
    assert.ok(at.queue.isFull());
    assert.equal(at.rows.size, MOST);
    at.letGo();
    await until('some to be handled', () => !at.queue.isFull());
    at.stop();
    await at.queue.settled();
  });

  it('are handled in their order, those that memory has no room for as well, and leave no row', async () => {
    const at = stage();
    for (let id = 1; id <= 2000; id += 100)
      await at.queue.putBy(written(id, id + 99).map((update) => at.queue.take(update)));
    at.letGo();
    await at.queue.settled();
    assert.deepEqual(
      at.handled,
      written(1, 2000).map(({ update_id: id }) => id),
    );
    assert.ok(at.reads() > 0);
    assert.equal(at.rows.size, 0);
  });

  it('are taken once, however often Telegram hands them out while they wait', async () => {
    const at = stage();
    for (const update of written(1, 10)) at.queue.take(update);
    await at.queue.putBy(written(1, 10).map((update) => at.queue.take(update)));
    at.letGo();
    await at.queue.settled();
    assert.equal(at.handled.length, 10);
  });

  it('are removed although the database was away when they were handled', async () => {
    const at = stage();
    await at.queue.putBy(written(1, 10).map((update) => at.queue.take(update)));
    at.failOnce();
    at.letGo();
    await until('the rows to be gone', () => at.rows.size === 0);
    await at.queue.settled();
    assert.equal(at.handled.length, 10);
  });
});

function written(from: number, to: number) {
  return Array.from({ length: to - from + 1 }, (_, at) => ({
    update_id: from + at,
    message: { chat: { id: 1 }, text: `${from + at}` },
  }));
}

/** A queue whose rows lie in memory, and whose bot handles nothing until it is let go. */
function stage() {
  const stopping = new AbortController();
  const { signal } = stopping;
  const log = pino({ level: 'silent' });
  const gate = Promise.withResolvers<void>();
  const handled: number[] = [];
  const rows = new Map<number, unknown>();
  let reads = 0;
  let isAway = false;
  const bot = {
    async handleUpdate(update: { update_id: number }) {
      await gate.promise;
      handled.push(update.update_id);
    },
  } as unknown as Parameters<typeof createIntake>[0]['bot'];
  const setAside = () => Promise.reject(new Error('nothing is set aside here'));
  const intake = createIntake({ bot, log, isOutage: () => false, setAside, ...patienceUntil(signal) });
  const queue = createUpdateQueue({ intake, waiting: inMemory(), setAside, log, signal });

  function inMemory(): WaitingUpdates {
    return {
      putBy(updates: readonly NumberedUpdate[]) {
        for (const { id, update } of updates) rows.set(id, structuredClone(update));
        return Promise.resolve();
      },
      all: () => Readable.from([]),
      read(id) {
        reads += 1;
        return Promise.resolve(rows.get(id));
      },
      remove(ids) {
        if (isAway) {
          isAway = false;
          return Promise.reject(new Error('away'));
        }
        for (const id of ids) rows.delete(id);
        return Promise.resolve();
      },
      removeHandled: () => Promise.resolve(),
    };
  }

  return {
    ...{ queue, handled, rows, reads: () => reads, letGo: () => gate.resolve() },
    failOnce: () => (isAway = true),
    stop: () => stopping.abort(),
  };
}
