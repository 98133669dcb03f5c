import { setTimeout as pause } from 'node:timers/promises';
import { GrammyError, type Transformer } from 'grammy';

/** So long at most one call of an update waits for Telegram: what the same chat writes next waits with it. */
const PATIENCE_MS = 10_000;

/** Where Telegram names no time, such as while it is away. */
const PAUSE_MS = 1000;

/** Whether Telegram will take the same later. */
export function passesByItself({ error_code: code }: { readonly error_code: number }): boolean {
  return code === 429 || code >= 500;
}

/**
 * Whether Telegram does not let somebody be answered for now. What the update brought is stored before it is
 * answered, so that only the answer is lost; what is asked of Telegram before that is no answer.
 */
export function isReplyRefused(error: unknown): error is GrammyError {
  return error instanceof GrammyError && passesByItself(error) && !isReading(error);
}

/** Whether Telegram does not tell for now what has to be known first, so that the update has to wait. */
export function isReadingRefused(error: unknown): boolean {
  return error instanceof GrammyError && passesByItself(error) && isReading(error);
}

function isReading({ method }: GrammyError): boolean {
  return method.startsWith('get');
}

/**
 * Repeats a call that Telegram slows down, once it may be made again: an update that was begun anew would do
 * twice what it has done before it answers.
 */
export function createPatientReplies(): Transformer {
  return async (previous, method, payload, signal) => {
    for (let left = PATIENCE_MS; ;) {
      const answer = await previous(method, payload, signal);
      if (answer.ok || !passesByItself(answer)) return answer;
      const waitMs = answer.parameters?.retry_after ? answer.parameters.retry_after * 1000 : PAUSE_MS;
      if (waitMs > left) return answer;
      left -= waitMs;
      await pause(waitMs);
    }
  };
}
