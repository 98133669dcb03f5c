import { createHmac } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { claimKey, freeKey, keepAnswer, type KeyedRequest } from '../../db/idempotency.ts';
import { AppError, isRetryable } from '../../domain/errors.ts';
import type { ApiDeps } from './endpoint.ts';
import type { ApiEnv } from './guard.ts';
import { problemOf, ProblemError } from './problems.ts';

/** What a client may call a request: visible ASCII, as a header holds it. */
const KEY = /^[!-~]{1,255}$/;

/**
 * Answers the repetition of a request, under a key that its client chose, with the answer that the first got,
 * for 24 hours. What could not be read, or failed for a reason that passes, may be tried again.
 */
export function createIdempotency({ db, clock }: ApiDeps): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const key = c.req.header('idempotency-key');
    if (key === undefined) return next();
    if (!KEY.test(key))
      throw new ProblemError(
        problemOf(400, 'input_invalid', 'An Idempotency-Key has 1 to 255 visible characters.', {
          errors: [{ pointer: '#/header/Idempotency-Key', detail: 'expected 1 to 255 visible characters' }],
        }),
      );
    const keyed = await keyedRequest(c, key);
    const known = await claimKey(db, keyed, clock());
    switch (known.state) {
      case 'fresh':
        break;
      case 'busy':
        throw new ProblemError(
          problemOf(
            409,
            'still_at_work',
            'The same request is at work, or was cut off. Ask again in a moment; if it stays so, look with GET whether it was done, and send what was not under a new key.',
          ),
        );
      case 'other':
        throw new ProblemError(
          problemOf(
            422,
            'key_reused',
            'This Idempotency-Key was used for another request. Choose a new one.',
          ),
        );
      case 'done':
        return repeated(c, known);
    }
    await next();
    await settle(db, keyed, c);
    return;
  };
}

function repeated(c: Context, { status, response }: { status: number; response: string }): Response {
  c.header('Idempotency-Replayed', 'true');
  c.header('Content-Type', status < 400 ? 'application/json' : 'application/problem+json');
  return c.body(response, status as 200);
}

/**
 * A request may name a person by few digits, so its hash is keyed, with what the database does not hold: the
 * token itself, which is 256 random bits.
 */
async function keyedRequest(c: Context<ApiEnv>, key: string): Promise<KeyedRequest> {
  const secret = (c.req.header('authorization') ?? '').replace(/^bearer /i, '');
  const request = createHmac('sha256', secret).update(`${c.req.method} ${c.req.path}\n`);
  return {
    tokenId: c.get('token').id,
    key: createHmac('sha256', secret).update(key).digest(),
    request: request.update(Buffer.from(await c.req.arrayBuffer())).digest(),
  };
}

/** Hono has made a response of an error by now. */
async function settle(db: ApiDeps['db'], keyed: KeyedRequest, { res, error }: Context): Promise<void> {
  const passes = res.status === 409 && error instanceof AppError && isRetryable(error.code);
  if (res.status === 400 || res.status >= 500 || passes) return freeKey(db, keyed);
  await keepAnswer(db, keyed, { status: res.status, response: await res.clone().text() });
}
