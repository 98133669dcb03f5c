import { html } from 'hono/html';
import { listOfSessions, type ListedSession } from '../../db/session-lists.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { ProjectPage } from '../page.ts';
import { projectRoute, type Route } from '../registry.ts';
import { phasesSeen, seesRestricted } from '../sessions/access.ts';
import { figureWords, filterOf, narrowing, type Narrowing } from '../sessions/narrowings.ts';
import { cursorOf, readCursor } from '../sessions/paging.ts';
import { asksForNoWords, namesNobody } from '../sessions/search-fields.ts';
import { sessionTable } from '../sessions/session-table.ts';
import { createSearchPages } from '../sessions/search.ts';
import { savedSearches, searchForm } from '../sessions/search-views.ts';
import { freshForm, selectField, submit, textField } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { notice, section } from '../views/pieces.ts';
import { pager, withQuery } from '../views/table.ts';

const PAGE = 50;
const IGNORED =
  'The search in this address was not made: words and people are only looked for with the form, since addresses end up in logs.';

/** Sessions: what was said in them is searched, and all of them are listed. */
export function sessionsPages(deps: ConsoleDeps): Route[] {
  const { db, acts } = deps;
  const search = createSearchPages(deps);
  return [
    projectRoute({
      method: 'GET',
      path: '/p/:project/sessions',
      action: 'session.read',
      nav: { label: 'Sessions', group: 'Work', order: 10 },
      handler: show,
    }),
    projectRoute({
      method: 'POST',
      path: '/p/:project/sessions/search',
      action: 'session.read',
      handler: search.run,
    }),
    projectRoute({
      method: 'POST',
      path: '/p/:project/sessions/saved',
      action: 'session.read',
      handler: search.save,
    }),
    projectRoute({
      method: 'POST',
      path: '/p/:project/sessions/saved/remove',
      action: 'session.read',
      handler: search.remove,
    }),
  ];

  async function show(page: ProjectPage): Promise<Response> {
    const asked = page.query(narrowing);
    const q = asked.saved ? await acts.savedSearch({ owner: page.actor.id, name: asked.saved }) : undefined;
    const linked = asked.q?.trim();
    // An address is written into logs on its way, so what may name a person is only ever sent in a form.
    if (linked && !q && !namesNobody(linked)) return list(page, asked, undefined, true);
    const query = q ?? linked;
    // Tags, people and days open nothing, so a link may search by them; words wait for a reason.
    if (query && asksForNoWords(query))
      return search.answer(page, { state: freshForm({ q: query }), query, reason: 'list' });
    return list(page, asked, query);
  }

  async function list(
    page: ProjectPage,
    asked: Narrowing,
    q: string | undefined,
    ignored = false,
  ): Promise<Response> {
    const filter = filterOf(page, asked);
    const rows = filter
      ? await listOfSessions(db, { ...filter, limit: PAGE + 1, after: readCursor(asked.after) })
      : [];
    const saved = await acts.listSavedSearches({ owner: page.actor.id });
    return page.html({
      title: 'Sessions',
      body: html`${ignored ? notice('warning', IGNORED) : ''}
      ${searchForm(page, freshForm(q === undefined ? {} : { q }))} ${savedSearches(page, saved)}
      ${section('All sessions', listBody(page, asked, rows), 'list')}`,
    });
  }
}

function listBody(page: ProjectPage, asked: Narrowing, rows: readonly ListedSession[]): Html {
  const shown = rows.slice(0, PAGE);
  const last = shown.at(-1);
  const { after, q: _q, saved: _saved, ...filters } = asked;
  const here = (more: { after?: string }) => withQuery(page.at('/sessions'), { ...filters, ...more });
  const isNarrowed = Object.values(filters).some((value) => value !== undefined);
  return html`${filterForm(page, asked)} ${figureWords(page, asked)}
  ${sessionTable(page, {
    caption: filters.done ? 'Sessions, the latest work first' : 'Sessions, newest first',
    captionHidden: true,
    work: filters.done !== undefined,
    rows: shown,
    empty: isNarrowed
      ? html`No session is like that. <a href="${page.at('/sessions')}">Show all of them</a>`
      : 'There is no session yet. The first one begins when a customer writes to the bot.',
  })}
  ${pager({
    first: here({}),
    next: rows.length > PAGE && last ? here({ after: cursorOf(last) }) : undefined,
    isFirst: after === undefined,
  })}`;
}

function filterForm(page: ProjectPage, asked: Narrowing): Html {
  const given = Object.entries(asked).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const state = freshForm(Object.fromEntries(given));
  const box = (name: 'held' | 'restricted' | 'late', label: string) =>
    html`<label class="choice"
      ><input type="checkbox" name="${name}" value="yes" ${asked[name] ? 'checked' : ''} /><span
        >${label}</span
      ></label
    >`;
  return html`<form
    method="get"
    action="${page.at('/sessions')}"
    class="inline narrowing"
    aria-label="Narrow the list"
  >
    ${selectField(state, {
      name: 'phase',
      label: 'Phase',
      options: [['', 'any'], ...phasesSeen(page).map((one) => [one, one] as const)],
    })}
    ${textField(state, { name: 'tag', label: 'Tag' })}
    ${textField(state, { name: 'from', label: 'Opened on or after', type: 'date' })}
    ${textField(state, { name: 'to', label: 'Opened on or before', type: 'date' })} ${box('held', 'on hold')}
    ${box('late', 'late to be archived')} ${seesRestricted(page) ? box('restricted', 'restricted') : ''}
    ${submit('Show', 'plain')}
  </form>`;
}
