import type { ResponseParameters } from '@grammyjs/types';

/**
 * What the Bot API answers instead of a result. `description` is Telegram's own wording, because bots
 * (and grammY's error filters) match on it.
 */
export class Refusal extends Error {
  readonly code: number;
  readonly parameters: ResponseParameters | undefined;

  constructor(code: number, description: string, parameters?: ResponseParameters) {
    super(description);
    this.name = 'Refusal';
    this.code = code;
    this.parameters = parameters;
  }
}

/** 400, the answer to nearly everything a caller got wrong. `what` goes without its "Bad Request: ". */
export function badRequest(what: string): Refusal {
  return new Refusal(400, `Bad Request: ${what}`);
}

/** 403: the other side does not let the bot. */
export function forbidden(what: string): Refusal {
  return new Refusal(403, `Forbidden: ${what}`);
}

/** 429 with the wait a bot has to obey. */
export function tooManyRequests(retryAfterSeconds: number): Refusal {
  return new Refusal(429, `Too Many Requests: retry after ${retryAfterSeconds}`, {
    retry_after: retryAfterSeconds,
  });
}
