import { html } from 'hono/html';
import { z } from 'zod';
import type { LogCheck } from '../../acts/audit-check.ts';
import { readAuditEntry, type AuditRow } from '../../db/audit.ts';
import { checkpointCovering } from '../../db/audit-checkpoints.ts';
import { auditPage, knownActions, type AuditListFilter } from '../../db/audit-list.ts';
import { readOverviews } from '../../db/overview.ts';
import { AppError } from '../../domain/errors.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type ProjectPage, type SignedInPage } from '../page.ts';
import { installationRoute, mayEverywhere, projectRoute, type Route } from '../registry.ts';
import { createRun, type Run } from '../runs.ts';
import { submit } from '../views/fields.ts';
import { auditEntry, type EntryProof } from './audit-entry.ts';
import { auditList, type AuditChoice } from './audit-list.ts';

const PAGE_SIZE = 50;
const EXPORT_BATCH = 1_000;
/** So long a page waits for a check; a longer one goes on, and the page shows it later. */
const WAIT_MS = 3_000;
const DAY_MS = 86_400_000;

const id = z.string().max(100);
const choosing = z.object({
  of: z.literal('installation').optional(),
  action: id.optional(),
  actor: id.optional(),
  object: id.optional(),
  request: id.optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});
const listQuery = choosing.extend({ before: z.coerce.number().int().positive() });

/** What was done, when and by whom, and the proof of it. */
export function auditPages(deps: ConsoleDeps): Route[] {
  const check = createRun(
    () => deps.installation.audit.check(),
    () => deps.clock(),
  );
  const at = (rest: string) => `/p/:project/audit${rest}` as const;
  return [
    projectRoute({
      method: 'GET',
      path: at(''),
      action: 'audit.read',
      nav: { label: 'Audit', group: 'Proof', order: 50 },
      handler: (page) => list(deps, page, check),
    }),
    projectRoute({
      method: 'POST',
      path: at('/verify'),
      action: 'audit.read',
      handler: (page) => verify(page, check),
    }),
    projectRoute({
      method: 'POST',
      path: at('/export'),
      action: 'audit.read',
      handler: (page) => exportChosen(deps, page),
    }),
    projectRoute({
      method: 'GET',
      path: at('/:seq'),
      action: 'audit.read',
      handler: (page) => show(deps, page),
    }),
    projectRoute({
      method: 'GET',
      path: at('/:seq/receipt'),
      action: 'audit.read',
      handler: (page) => receipt(deps, page),
    }),
    installationRoute({
      method: 'GET',
      path: '/audit/export',
      action: 'audit.read',
      handler: askWholeExport,
    }),
    installationRoute({
      method: 'POST',
      path: '/audit/export',
      action: 'audit.read',
      handler: (page) => exportWhole(deps, page),
    }),
  ];
}

async function list(deps: ConsoleDeps, page: ProjectPage, check: Run<LogCheck>): Promise<Response> {
  const { before, ...choice } = page.query(listQuery);
  const everywhere = mayEverywhere(page.person, 'audit.read');
  const filter = await filterOf(deps, page, choice);
  const [entries, [counted]] = await Promise.all([
    auditPage(deps.db, { ...filter, before, limit: PAGE_SIZE + 1 }),
    readOverviews(deps.db, [page.project.id]),
  ]);
  return page.html({
    title: 'Audit',
    lead: 'What was done, when and by whom. Nobody can change it unseen, neither staff nor the service.',
    body: auditList(page, {
      entries: entries.slice(0, PAGE_SIZE),
      more: entries.length > PAGE_SIZE,
      isFirst: before === undefined,
      choice,
      actions: await knownActions(deps.db, filter.projectId),
      verified: counted?.facts.auditVerified ?? null,
      ...{ check, everywhere },
    }),
  });
}

/** A group such as `hold` is all of its actions that there are. */
async function filterOf(
  deps: Pick<ConsoleDeps, 'db'>,
  page: ProjectPage,
  choice: AuditChoice,
): Promise<Omit<AuditListFilter, 'limit'>> {
  const { of, action, actor, object, request, from, to } = choice;
  const whole = of === 'installation' && mayEverywhere(page.person, 'audit.read');
  const projectId = whole ? null : page.project.id;
  const actions = action?.includes('.')
    ? [action]
    : action && (await knownActions(deps.db, projectId)).filter((one) => one.startsWith(`${action}.`));
  return {
    projectId,
    ...(actions && { actions }),
    ...{ actor, object, request },
    ...(from && { since: new Date(`${from}T00:00:00Z`) }),
    ...(to && { until: new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS) }),
  };
}

async function verify(page: ProjectPage, check: Run<LogCheck>): Promise<Response> {
  const end = await check.start(page.now, WAIT_MS);
  const to = page.at('/audit#verified');
  return end
    ? page.redirect(to)
    : page.redirect(to, { tone: 'done', text: 'The check is running. Load this page again to see its end.' });
}

/** What is not of this project is not there, but for those who may read the whole log. */
async function entryOf(deps: ConsoleDeps, page: ProjectPage): Promise<AuditRow> {
  const seq = page.param('seq');
  const entry = /^\d{1,15}$/.test(seq) ? await readAuditEntry(deps.db, Number(seq)) : undefined;
  const isOurs = entry?.project_id === page.project.id;
  const isEverybodys = entry?.project_id === null && mayEverywhere(page.person, 'audit.read');
  if (!entry || !(isOurs || isEverybodys)) throw notFound('audit entry');
  return entry;
}

async function show(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const entry = await entryOf(deps, page);
  return page.html({
    title: `Entry ${entry.seq}`,
    crumbs: [['Audit', page.at('/audit')]],
    body: auditEntry(page, entry, await proofOf(deps, entry)),
  });
}

/** The proof, checked again; `undefined` for the minutes before an entry is under a signed head. */
async function proofOf({ db, installation }: ConsoleDeps, entry: AuditRow): Promise<EntryProof | undefined> {
  const { audit, receipts } = installation;
  const receipt = await audit.receiptFor(entry).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'rows_changed') return undefined;
    throw error;
  });
  if (!receipt) return undefined;
  const verdict = receipts.verify(receipt, await receipts.publicKeys(), await receipts.handOvers());
  const head = await checkpointCovering(db, receipt.position);
  return { receipt, verdict, head };
}

async function receipt(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const entry = await entryOf(deps, page);
  const text = JSON.stringify(await deps.installation.audit.receiptFor(entry), null, 2);
  return page.download(`${text}\n`, `receipt-${entry.seq}.json`, 'application/json');
}

async function exportChosen(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const sent = await page.form(choosing);
  if (!sent.ok)
    throw new AppError('input_invalid', 'One of the filters is not right. Go back and set it anew.');
  const filter = await filterOf(deps, page, sent.values);
  const { audit } = deps.installation;
  const [newest] = await auditPage(deps.db, { ...filter, limit: 1 });
  const chosen = Object.entries(sent.values).flatMap(([name, value]) => (value ? [`${name} ${value}`] : []));
  await audit.noteExport({
    ...{ upTo: String(newest?.seq ?? 0), projectId: filter.projectId, actor: page.actor, now: page.now },
    ...(chosen.length > 0 && { reason: chosen.join(', ').slice(0, 300) }),
  });
  const lines = entryLines(deps, { ...filter, before: (newest?.seq ?? 0) + 1 });
  return page.download(streamOf(lines), `audit-${page.project.id}.jsonl`, 'application/jsonl');
}

async function* entryLines(
  { db, installation }: ConsoleDeps,
  filter: Omit<AuditListFilter, 'limit'>,
): AsyncGenerator<string> {
  for (let before = filter.before; ;) {
    const rows = await auditPage(db, { ...filter, before, limit: EXPORT_BATCH });
    for (const row of rows) yield `${JSON.stringify(installation.audit.recordOf(row))}\n`;
    const last = rows.at(-1);
    if (!last || rows.length < EXPORT_BATCH) return;
    before = last.seq;
  }
}

function askWholeExport(page: SignedInPage): Promise<Response> {
  return page.html({
    title: 'Download the whole log',
    lead: 'Every entry of every project with its signed heads, as the offline verifier reads it.',
    body: page.postForm({
      to: '/audit/export',
      body: html`<p>
          It holds no texts and no names, but who of the staff did what. That you took it out becomes an entry
          of the log.
        </p>
        ${submit('Download the whole log')}`,
    }),
  });
}

async function exportWhole({ installation }: ConsoleDeps, page: SignedInPage): Promise<Response> {
  const { audit } = installation;
  const { from, to } = await audit.exportedRange();
  const { actor, now } = page;
  await audit.noteExport({ upTo: String(to), projectId: null, entries: to - from, actor, now });
  return page.download(streamOf(await audit.exportLog()), 'audit.jsonl', 'application/jsonl');
}

/** A browser that goes away ends the reading. */
function streamOf(lines: AsyncIterable<string>): ReadableStream {
  return ReadableStream.from(lines).pipeThrough(new TextEncoderStream());
}
