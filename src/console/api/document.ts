import { type OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { Endpoint } from './endpoint.ts';
import type { ApiEnv } from './guard.ts';
import type { ProblemStatus } from './problems.ts';
import { problem } from './schemas.ts';

const RATE_HEADERS = Object.fromEntries(
  [
    ['RateLimit-Limit', 'Requests that this token may make in a minute.'],
    ['RateLimit-Remaining', 'How many of them are left.'],
    ['RateLimit-Reset', 'Seconds until all of them are there again.'],
  ].map(([name = '', description = '']) => [name, { description, schema: { type: 'integer' as const } }]),
);

const PROBLEMS: Readonly<Record<ProblemStatus, string>> = {
  400: 'The request cannot be read, or an act refuses what it says.',
  401: 'The token is missing or not in force.',
  403: 'The roles of the token, or the rules of the act, do not allow it.',
  404: 'It does not exist in the project of the token.',
  405: 'The method is not supported here.',
  409: 'It does not go together with how things stand; somebody may have decided first.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'The Idempotency-Key was used for another request.',
  429: 'Too many requests of this token.',
  500: 'Something unexpected failed.',
  503: 'A service is away for now.',
};

/** Every answer that an operation can give. */
export function responsesOf(endpoint: Endpoint): RouteConfig['responses'] {
  const statuses: ProblemStatus[] = [400, 401, 403, 404, 409, 413, 429, 500, 503];
  if (endpoint.body) statuses.push(415);
  if (endpoint.method === 'post' && !endpoint.reads) statuses.push(422);
  const problems = statuses
    .sort()
    .map((status) => [
      status,
      { description: PROBLEMS[status], content: { 'application/problem+json': { schema: problem } } },
    ]);
  return {
    [endpoint.status ?? 200]: {
      description: endpoint.summary,
      headers: RATE_HEADERS,
      content: { [endpoint.downloads ?? 'application/json']: { schema: endpoint.answer } },
    },
    ...Object.fromEntries(problems),
  } as RouteConfig['responses'];
}

/** How requests say whose they are. */
export function registerToken(app: OpenAPIHono<ApiEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of one project, made with `retention token create`.',
  });
}

/** The OpenAPI 3.1 document of the API, out of the schemas that check its requests. */
export function documentOf(app: OpenAPIHono<ApiEnv>) {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'telegram-retention',
      version: '1',
      description: 'Sessions, their retention, its proof. See docs/api.md.',
    },
    servers: [{ url: '/api/v1' }],
  });
}
