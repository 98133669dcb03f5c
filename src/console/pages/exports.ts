import { Readable } from 'node:stream';
import { html } from 'hono/html';
import { z } from 'zod';
import { pageOfExports } from '../../db/export-lists.ts';
import { holdsErased } from '../../db/exports.ts';
import type { ExportRow } from '../../db/exports-tables.ts';
import { AppError } from '../../domain/errors.ts';
import { filesAsOne } from '../../export/files.ts';
import { isFresh } from '../admission.ts';
import type { ConsoleDeps } from '../deps.ts';
import { begunForm, exportForm } from '../exports/export-form.ts';
import { orderOf, orderSent } from '../exports/export-order.ts';
import { exportList, exportView, scheduleSection, stateOf } from '../exports/export-views.ts';
import { loginsOf } from '../logins.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { wordsOf } from '../refusals.ts';
import { projectRoute, type Route } from '../registry.ts';
import { cursorOf, readCursor } from '../sessions/paging.ts';
import { auditReason, reasonField } from '../sessions/search-fields.ts';
import { confirmPage } from '../views/confirm.ts';
import { freshForm, problems, withError, type FormState } from '../views/fields.ts';
import { linkButton } from '../views/pieces.ts';
import { pager, withQuery } from '../views/table.ts';

const AT = '/p/:project/exports' as const;
const PAGE = 25;
const paging = z.object({ after: z.string().max(200) });
const fetching = z.object({ reason: auditReason });
const removing = z.object({ schedule: z.uuid() });

/** Exports: asked for, followed, fetched and removed; and those that are written again and again. */
export function exportPages(deps: ConsoleDeps): Route[] {
  const { db, acts, content } = deps;
  const readerOf = ({ actor, member }: ProjectPage) => ({ actor, roles: member.roles });
  const route = (
    method: 'GET' | 'POST',
    path: `/p/:project${string}`,
    handler: (page: ProjectPage) => Promise<Response>,
    stepUp?: true,
  ) => projectRoute({ action: 'export.run', method, path, handler, ...(stepUp && { stepUp }) });
  return [
    projectRoute({
      method: 'GET',
      path: AT,
      action: 'export.run',
      nav: { label: 'Exports', group: 'Work', order: 60 },
      handler: list,
    }),
    route('GET', `${AT}/new`, (page) =>
      form(
        page,
        begunForm(page.query(z.object({ q: z.string() })).q ?? '', (q) => acts.checkQuery(q)),
      ),
    ),
    route('POST', AT, order),
    route('POST', `${AT}/schedules/remove`, removeSchedule),
    route('GET', `${AT}/:id`, show),
    route('GET', `${AT}/:id/end`, askEnd),
    route('POST', `${AT}/:id/end`, end),
    // What leaves here expires nowhere: whoever takes it proves anew who they are.
    route('GET', `${AT}/:id/fetch`, (page) => askFetch(page, freshForm()), true),
    route('POST', `${AT}/:id/fetch`, fetchFiles, true),
  ];

  async function list(page: ProjectPage): Promise<Response> {
    const { after } = page.query(paging);
    const projectId = page.project.id;
    const rows = await pageOfExports(db, { projectId, limit: PAGE + 1, after: readCursor(after) });
    const schedules = await acts.listExportSchedules({ reader: readerOf(page), projectIds: [projectId] });
    const shown = rows.slice(0, PAGE);
    const last = shown.at(-1);
    const logins = await loginsOf(db, page.project.id);
    return page.html({
      title: 'Exports',
      lead: 'Sessions as files. They wait to be fetched for some days, and are then removed by themselves.',
      aside: linkButton(page.at('/exports/new'), 'Export sessions', 'main'),
      body: html`<div data-list>${exportList(page, shown, logins)}</div>
        ${pager({
          first: page.at('/exports'),
          next:
            rows.length > PAGE && last
              ? withQuery(page.at('/exports'), { after: cursorOf(last) })
              : undefined,
          isFirst: after === undefined,
        })}
        ${scheduleSection(page, schedules, logins)}`,
    });
  }

  async function form(page: ProjectPage, state: FormState): Promise<Response> {
    const saved = await acts.listSavedSearches({ owner: page.actor.id });
    const wrong = Object.keys(state.errors).length > 0;
    return page.html(
      {
        title: 'Export sessions',
        crumbs: [['Exports', page.at('/exports')]],
        body: html`${problems(state)} ${exportForm(page, state, { saved, exportTo: content.exportTo })}`,
      },
      wrong ? 422 : 200,
    );
  }

  async function order(page: ProjectPage): Promise<Response> {
    const sent = await page.form(orderSent);
    if (!sent.ok) return form(page, sent.state);
    const given = Object.entries(sent.values).filter(
      (pair): pair is [string, string] => typeof pair[1] === 'string',
    );
    const state = freshForm(Object.fromEntries(given));
    const { saved, cron, destination } = sent.values;
    // What is delivered lies there in clear, so whoever has it put there proves anew who they are.
    if (destination && !isFresh(page.session, page.now)) {
      const text = 'Nothing was ordered yet: confirm that it is you, then send the form again.';
      const to = encodeURIComponent(page.at('/exports/new'));
      return page.redirect(`/step-up?to=${to}`, { tone: 'warning', text });
    }
    try {
      const query = saved ? await acts.savedSearch({ owner: page.actor.id, name: saved }) : undefined;
      const asked = {
        ...orderOf(page.project.id, sent.values, query),
        reader: readerOf(page),
        now: page.now,
      };
      if (cron) {
        await acts.addExportSchedule({ ...asked, cron });
        const text = 'The schedule is made. Its first export covers what is active from now on.';
        return await page.redirect(page.at('/exports'), { tone: 'done', text });
      }
      const id = await acts.requestExport(asked);
      return await page.redirect(page.at(`/exports/${id}`));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
      return form(page, withError(state, fieldOf(error), wordsOf(error)));
    }
  }

  async function removeSchedule(page: ProjectPage): Promise<Response> {
    const sent = await page.form(removing);
    const reader = readerOf(page);
    const schedules = await acts.listExportSchedules({ reader, projectIds: [page.project.id] });
    const found = sent.ok && schedules.find(({ id }) => id === sent.values.schedule);
    if (!found) throw notFound('schedule');
    await acts.removeExportSchedule({ scheduleId: found.id, reader, now: page.now });
    const text = 'The schedule is removed. Exports that it wrote stay until they expire.';
    return page.redirect(page.at('/exports'), { tone: 'done', text });
  }

  async function exportOf(page: ProjectPage): Promise<ExportRow> {
    const id = z.uuid().safeParse(page.param('id'));
    if (!id.success) throw notFound('export');
    const row = await acts.showExport({ exportId: id.data, reader: readerOf(page) });
    if (row.project_id !== page.project.id) throw notFound('export');
    return row;
  }

  async function show(page: ProjectPage): Promise<Response> {
    const row = await exportOf(page);
    const canFetch = row.state === 'done' && row.expires_at > page.now && !(await holdsErased(db, row));
    return page.html(exportView(page, row, { canFetch, logins: await loginsOf(db, page.project.id) }));
  }

  async function askEnd(page: ProjectPage): Promise<Response> {
    const row = await exportOf(page);
    const isDone = row.state === 'done';
    const here = page.at(`/exports/${row.id}`);
    return confirmPage(page, {
      title: isDone ? 'Remove this export' : 'Cancel this export',
      explain: isDone
        ? 'Its files are removed here and where they were delivered to. Copies that somebody fetched stay where they are.'
        : 'Nothing more is written, and what is there of it is removed. The sessions themselves are not touched.',
      to: `${here}/end`,
      button: isDone ? 'Remove the files' : 'Cancel the export',
      back: here,
      crumbs: crumbsOf(page, row),
    });
  }

  async function end(page: ProjectPage): Promise<Response> {
    const row = await exportOf(page);
    await acts.removeExport({ exportId: row.id, reader: readerOf(page), now: page.now });
    const text = 'Its files are being removed.';
    return page.redirect(page.at(`/exports/${row.id}`), { tone: 'done', text });
  }

  async function askFetch(page: ProjectPage, state: FormState): Promise<Response> {
    const row = await exportOf(page);
    const here = page.at(`/exports/${row.id}`);
    const title = `Fetch export ${row.id.slice(0, 8)}`;
    const body = page.postForm({
      to: `${here}/fetch`,
      label: 'Fetch the files',
      body: html`<p>
          You get one compressed file. From then on it is yours to keep safe and to remove: an erasure does
          not reach it, and it does not expire.
        </p>
        ${reasonField(state, { label: 'Reason', required: true })}
        <p class="buttons">
          <a class="button plain" href="${here}">Go back</a>
          <button type="submit" data-download>Fetch the files</button>
        </p>`,
    });
    const wrong = Object.keys(state.errors).length > 0;
    return page.html(
      { title, crumbs: crumbsOf(page, row), body: html`${problems(state)} ${body}` },
      wrong ? 422 : 200,
    );
  }

  async function fetchFiles(page: ProjectPage): Promise<Response> {
    const { id: exportId, project_id: projectId } = await exportOf(page);
    const sent = await page.form(fetching);
    if (!sent.ok) return askFetch(page, sent.state);
    const body = await acts.fetchExport({
      ...{ exportId, reader: readerOf(page), reason: sent.values.reason, now: page.now },
      open: (row) => filesAsOne(content.exportFiles(row), { zipped: row.zipped, at: row.requested_at }),
    });
    const stream = Readable.toWeb(Readable.from(body)) as ReadableStream;
    return page.download(stream, `${projectId}-export-${exportId.slice(0, 8)}.zip`, 'application/zip');
  }
}

function crumbsOf(page: ProjectPage, row: Pick<ExportRow, 'id' | 'state' | 'ending' | 'failure'>) {
  return [
    ['Exports', page.at('/exports')],
    [`${row.id.slice(0, 8)} (${stateOf(row).words})`, page.at(`/exports/${row.id}`)],
  ] as const;
}

/** The field that an error of an act is about, as far as it says. */
function fieldOf({ message }: AppError): string {
  if (/query/i.test(message)) return 'q';
  if (/scrub rules/i.test(message)) return 'replace';
  if (/schedule/i.test(message)) return 'cron';
  if (/delivere?d?/i.test(message)) return 'destination';
  return '';
}
