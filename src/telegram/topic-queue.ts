import { setTimeout as pause } from 'node:timers/promises';
import { GrammyError } from 'grammy';

/** Makes topics one after the other, in the order in which their sessions began. */
export interface TopicQueue {
  /** Makes a topic when it is its turn. @throws GrammyError 429 while Telegram lets none be made */
  make(openedAt: Date, create: () => Promise<number>): Promise<number>;
  /** Whether Telegram has slowed the making of topics down, and some may still wait. */
  isSlow(): boolean;
  /** Whether it lets none be made at this moment. */
  isClosed(): boolean;
  /** None waits any more. */
  over(): void;
  /** The notice that many wait, while it is shown. */
  notice: number | null;
}

interface Waiting {
  readonly openedAt: number;
  readonly create: () => Promise<number>;
  readonly done: (topicId: number) => void;
  readonly failed: (error: unknown) => void;
}

/** Sessions that are tried again together come within this time of each other. */
const GATHER_MS = 50;

/**
 * Telegram says how long it lets no topic be made, and asking meanwhile makes that longer. Whoever needs one
 * until then is told so at once; what needs none goes on.
 */
export function createTopicQueue(clock: () => Date): TopicQueue {
  const waiting: Waiting[] = [];
  let slowed: { until: number; error: GrammyError } | undefined;
  let running = false;

  async function run() {
    running = true;
    if (slowed) await pause(GATHER_MS);
    for (;;) {
      waiting.sort((a, b) => a.openedAt - b.openedAt);
      const next = waiting.shift();
      if (!next) break;
      await makeNext(next);
    }
    running = false;
  }

  async function makeNext(next: Waiting) {
    const now = clock().getTime();
    if (slowed && slowed.until > now) {
      next.failed(laterBy(slowed.error, slowed.until - now));
      return;
    }
    try {
      next.done(await next.create());
    } catch (error) {
      if (error instanceof GrammyError && error.error_code === 429)
        slowed = { until: clock().getTime() + (error.parameters.retry_after ?? 1) * 1000, error };
      next.failed(error);
    }
  }

  return {
    notice: null,
    isSlow: () => slowed !== undefined,
    isClosed: () => slowed !== undefined && slowed.until > clock().getTime(),
    over() {
      slowed = undefined;
    },
    make: (openedAt, create) =>
      new Promise((done, failed) => {
        waiting.push({ openedAt: openedAt.getTime(), create, done, failed });
        if (!running) void run();
      }),
  };
}

/** The same refusal with what is left of its time. */
function laterBy(error: GrammyError, ms: number): GrammyError {
  const { method, payload, description } = error;
  return new GrammyError(
    error.message,
    { ok: false, error_code: 429, description, parameters: { retry_after: ms / 1000 } },
    method,
    payload,
  );
}
