import { readNextStep } from '../db/life.ts';
import { forgetSent } from '../db/deliveries.ts';
import {
  claimEvents,
  forgetDelivered,
  markDelivered,
  OUTBOX_CHANNEL,
  postpone,
  type OutboxEvent,
} from '../db/outbox.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import { createDataConverter, createTemporalClient } from '../temporal/connect.ts';
import { deliverEvent, type Relayed } from '../temporal/relay.ts';
import { erasureFacts, readErasure } from '../db/erasures.ts';
import { nextErasureStep } from '../domain/erasure-steps.ts';
import type { Services } from './services.ts';

/** How many sessions are told at once: past about 100 a small server only slows down. */
const BATCH = 50;
const POLL_MS = 1000;
const CALL_MS = 10_000;
const HOUR_MS = 3_600_000;

/** Starts what brings events from the outbox to the workflows. */
export function startRelay(services: Services): { stop(): Promise<void> } {
  const { config, secrets, log } = services;
  const { client, close } = createTemporalClient({
    ...config.temporal,
    dataConverter: createDataConverter(secrets.codecKeys),
  });
  const deliver = (event: Relayed) =>
    client.connection.withDeadline(Date.now() + CALL_MS, () => deliverEvent(client, event));
  const relay = startQueueLoop({
    takeBatch: async () => {
      const { taken, failed } = await relayBatch(services, deliver);
      return taken > failed;
    },
    news: (signal) => services.listener.wait(OUTBOX_CHANNEL, POLL_MS, signal),
    onError: (error) => log.warn({ code: codeOf(error) }, 'the outbox could not be read; trying again'),
  });
  const tidy = setInterval(() => void forget(services), HOUR_MS);
  return {
    async stop() {
      clearInterval(tidy);
      await relay.stop();
      await close();
    },
  };
}

/** What arrived a day ago is of no more use: what it told is in the rows and in the audit. */
async function forget({ db, log }: Services) {
  const yesterday = new Date(Date.now() - 24 * HOUR_MS);
  await Promise.all([forgetDelivered(db, yesterday), forgetSent(db, yesterday)]).catch(() =>
    log.warn('old queue entries could not be removed; trying again in an hour'),
  );
}

/**
 * Brings the events that are due to their workflows, the oldest of each session; those that do not arrive
 * are put off, for as long as it takes.
 */
export async function relayBatch(
  { db, log }: Pick<Services, 'db' | 'log'>,
  deliver: (event: Relayed) => Promise<void>,
  clock = () => new Date(),
): Promise<{ taken: number; failed: number }> {
  async function relay(event: OutboxEvent): Promise<boolean> {
    try {
      await deliver(await withNextStep(db, event, clock()));
      return true;
    } catch (error) {
      log.warn({ event: event.id, code: codeOf(error) }, 'an event did not reach its workflow; it waits');
      const wait = Math.min(1000 * 2 ** event.attempts, 30_000);
      await postpone(db, event.id, new Date(clock().getTime() + wait));
      return false;
    }
  }
  const events = await claimEvents(db, clock(), BATCH);
  const arrived = await Promise.all(events.map(relay));
  const delivered = events.filter((_, at) => arrived[at]);
  await markDelivered(
    db,
    delivered.flatMap(({ id, repeatedBy }) => [id, ...repeatedBy]),
    clock(),
  );
  return { taken: events.length, failed: events.length - delivered.length };
}

async function withNextStep(db: Services['db'], event: OutboxEvent, now: Date): Promise<Relayed> {
  if (event.sessionId !== null) return { ...event, next: await readNextStep(db, event.sessionId, now) };
  const erasure = await readErasure(db, event.erasureId);
  return {
    ...event,
    number: erasure.number,
    deadlineAt: erasure.deadline_at,
    next: nextErasureStep(erasureFacts(erasure)),
  };
}

function codeOf(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (cause as { code?: unknown }).code ?? (cause instanceof Error ? cause.name : 'unknown');
}
