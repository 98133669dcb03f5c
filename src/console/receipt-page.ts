import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { html } from 'hono/html';
import type { ReceiptVerdict } from '../audit/receipt.ts';
import { NOT_A_RECEIPT, receiptFacts, receiptFields, verdictHeading } from './views/receipt.ts';

/** What confirms receipts. */
export interface ReceiptPageDeps {
  /** The log's public keys, oldest first. */
  readonly publicKeys: () => Promise<readonly string[]>;
  /** The checkpoints with which the retired ones of them handed over. */
  readonly handOvers: () => Promise<readonly string[]>;
  readonly verify: (
    given: unknown,
    publicKeys: readonly string[],
    handOvers: readonly string[],
  ) => ReceiptVerdict;
}

/** A receipt is some 3 KB; after many rotations of the key, a little more. */
const LARGEST_BYTES = 256 * 1024;

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/**
 * A page on which anybody confirms a receipt, without signing in: it says whether the receipt is genuine and
 * what it stands for, and nothing that is not in the receipt itself. It stores nothing, opens no database, and
 * works without JavaScript.
 */
export function createReceiptPage(deps: ReceiptPageDeps): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
  });
  app.use(bodyLimit({ maxSize: LARGEST_BYTES, onError: (c) => show(c, TOO_LARGE, 413) }));
  app.get('/style.css', (c) => c.text(STYLE, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/', (c) => show(c, undefined));
  app.post('/', async (c) => {
    const receipt = await submitted(c);
    return show(c, deps.verify(receipt, await deps.publicKeys(), await deps.handOvers()));
  });
  app.get('/audit/public-key', async (c) => c.text(`${(await deps.publicKeys()).join('\n')}\n`));
  app.onError((error, c) => {
    if (!(error instanceof SyntaxError)) throw error;
    return show(c, NOT_A_RECEIPT, 400);
  });
  return app;
}

const TOO_LARGE: ReceiptVerdict = {
  verdict: 'not_a_receipt',
  message: 'This is far larger than a receipt. Use the file as it was given out.',
};

/** The receipt from the text field or the file; from a program, the body itself. */
async function submitted(c: Context): Promise<unknown> {
  if (c.req.header('content-type')?.startsWith('application/json')) return c.req.json();
  const { text, file } = await c.req.parseBody();
  const given = file instanceof File && file.size > 0 ? await file.text() : text;
  if (typeof given !== 'string') return undefined;
  return JSON.parse(given) as unknown;
}

function show(c: Context, verdict: ReceiptVerdict | undefined, status: 200 | 400 | 413 = 200) {
  if (c.req.header('accept')?.startsWith('application/json')) return c.json(verdict ?? {}, status);
  return c.html(page(verdict), status);
}

function page(verdict: ReceiptVerdict | undefined) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Check a receipt</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <main>
          <h1>Check a receipt</h1>
          ${verdict ? answer(verdict) : ''}
          <p>
            A receipt proves that a deletion or an erasure was recorded. Choose its file or paste it: this
            page says whether it is genuine. Nothing of it is stored.
          </p>
          <form method="post" action="/" enctype="multipart/form-data">${receiptFields()}</form>
          <p>
            You need not believe this page: the <a href="/audit/public-key">public key</a> and the receipt are
            enough to check it with tools of your own.
          </p>
        </main>
      </body>
    </html>`;
}

function answer(verdict: ReceiptVerdict) {
  const genuine = verdict.verdict === 'genuine';
  return html`<section class="${genuine ? 'good' : 'bad'}" role="status">
    <h2>${verdictHeading(verdict)}</h2>
    <p>${verdict.message}</p>
    ${
      genuine
        ? html`<dl>
            ${receiptFacts(verdict.entry).map(
              ([name, value]) =>
                html`<dt>${name}</dt>
                  <dd>${value}</dd>`,
            )}
          </dl>`
        : ''
    }
  </section>`;
}

const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 42rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input, textarea { width: 100%; box-sizing: border-box; font: inherit; }
textarea { font: 14px/1.4 ui-monospace, monospace; }
button { margin-top: 1rem; padding: .6rem 1.5rem; font: inherit; }
section { padding: .5rem 1rem; border-left: .4rem solid; overflow-wrap: anywhere; }
.good { border-color: #1a7f37; }
.bad { border-color: #b42318; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem; }
`;
