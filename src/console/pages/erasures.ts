import { html } from 'hono/html';
import { z } from 'zod';
import { erasuresOfProject } from '../../db/erasure-desk.ts';
import { erasureMonths } from '../../db/erasure-report.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { ProjectPage } from '../page.ts';
import { projectRoute, type Route } from '../registry.ts';
import { linkButton } from '../views/pieces.ts';
import { withQuery } from '../views/table.ts';
import { createErasureActs } from './erasure-acts.ts';
import {
  DONE,
  ERASURE_FILTERS,
  erasureFigures,
  erasureList,
  type ErasureFigure,
  type ErasureFilter,
} from './erasure-list.ts';
import { showErasure, showReceipt } from './erasure-page.ts';

const PAGE_SIZE = 50;
const DAY_MS = 86_400_000;

const filters = Object.keys(ERASURE_FILTERS) as [ErasureFilter, ...ErasureFilter[]];
const listQuery = z.object({
  state: z.enum(filters),
  done: z.literal(Object.keys(DONE) as ErasureFigure[]),
  number: z
    .string()
    .trim()
    .regex(/^E-[0-9A-Z]{4}-[0-9A-Z]{4}$/i),
  after: z
    .string()
    .regex(/^\d{1,15}_[0-9a-f-]{36}$/)
    .transform((text) => {
      const [ms = '', id = ''] = text.split('_');
      return { receivedAt: new Date(Number(ms)), id };
    }),
});

/** The desk of erasure requests: where each stands, by when it is due, and what staff do about it. */
export function erasurePages(deps: ConsoleDeps): Route[] {
  const { db } = deps;
  const acts = createErasureActs(deps);
  const read = (path: `/${string}`, handler: (page: ProjectPage) => Promise<Response>) =>
    projectRoute({ method: 'GET', path: `/p/:project/erasures${path}`, action: 'erasure.read', handler });
  const act = (
    method: 'GET' | 'POST',
    path: `/${string}`,
    handler: (page: ProjectPage) => Promise<Response>,
  ) =>
    projectRoute({
      ...{ method, path: `/p/:project/erasures${path}`, action: 'erasure.file', stepUp: true, handler },
    });
  return [
    projectRoute({
      method: 'GET',
      path: '/p/:project/erasures',
      action: 'erasure.read',
      nav: { label: 'Erasures', group: 'Work', order: 40 },
      handler: list,
    }),
    read('/figures', figures),
    act('GET', '/new', acts.askToFile),
    act('POST', '/new', acts.file),
    read('/:number', (page) => showErasure(deps, page)),
    read('/:number/receipt', (page) => showReceipt(deps, page)),
    act('GET', '/:number/refuse', acts.askToRefuse),
    act('POST', '/:number/refuse', acts.refuse),
    act('GET', '/:number/extend', acts.askToExtend),
    act('POST', '/:number/extend', acts.extend),
  ];

  async function list(page: ProjectPage): Promise<Response> {
    const { state, done, number, after } = page.query(listQuery);
    if (number !== undefined) return page.redirect(page.at(`/erasures/${number.toUpperCase()}`));
    const found = await erasuresOfProject(db, {
      ...{ projectId: page.project.id, after, limit: PAGE_SIZE + 1 },
      states: state && ERASURE_FILTERS[state].states,
      done: done && { ...DONE[done], since: new Date(page.now.getTime() - DONE[done].days * DAY_MS) },
    });
    const shown = found.slice(0, PAGE_SIZE);
    const last = found.length > PAGE_SIZE ? shown.at(-1) : undefined;
    return page.html({
      title: 'Erasures',
      lead: 'Requests to erase a customer. Nobody is named here: a request goes by its number.',
      aside: html`<span class="buttons"
        >${linkButton(page.at('/erasures/figures'), 'Figures')}${
          page.may('erasure.file') ? linkButton(page.at('/erasures/new'), 'File a request…', 'main') : ''
        }</span
      >`,
      body: erasureList(page, {
        erasures: shown,
        filter: state,
        done,
        isFirst: after === undefined,
        next:
          last &&
          withQuery(page.at('/erasures'), {
            state,
            done,
            after: `${last.received_at.getTime()}_${last.id}`,
          }),
      }),
    });
  }

  async function figures(page: ProjectPage): Promise<Response> {
    return page.html({
      title: 'Figures of erasures',
      lead: 'By the month in which a request was received, in UTC. Times run from the confirmation to the receipt.',
      crumbs: [['Erasures', page.at('/erasures')]],
      body: erasureFigures(await erasureMonths(db, page.project.id)),
    });
  }
}
