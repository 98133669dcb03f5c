import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a translator's server was asked, and how it answers from now on. */
export interface TranslatorServer {
  readonly url: string;
  readonly asked: { path: string; body: Record<string, unknown> }[];
  /** The status of every answer; 200 brings a translation. */
  status: number;
  stop(): Promise<void>;
}

/**
 * A server that speaks as LibreTranslate and as Google's REST interface do. A translation is the text
 * between the marks of its target language, so that a test knows what it must be.
 */
export async function startTranslatorServer(): Promise<TranslatorServer> {
  const asked: TranslatorServer['asked'] = [];
  const state = { status: 200 };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      asked.push({ path: request.url ?? '', body });
      response.writeHead(state.status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(state.status === 200 ? answerTo(request.url ?? '', body) : { error: 'no' }),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    get status() {
      return state.status;
    },
    set status(status) {
      state.status = status;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answerTo(path: string, body: Record<string, unknown>): unknown {
  if (path === '/languages')
    return ['en', 'ru', 'es', 'zh-Hans'].map((code) => ({
      code,
      name: code,
      targets: ['en', 'ru', 'es', 'zh-Hans'],
    }));
  if (path === '/translate') return { translatedText: `[${String(body['target'])}] ${String(body['q'])}` };
  const [text = ''] = body['contents'] as string[];
  return {
    translations: [{ translatedText: `[${String(body['targetLanguageCode'])}] ${text}` }],
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}
