import { html } from 'hono/html';
import { z } from 'zod';
import type { ReceiptVerdict } from '../../audit/receipt.ts';
import type { PrivacyPage } from '../../telegram/privacy-page.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type PublicPage } from '../page.ts';
import { createPublicLimit } from '../public-limit.ts';
import { publicRoute, type Route } from '../registry.ts';
import type { Html } from '../views/html.ts';
import { facts, linkButton, notice } from '../views/pieces.ts';
import { NOT_A_RECEIPT, receiptFacts, receiptFields, verdictHeading } from '../views/receipt.ts';
import { withQuery } from '../views/table.ts';

/** A receipt is some 3 KB; after many rotations of the key, a little more. */
const LARGEST_RECEIPT_BYTES = 256 * 1024;

const reading = z.object({ language: z.string().regex(/^[a-z]{2}$/) });

/** What customers read without signing in: what is kept of them, and whether a receipt is genuine. */
export function publicPages(deps: ConsoleDeps): Route[] {
  const limited = createPublicLimit();
  return [
    publicRoute({
      method: 'GET',
      path: '/privacy/:project',
      handler: limited((page: PublicPage) => showPrivacy(deps, page)),
    }),
    publicRoute({
      method: 'GET',
      path: '/receipt',
      handler: limited((page: PublicPage) => showReceipt(page, undefined)),
    }),
    publicRoute({
      method: 'POST',
      path: '/receipt',
      maxBytes: LARGEST_RECEIPT_BYTES,
      handler: limited((page: PublicPage) => checkReceipt(deps, page)),
    }),
    publicRoute({
      method: 'GET',
      path: '/receipt/public-key',
      handler: limited(async (page: PublicPage) =>
        page.c.text(`${(await deps.installation.receipts.publicKeys()).join('\n')}\n`),
      ),
    }),
  ];
}

async function showPrivacy({ installation }: ConsoleDeps, page: PublicPage): Promise<Response> {
  const projectId = page.param('project');
  // Before it is asked for anywhere: what is no project's id is none of a project.
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(projectId)) throw notFound();
  const { language } = page.query(reading);
  const shown = await installation.privacyPage(projectId, language ? [language] : acceptedOf(page));
  page.c.header('content-language', shown.language);
  page.c.header('vary', 'accept-language');
  const body = html`${languages(projectId, shown)}
    ${shown.noticeUrl ? html`<p><a href="${shown.noticeUrl}" rel="noreferrer">${shown.version}</a></p>` : html`<p class="muted">${shown.version}</p>`}
    ${shown.parts.map(
      ({ heading, paragraphs, items }) =>
        html`<section>
          <h2>${heading}</h2>
          ${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}
          ${
            items?.length
              ? html`<ul>
                  ${items.map((item) => html`<li>${item}</li>`)}
                </ul>`
              : ''
          }
        </section>`,
    )}
    <p>${linkButton('/receipt', shown.receipt)}</p>`;
  return page.html({ title: shown.title, language: shown.language, body });
}

/** The languages of a browser, the one it likes best first; weights that it names come in that order. */
function acceptedOf(page: PublicPage): string[] {
  const header = page.c.req.header('accept-language') ?? '';
  return header
    .split(',')
    .slice(0, 20)
    .map((part) => part.split(';')[0]?.trim() ?? '')
    .filter((tag) => /^[A-Za-z-]{2,20}$/.test(tag));
}

function languages(projectId: string, { languages: all, language: now }: PrivacyPage): Html {
  return html`<p class="languages">
    ${all.map(({ language, name }) =>
      language === now
        ? html`<strong lang="${language}">${name}</strong> `
        : html`<a
            href="${withQuery(`/privacy/${projectId}`, { language })}"
            lang="${language}"
            hreflang="${language}"
            >${name}</a
          > `,
    )}
  </p>`;
}

async function checkReceipt({ installation }: ConsoleDeps, page: PublicPage): Promise<Response> {
  const { receipts } = installation;
  const given = await submitted(page);
  if (given === undefined) return showReceipt(page, NOT_A_RECEIPT);
  const [keys, handOvers] = [await receipts.publicKeys(), await receipts.handOvers()];
  return showReceipt(page, receipts.verify(given, keys, handOvers));
}

/** The receipt from the file or the text field; `undefined` for what is no JSON. */
async function submitted(page: PublicPage): Promise<unknown> {
  const file = await page.file('file');
  const sent = await page.form(z.object({ text: z.string().optional() }));
  const text = file ? await file.text() : sent.ok ? sent.values.text : undefined;
  try {
    return JSON.parse(text ?? '') as unknown;
  } catch {
    return undefined;
  }
}

function showReceipt(page: PublicPage, verdict: ReceiptVerdict | undefined): Promise<Response> {
  return page.html({
    title: 'Check a receipt',
    lead: 'A receipt proves that a deletion or an erasure was recorded. Nothing of it is stored here.',
    body: html`${verdict ? answer(verdict) : ''}
      ${page.postForm({
        to: '/receipt',
        multipart: true,
        label: 'Check a receipt',
        body: receiptFields(),
      })}
      <p>
        You need not believe this page: the <a href="/receipt/public-key">public key</a> and the receipt are
        enough to check it with tools of your own.
      </p>`,
  });
}

function answer(verdict: ReceiptVerdict): Html {
  const genuine = verdict.verdict === 'genuine';
  return html`${notice(
    genuine ? 'done' : 'danger',
    html`<h2>${verdictHeading(verdict)}</h2>
      <p>${verdict.message}</p>`,
  )}
  ${genuine ? facts(receiptFacts(verdict.entry)) : ''}`;
}
