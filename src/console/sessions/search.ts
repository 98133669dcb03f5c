import { html } from 'hono/html';
import { z } from 'zod';
import type { SearchPage } from '../../acts/search.ts';
import { AppError } from '../../domain/errors.ts';
import type { ConsoleDeps } from '../deps.ts';
import { wordsOf } from '../refusals.ts';
import type { ProjectPage } from '../page.ts';
import { freshForm, problems, withError, type FormState } from '../views/fields.ts';
import { asksForNoWords, auditReason, queryOf, searchFields } from './search-fields.ts';
import { misreadQuery, searchForm, searchResults, type Asked } from './search-views.ts';

const PAGE = 20;
const sent = z.object({
  ...searchFields,
  reason: auditReason.optional(),
  archived: z.literal('yes').optional(),
  /** Where the page before ended. */
  page: z.string().max(300).optional(),
});
const NAME = 'Small letters, digits and dashes, 40 at most.';
const saving = z.object({
  name: z.string({ error: 'Give it a name.' }).regex(/^[a-z0-9][a-z0-9-]{0,39}$/, NAME),
  q: z.string({ error: 'There is nothing to save.' }).max(1000),
});
const removing = z.object({ name: z.string().max(40) });

/** The answers to a search. A query comes in a form, never in an address: it may name a person. */
export function createSearchPages({ acts, content }: Pick<ConsoleDeps, 'acts' | 'content'>) {
  return { run, save, remove, answer };

  async function run(page: ProjectPage): Promise<Response> {
    const form = await page.form(sent);
    if (!form.ok) return again(page, form.state);
    const { reason, archived, page: after, ...fields } = form.values;
    const given = Object.entries({ ...fields, reason }).filter((pair): pair is [string, string] =>
      Boolean(pair[1]),
    );
    const state = freshForm(Object.fromEntries(given));
    const query = queryOf(fields);
    if (!query) return again(page, withError(state, 'q', 'Write a word, or fill in one of the fields.'));
    if (reason === undefined && !asksForNoWords(query))
      return again(page, withError(state, 'reason', 'Say why: looking for words opens sessions.'));
    return answer(page, {
      ...{ state, query, reason: reason ?? 'list', page: after },
      archived: archived === 'yes' && page.may('archive.read'),
    });
  }

  async function answer(page: ProjectPage, asked: Asked): Promise<Response> {
    const { state, query } = asked;
    try {
      const found = await search(page, asked);
      return await page.html({
        title: 'Search',
        crumbs: [['Sessions', page.at('/sessions')]],
        body: html`${searchForm(page, state)} ${searchResults(page, asked, found)}`,
      });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
      const place = 'at' in error && typeof error.at === 'number' ? misreadQuery(query, error.at) : undefined;
      return again(page, withError(state, 'q', wordsOf(error)), place);
    }
  }

  function search(page: ProjectPage, asked: Asked): Promise<SearchPage> {
    return acts.searchSessions({
      ...{ query: asked.query, reason: asked.reason, limit: PAGE, now: page.now },
      projectIds: [page.project.id],
      reader: { actor: page.actor, roles: page.member.roles },
      ...(asked.page !== undefined && { page: asked.page }),
      ...(asked.archived && { openArchive: content.openArchive }),
    });
  }

  function again(page: ProjectPage, state: FormState, place?: ReturnType<typeof misreadQuery>) {
    return page.html(
      {
        title: 'Search',
        crumbs: [['Sessions', page.at('/sessions')]],
        body: html`${problems(state)} ${place ?? ''} ${searchForm(page, state)}`,
      },
      422,
    );
  }

  async function save(page: ProjectPage): Promise<Response> {
    const form = await page.form(saving);
    if (!form.ok) return again(page, form.state);
    const { name, q } = form.values;
    try {
      await acts.saveSearch({ owner: page.actor.id, name, query: q, now: page.now });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
      return again(page, withError(freshForm({ q }), 'q', wordsOf(error)));
    }
    return page.redirect(page.at('/sessions'), { tone: 'done', text: `Saved as ${name}.` });
  }

  async function remove(page: ProjectPage): Promise<Response> {
    const form = await page.form(removing);
    const name = form.ok ? form.values.name : '';
    await acts.removeSavedSearch({ owner: page.actor.id, name });
    return page.redirect(page.at('/sessions'), { tone: 'done', text: `The search ${name} is removed.` });
  }
}
