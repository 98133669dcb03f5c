import { Readable } from 'node:stream';
import { createRoute, OpenAPIHono, z, type RouteConfig } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { routePath } from 'hono/route';
import { tokenActor } from '../../domain/tokens.ts';
import { documentOf, registerToken, responsesOf } from './document.ts';
import type { ApiDeps, Download, Endpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { createGuard, LimitError, type ApiEnv } from './guard.ts';
import { createIdempotency } from './idempotency.ts';
import { PERMISSIONS } from './permissions.ts';
import { problemFrom, problemOf, ProblemError, type Fault, type Problem } from './problems.ts';

/** A hundred messages of Telegram's own greatest length, with room to spare. */
const LARGEST_BYTES = 2 * 1024 * 1024;

const HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** The JSON API, to be mounted under `/api/v1`. It calls the same acts as chat, console and command line. */
export function createApi(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });
  registerToken(app);
  const guard = createGuard(deps);
  const idempotency = createIdempotency(deps);
  app.use(observed(deps));
  app.use(
    bodyLimit({
      maxSize: LARGEST_BYTES,
      onError: (c) =>
        answerProblem(c, problemOf(413, 'too_large', 'The body is larger than 2 MB. Send it in parts.')),
    }),
  );
  for (const endpoint of ENDPOINTS) {
    const before = [guard(endpoint)];
    if (endpoint.body) before.push(onlyJson);
    if (endpoint.method === 'post' && !endpoint.reads) before.push(idempotency);
    app.openapi(routeOf(endpoint, before), (c) => answer(deps, endpoint, c as Context<ApiEnv>) as never);
  }
  app.get('/openapi.json', (c) => {
    c.set('operation', 'openapi');
    return c.json(documentOf(app));
  });
  app.all('*', (c) => {
    throw new ProblemError(unknownPlace(c));
  });
  app.onError((error, c) => {
    const problem = problemFrom(error, deps.isOutage);
    if (problem.status >= 500)
      deps.log.error({ code: codeOf(error), operation: c.get('operation') }, 'a request to the API failed');
    return answerProblem(c, problem, error instanceof LimitError ? error.headers : {});
  });
  return app;
}

/** A token's roles are the whole of what it may do, so what an operation needs is told in its document. */
function routeOf(endpoint: Endpoint, middleware: MiddlewareHandler[]): RouteConfig {
  const { method, path, operation, summary, description, tag, params, query, body } = endpoint;
  const headers = z.object({
    'idempotency-key': z
      .string()
      .regex(/^[!-~]{1,255}$/)
      .optional(),
  });
  return createRoute({
    ...{ method, path, summary, operationId: operation, tags: [tag] },
    description: [description, `Needs the right \`${PERMISSIONS[operation]}\`.`].filter(Boolean).join(' '),
    security: [{ token: [] }],
    middleware,
    request: {
      params,
      ...(query && { query }),
      ...(method === 'post' && !endpoint.reads && { headers }),
      ...(body && { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: responsesOf(endpoint),
  });
}

async function answer(deps: ApiDeps, endpoint: Endpoint, c: Context<ApiEnv>): Promise<Response> {
  const token = c.get('token');
  const valid = (target: string): unknown => c.req.valid(target as never);
  const result = await endpoint.handle({
    deps,
    params: valid('param'),
    query: endpoint.query ? valid('query') : {},
    body: endpoint.body ? valid('json') : undefined,
    token,
    actor: tokenActor(token.id, token.roles),
    now: deps.clock(),
  });
  if (endpoint.downloads) return sendFile(c, result as Download, endpoint.downloads);
  const text = JSON.stringify(result);
  if (deps.checkAnswers) endpoint.answer.parse(JSON.parse(text));
  return c.body(text, endpoint.status ?? 200, { 'Content-Type': 'application/json' });
}

function sendFile(c: Context, { name, body }: Download, type: string): Response {
  const headers = { 'Content-Type': type, 'Content-Disposition': `attachment; filename="${name}"` };
  return c.body(Readable.toWeb(Readable.from(body)) as ReadableStream, 200, headers);
}

const onlyJson: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(type))
    throw new ProblemError(problemOf(415, 'not_json', 'Send the body as Content-Type: application/json.'));
  await next();
};

/** Says where a request cannot be used, and never what it said there. */
function refuseInvalid(result: {
  success: boolean;
  target?: string;
  error?: { issues: readonly z.core.$ZodIssue[] };
}): void {
  if (result.success || !result.error) return;
  const root = result.target === 'json' ? '' : `#/${result.target ?? 'request'}`;
  const errors = result.error.issues.flatMap((issue) => faultsOf(issue, root));
  throw new ProblemError(
    problemOf(400, 'input_invalid', 'The request has places that cannot be used; they are listed.', {
      errors,
    }),
  );
}

function faultsOf(issue: z.core.$ZodIssue, root: string): Fault[] {
  const at = (path: readonly PropertyKey[]) =>
    [root, ...path.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
  const detail = FAULTS[issue.code] ?? issue.message;
  return [{ pointer: at(issue.path), detail }];
}

/** Where the library's own words would quote what was sent. */
const FAULTS: Readonly<Record<string, string>> = {
  unrecognized_keys: 'there are names here that mean nothing',
  invalid_key: 'a name here cannot be used',
};

/** Counts and times every request, and gives every answer its headers. */
function observed({ onAnswer }: ApiDeps): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const began = performance.now();
    c.set('operation', 'other');
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    const seconds = (performance.now() - began) / 1000;
    onAnswer?.({ operation: c.get('operation'), method: c.req.method, status: c.res.status, seconds });
  };
}

function answerProblem(
  c: Context,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): Response {
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  if (problem.status === 401) c.header('WWW-Authenticate', 'Bearer realm="telegram-retention"');
  return c.body(JSON.stringify(problem), problem.status, { 'Content-Type': 'application/problem+json' });
}

/** A path that is served for other methods is told from one that is not served at all. */
function unknownPlace(c: Context<ApiEnv>): Problem {
  const mount = routePath(c).replace(/\/\*$/, '');
  const path = c.req.path.slice(mount === '*' ? 0 : mount.length);
  const methods = ENDPOINTS.filter((one) => patternOf(one.path).test(path)).map(({ method }) => method);
  if (path === '/openapi.json') methods.push('get');
  if (methods.length === 0)
    return problemOf(404, 'not_found', 'There is no such place in this API. See: /api/v1/openapi.json');
  const allowed = [...new Set(methods)].map((method) => method.toUpperCase()).join(', ');
  c.header('Allow', allowed);
  return problemOf(405, 'method_not_supported', `Only ${allowed} is served here.`);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code ?? (error instanceof Error ? error.name : typeof error);
}
