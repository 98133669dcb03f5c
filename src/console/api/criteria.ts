import { z } from '@hono/zod-openapi';
import { AppError } from '../../domain/errors.ts';
import type { Call } from './endpoint.ts';
import { words } from './schemas.ts';

/** Which sessions are meant: a query, one that the token's owner saved, or both, which then both have to be met. */
export const whichSessions = {
  query: words(500).optional().openapi({ example: 'tag:complaint from:2026-01-01' }),
  /** The name under which the member of staff who answers for this token saved a search. */
  saved: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
    .optional()
    .openapi({ example: 'open-complaints' }),
};

/**
 * The query that a request comes to.
 *
 * @throws AppError `input_invalid` where it names none, `not_found` where nothing is saved under the name
 */
export async function queryAsked(
  { deps, token }: Pick<Call<unknown, unknown, unknown>, 'deps' | 'token'>,
  asked: { readonly query?: string | undefined; readonly saved?: string | undefined },
): Promise<string> {
  if (asked.saved === undefined) return asked.query ?? noQuery();
  if (token.owner === null)
    throw new AppError(
      'not_found',
      'Nobody answers for this token, so it has no saved searches. Send a query.',
    );
  const saved = await deps.acts.savedSearch({ owner: token.owner, name: asked.saved });
  return asked.query === undefined ? saved : `(${saved}) (${asked.query})`;
}

function noQuery(): never {
  throw new AppError(
    'input_invalid',
    'Say which sessions are meant: send a query, or the name of a saved one.',
  );
}
