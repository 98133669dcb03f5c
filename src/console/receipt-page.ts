import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { html } from 'hono/html';
import type { AuditRecord } from '../audit/canonical.ts';
import type { ReceiptVerdict } from '../audit/receipt.ts';

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

const NOT_A_RECEIPT: ReceiptVerdict = {
  verdict: 'not_a_receipt',
  message:
    'This is not a receipt of the audit log, or a part of it is missing. Use the file as it was given out.',
};
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
          <form method="post" action="/" enctype="multipart/form-data">
            <label for="file">The file</label>
            <input type="file" id="file" name="file" accept=".json,application/json" />
            <label for="text">Or its text</label>
            <textarea id="text" name="text" rows="8" spellcheck="false" autocomplete="off"></textarea>
            <button type="submit">Check</button>
          </form>
          <p>
            You need not believe this page: the <a href="/audit/public-key">public key</a> and the receipt are
            enough to check it with tools of your own.
          </p>
        </main>
      </body>
    </html>`;
}

function answer(verdict: ReceiptVerdict) {
  if (verdict.verdict !== 'genuine')
    return html`<section class="bad" role="status">
      <h2>${verdict.verdict === 'not_a_receipt' ? 'Not a receipt' : 'Not genuine'}</h2>
      <p>${verdict.message}</p>
    </section>`;
  const { entry } = verdict;
  const counts = Object.entries(entry.counts).map(([name, count]) => `${name} ${count}`);
  const rows = [
    ['What was done', whatWasDone(entry)],
    ['When', `${entry.at.slice(0, 19).replace('T', ' ')} UTC`],
    ['To what', `${entry.object.kind} ${entry.object.id}`],
    ['Request', entry.requestId],
    ['How much', counts.join(', ')],
    ['Project', entry.projectId],
    ['Number', entry.seq],
  ];
  return html`<section class="good" role="status">
    <h2>Genuine</h2>
    <p>${verdict.message}</p>
    <dl>
      ${rows
        .filter(([, value]) => value)
        .map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
    </dl>
  </section>`;
}

/** What a law or a hold keeps back is counted in the entry, and must not read as if it were gone. */
function whatWasDone({ action, counts }: AuditRecord): string {
  if (action === 'erasure.completed' && (counts['restricted'] ?? 0) > 0)
    return "A person's data was erased, but for what law or a hold keeps: that is locked away until then";
  return ACTIONS[action] ?? action;
}

const ACTIONS: Readonly<Record<string, string>> = {
  'session.deleted': 'A session was deleted for good, as its rules say',
  'session.erased': 'A session was deleted for good, because the person asked for it',
  'session.share-erased': "A person's part of a session was deleted for good",
  'erasure.completed': "A person's data was erased, and every store was asked and found empty",
};

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
