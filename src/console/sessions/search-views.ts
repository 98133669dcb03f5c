import { html } from 'hono/html';
import type { SavedSearch } from '../../acts/saved-searches.ts';
import type { SearchHit, SearchPage } from '../../acts/search.ts';
import type { ProjectPage } from '../page.ts';
import { bytes, number } from '../views/amounts.ts';
import { hidden, submit, textField, freshForm, type FormState } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { badge, notice, phaseBadge, section, when } from '../views/pieces.ts';
import { emptyState, withQuery } from '../views/table.ts';
import { reasonField, searchFields, searchInputs } from './search-fields.ts';

/** What is searched for, with the form that says so. */
export interface Asked {
  readonly state: FormState;
  readonly query: string;
  readonly reason: string;
  readonly archived?: boolean;
  readonly page?: string | undefined;
}

/** The form of a search. */
export function searchForm(page: ProjectPage, state: FormState): Html {
  return html`<div class="card">
    ${page.postForm({
      to: page.at('/sessions/search'),
      label: 'Search sessions',
      body: html`${searchInputs(state)}
      ${reasonField(state, {
        hint: 'A word or a ticket number, where words are looked for: that opens what was written. The audit keeps it.',
      })}
      ${submit('Search')}`,
    })}
  </div>`;
}

/** The searches that somebody keeps, each to be run again or removed. */
export function savedSearches(page: ProjectPage, saved: readonly SavedSearch[]): Html | '' {
  if (saved.length === 0) return '';
  return section(
    'Saved searches',
    html`<ul class="saved">
      ${saved.map(
        ({ name, query }) =>
          html`<li>
            <a href="${withQuery(page.at('/sessions'), { saved: name })}">${name}</a>
            <code dir="auto">${query}</code>
            ${page.postForm({
              to: page.at('/sessions/saved/remove'),
              label: `Remove the search ${name}`,
              body: html`${hidden('name', name)}<button type="submit" class="quiet">
                  Remove<span class="unseen"> the search ${name}</span>
                </button>`,
            })}
          </li>`,
      )}
    </ul>`,
    'saved',
  );
}

/** Where in a query reading stopped. */
export function misreadQuery(query: string, at: number): Html {
  const next = [...query.slice(at)][0] ?? '';
  return html`<pre class="query" dir="ltr">
${query.slice(0, at)}<mark>${next || '⌷'}</mark>${query.slice(at + next.length)}</pre>`;
}

/** One page of what a search found. */
export function searchResults(page: ProjectPage, asked: Asked, found: SearchPage): Html {
  const { hits } = found;
  return html`${section(
    'Found',
    html`<p class="muted">Query: <code dir="auto">${asked.query}</code></p>
      ${
        hits.length === 0
          ? nothing(found)
          : html`<ol class="hits" data-list>
              ${hits.map((hit) => hitItem(page, hit))}
            </ol>`
      }
      ${countsOf(page, asked, found)} ${onward(page, asked, found)}`,
    'found',
  )}
  ${saveForm(page, asked)}`;
}

function nothing({ next }: SearchPage): Html {
  return emptyState(
    next
      ? 'Nothing on this page. There is more to look through.'
      : 'Nothing was found. Try fewer words, another form of them, or other days.',
  );
}

function hitItem(page: ProjectPage, hit: SearchHit): Html {
  const { timeZone } = page.project;
  return html`<li>
    <h3>
      <a href="${page.at(`/sessions/${hit.sessionId}`)}"><code>${hit.sessionId.slice(0, 8)}</code></a>
      ${phaseBadge(hit.phase)} ${hit.tags.map((tag) => badge(tag))}
    </h3>
    <p class="muted">
      ${hit.kind}, opened
      ${when(hit.openedAt, timeZone)}${hit.closedAt ? html`, closed ${when(hit.closedAt, timeZone)}` : ''}
    </p>
    ${hit.checked ? '' : html`<p class="muted">Archived and not opened: ${costWords(hit)}. The index says that it fits.</p>`}
    ${hit.snippets.map(
      ({ author, at, pieces }) =>
        html`<p class="snippet">
          <span class="muted">${author}, ${when(at, timeZone)}:</span>
          <span dir="auto"
            >${pieces.map(({ text, found }) => (found ? html`<mark>${text}</mark>` : text))}</span
          >
        </p>`,
    )}
  </li>`;
}

function costWords({ objects, bytes: size }: { objects: number; bytes: number }): string {
  return `${number(objects)} ${objects === 1 ? 'object' : 'objects'}, ${bytes(size)}`;
}

function countsOf(page: ProjectPage, asked: Asked, { hits, counts }: SearchPage): Html {
  const { opened, refuted, heldBack, objects } = counts;
  const unread = hits.filter(({ checked }) => !checked);
  const cost = {
    objects: unread.reduce((sum, one) => sum + one.objects, 0),
    bytes: unread.reduce((sum, one) => sum + one.bytes, 0),
  };
  return html`<p class="muted">
      ${number(hits.length)} on this page.
      ${opened > 0 ? `${number(opened)} opened and looked through${objects > 0 ? `, ${costWords(counts)} of the archive among it` : ''}; the audit has it.` : 'Nothing was opened.'}
      ${refuted > 0 ? `${number(refuted)} of them did not hold the words after all.` : ''}
    </p>
    ${heldBack > 0 ? notice('info', `${number(heldBack)} more are held back: archived, restricted, or for other readers. Nothing of them was opened.`) : ''}
    ${
      unread.length > 0 && page.may('archive.read')
        ? anew(
            page,
            asked,
            { archived: 'yes', page: asked.page },
            `Open the archived ones as well: ${costWords(cost)}`,
          )
        : ''
    }`;
}

function onward(page: ProjectPage, asked: Asked, { next }: SearchPage): Html {
  if (!next) return html`<p class="muted">That is all.</p>`;
  return anew(page, asked, { page: next, archived: asked.archived ? 'yes' : undefined }, 'Next page');
}

/** The same search sent once more, with something else about it. */
function anew(
  page: ProjectPage,
  asked: Asked,
  more: Record<string, string | undefined>,
  button: string,
): Html {
  const { values } = asked.state;
  const fields = Object.keys(searchFields).map((name) => [name, values[name]] as const);
  const all = [...fields, ['reason', asked.reason] as const, ...Object.entries(more)];
  return page.postForm({
    to: page.at('/sessions/search'),
    body: html`${all.map(([name, value]) => (value ? hidden(name, value) : ''))}
      <p>${submit(button, 'plain')}</p>`,
  });
}

function saveForm(page: ProjectPage, { query }: Asked): Html {
  return section(
    'Keep this search',
    page.postForm({
      to: page.at('/sessions/saved'),
      body: html`${hidden('q', query)}
        <div class="inline">
          ${textField(freshForm(), { name: 'name', label: 'Name', placeholder: 'late-parcels', maxlength: 40 })}
          ${submit('Save', 'plain')}
        </div>`,
    }),
    'keep',
  );
}
