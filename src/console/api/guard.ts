import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { findToken, type ValidToken } from '../../db/tokens.ts';
import { mayDo } from '../../domain/roles.ts';
import { TOKEN_FORM } from '../../domain/tokens.ts';
import type { ApiDeps, Endpoint } from './endpoint.ts';
import { PERMISSIONS } from './permissions.ts';
import { problemOf, ProblemError } from './problems.ts';

/** What travels with a request. */
export interface ApiEnv {
  readonly Variables: { token: ValidToken; operation: string };
}

const MINUTE_S = 60;

/**
 * Lets a request through to its operation: its token is in force, it does not ask too often, what it names
 * belongs to the token's project, and the token's roles allow it. In this order, so that nobody learns what
 * there is in another project.
 */
export function createGuard(deps: ApiDeps): (endpoint: Endpoint) => MiddlewareHandler<ApiEnv> {
  const limit = createLimit(deps.requestsPerMinute ?? 600);
  return (endpoint) => async (c, next) => {
    c.set('operation', endpoint.operation);
    const token = await tokenOf(deps, c.req.header('authorization'));
    c.set('token', token);
    const headers = await limit(token.id);
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    const params = c.req.param() as Record<string, string>;
    const project = await (endpoint.projectOf?.(deps.db, params) ?? Promise.resolve(params['project']));
    if (project !== token.projectId)
      throw new ProblemError(problemOf(404, 'not_found', 'There is no such thing here.'));
    if (!mayDo(token.roles, PERMISSIONS[endpoint.operation]))
      throw new ProblemError(
        problemOf(403, 'not_allowed', 'The roles of this token do not allow this operation.'),
      );
    await next();
  };
}

async function tokenOf({ db, clock }: ApiDeps, header: string | undefined): Promise<ValidToken> {
  const presented = /^Bearer ([!-~]+)$/i.exec(header ?? '')?.[1] ?? '';
  const token = TOKEN_FORM.test(presented) ? await findToken(db, presented, clock()) : undefined;
  if (token) return token;
  throw new ProblemError(
    problemOf(
      401,
      'token_needed',
      'Send a token that is in force: Authorization: Bearer rtk_… One is made with: retention token create',
    ),
  );
}

/** Counts requests of each token, in this process. */
function createLimit(points: number): (tokenId: string) => Promise<Record<string, string>> {
  const limiter = new RateLimiterMemory({ points, duration: MINUTE_S });
  const headersOf = (state: RateLimiterRes) => ({
    'RateLimit-Limit': String(points),
    'RateLimit-Remaining': String(Math.max(0, state.remainingPoints)),
    'RateLimit-Reset': String(Math.ceil(state.msBeforeNext / 1000)),
  });
  return async (tokenId) => {
    try {
      return headersOf(await limiter.consume(tokenId));
    } catch (state) {
      if (!(state instanceof RateLimiterRes)) throw state;
      const headers = headersOf(state);
      throw new LimitError(headers);
    }
  };
}

/** Too many requests, with the headers that say when to go on. */
export class LimitError extends ProblemError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(headers: Record<string, string>) {
    const seconds = headers['RateLimit-Reset'] ?? '60';
    super(problemOf(429, 'too_many_requests', `This token asked too often. Go on in ${seconds} seconds.`));
    this.headers = { ...headers, 'Retry-After': seconds };
  }
}
