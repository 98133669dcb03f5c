import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  createScriptedFaults,
  harm,
  harmUpload,
  type ScriptedFaults,
  type StoreOperation,
  type StoreOutcome,
  type StoreRequest,
} from './store-faults.ts';
import { createBucketKeeper, type BucketKeeper, type ObjectFacts } from './store-rules.ts';

/**
 * Stands before the emulator of Google Cloud Storage: it does what is scripted to requests and answers, and
 * keeps those rules of a bucket that the emulator does not know (preconditions, holds and retention of a
 * deletion, soft deletion, settings).
 */
export interface StoreProxy {
  readonly endpoint: string;
  readonly faults: ScriptedFaults;
  /** The rules of every bucket behind it. */
  readonly bucket: BucketKeeper;
  /** Every request so far, in order. */
  readonly requests: readonly StoreRequest[];
  /** Behind it another emulator, or the same one after a restart. */
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** @param backend the emulator's endpoint */
export async function startStoreProxy(backend: string): Promise<StoreProxy> {
  const faults = createScriptedFaults();
  const bucket = createBucketKeeper();
  const requests: StoreRequest[] = [];
  const server = createServer((request, response) => {
    const seen = read(request);
    requests.push(seen);
    const endpoint = endpointOf(server.address() as AddressInfo);
    handle({ backend, endpoint, bucket }, { request, response, seen, outcome: faults.take(seen) }).catch(() =>
      response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: endpointOf(server.address() as AddressInfo),
    faults,
    bucket,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function endpointOf({ port }: AddressInfo): string {
  return `http://127.0.0.1:${port}`;
}

interface Place {
  readonly backend: string;
  readonly endpoint: string;
  readonly bucket: BucketKeeper;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: StoreRequest;
  readonly outcome: StoreOutcome | undefined;
}

async function handle(place: Place, { request, response, seen, outcome }: Exchange): Promise<void> {
  const given = await buffer(request);
  if (outcome === 'hang') return;
  if (outcome === 'reset') {
    response.destroy();
    return;
  }
  if (typeof outcome === 'object') {
    const { refuse, message = 'scripted fault', retryAfter } = outcome;
    const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
    send(response, refusal(refuse, message, wait));
    return;
  }
  const harmed =
    seen.operation === 'upload' && (outcome === 'cut' || outcome === 'flip')
      ? harmUpload(given, request.headers['content-type'] ?? '', outcome)
      : given;
  const answer = await pass(place, request, seen, harmed);
  if (outcome === 'lose-answer') {
    response.destroy();
    return;
  }
  const bytes =
    seen.operation === 'read' && (outcome === 'cut' || outcome === 'flip')
      ? harm(answer.body, outcome)
      : answer.body;
  send(response, { ...answer, body: bytes });
}

/** Passes a request on, under the rules of the bucket. */
async function pass(
  place: Place,
  request: IncomingMessage,
  seen: StoreRequest,
  body: Buffer,
): Promise<Answer> {
  const url = new URL(request.url ?? '/', place.backend);
  const now = new Date();
  if (seen.operation === 'delete') return passDeletion(place, request, seen, url);
  if (seen.operation === 'list' && url.searchParams.get('softDeleted') === 'true') {
    const items = place.bucket.softDeleted(url.searchParams.get('prefix') ?? '', now);
    return json(200, { kind: 'storage#objects', items });
  }
  const answer = await forward(place, request, url, body);
  if (seen.operation === 'upload' && answer.status === 200 && seen.object) place.bucket.written(seen.object);
  if (seen.operation !== 'bucket' || request.method !== 'GET' || answer.status !== 200) return answer;
  if (url.pathname.endsWith('/iam')) return answer;
  return json(200, { ...(JSON.parse(String(answer.body)) as object), ...place.bucket.describe() });
}

async function passDeletion(
  place: Place,
  request: IncomingMessage,
  { bucket, object = '' }: StoreRequest,
  url: URL,
): Promise<Answer> {
  const now = new Date();
  const about = `${place.backend}/storage/v1/b/${bucket}/o/${encodeURIComponent(object)}`;
  const found = await fetch(about);
  const facts = (await found.json()) as ObjectFacts;
  if (found.ok) {
    const refused = place.bucket.refuses(facts, url.searchParams.get('ifGenerationMatch'), now);
    if (refused) return refusal(refused.status, refused.message);
  }
  const answer = await forward(place, request, url, Buffer.alloc(0));
  if (found.ok && answer.status < 300) place.bucket.deleted(facts, now);
  return answer;
}

const NOT_PASSED_ON = new Set([
  'connection',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'keep-alive',
]);

async function forward(
  { backend, endpoint }: Place,
  request: IncomingMessage,
  url: URL,
  body: Buffer,
): Promise<Answer> {
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    typeof value === 'string' && name !== 'host' && !NOT_PASSED_ON.has(name)
      ? [[name, value] as [string, string]]
      : [],
  );
  const answer = await fetch(url, {
    method: request.method ?? 'GET',
    headers,
    redirect: 'manual',
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  });
  const given = [...answer.headers].filter(([name]) => !NOT_PASSED_ON.has(name));
  return {
    status: answer.status,
    // Where a large upload goes on: through here too.
    headers: Object.fromEntries(given.map(([name, value]) => [name, value.replace(backend, endpoint)])),
    body: Buffer.from(await answer.arrayBuffer()),
  };
}

function read(request: IncomingMessage): StoreRequest {
  const url = new URL(request.url ?? '/', 'http://store');
  const [, upload, bucket = '', list, object] =
    /^(?:\/download)?(\/upload|\/resumable)?\/storage\/v1\/b\/([^/]+)(\/o)?(?:\/(.+))?$/.exec(url.pathname) ??
    [];
  const name = object && list ? decodeURIComponent(object) : url.searchParams.get('name');
  return {
    operation: operationOf(request.method ?? 'GET', url, {
      upload: upload !== undefined,
      list: list !== undefined,
      object: object !== undefined,
    }),
    bucket,
    ...(name && { object: name }),
    at: Date.now(),
  };
}

function operationOf(
  method: string,
  url: URL,
  path: { upload: boolean; list: boolean; object: boolean },
): StoreOperation {
  if (path.upload || url.searchParams.has('upload_id')) return 'upload';
  if (!path.list) return 'bucket';
  if (!path.object) return 'list';
  if (method === 'DELETE') return 'delete';
  return url.searchParams.get('alt') === 'media' ? 'read' : 'stat';
}

function refusal(status: number, message: string, headers: Record<string, string> = {}): Answer {
  return json(
    status,
    { error: { code: status, message, errors: [{ message, reason: 'scripted' }] } },
    headers,
  );
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': String(body.length) });
  response.end(body);
}
