import { html } from 'hono/html';
import { z } from 'zod';
import {
  endpointById,
  listEndpoints,
  listWebhookDeliveries,
  type EndpointLine,
  type WebhookDelivery,
  type WebhookEndpoint,
} from '../../db/webhooks.ts';
import { AppError } from '../../domain/errors.ts';
import { WEBHOOK_EVENTS } from '../../domain/webhooks.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { wordsOf } from '../refusals.ts';
import { projectRoute, type Route } from '../registry.ts';
import { confirmPage } from '../views/confirm.ts';
import {
  checkboxes,
  freshForm,
  problems,
  submit,
  textField,
  withError,
  type FormState,
} from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { badge, facts, linkButton, notice, section, shortId, when } from '../views/pieces.ts';
import { table } from '../views/table.ts';

const SHOWN_DELIVERIES = 50;

const event = z.enum(WEBHOOK_EVENTS);
const adding = z.object({
  url: z.string({ error: 'Write the address that is told.' }).max(500),
  events: z.union([event.transform((one) => [one]), z.array(event).min(1)], 'Choose at least one event.'),
});

/** Other systems that are told what happens in a project. */
export function webhookPages(deps: ConsoleDeps): Route[] {
  const at = (rest: string) => `/p/:project/webhooks${rest}` as const;
  const line = { action: 'token.manage' } as const;
  const asked = { ...line, stepUp: true } as const;
  return [
    projectRoute({
      ...line,
      method: 'GET',
      path: at(''),
      nav: { label: 'Webhooks', group: 'Project', order: 90 },
      handler: async (page) => page.html(listView(page, await listEndpoints(deps.db, page.project.id))),
    }),
    projectRoute({ ...asked, method: 'GET', path: at('/new'), handler: (page) => askNew(page, freshForm()) }),
    projectRoute({ ...asked, method: 'POST', path: at('/new'), handler: (page) => add(deps, page) }),
    projectRoute({ ...line, method: 'GET', path: at('/:webhook'), handler: (page) => show(deps, page) }),
    projectRoute({
      ...line,
      method: 'POST',
      path: at('/:webhook/test'),
      handler: (page) => tryOut(deps, page),
    }),
    projectRoute({
      ...asked,
      method: 'GET',
      path: at('/:webhook/remove'),
      handler: (page) => askRemove(deps, page),
    }),
    projectRoute({
      ...asked,
      method: 'POST',
      path: at('/:webhook/remove'),
      handler: (page) => remove(deps, page),
    }),
  ];
}

function listView(page: ProjectPage, endpoints: readonly EndpointLine[]) {
  return {
    title: 'Webhooks',
    lead: 'Addresses of other systems that are told of archives, reviews, deletions and erasures. What they are told holds ids, never texts or names.',
    aside: linkButton(page.at('/webhooks/new'), 'Add an address', 'main'),
    body: table({
      caption: 'Addresses that are told',
      captionHidden: true,
      rows: endpoints,
      columns: [
        {
          heading: 'Address',
          names: true,
          cell: ({ id, url }) => html`<a href="${page.at(`/webhooks/${id}`)}">${url}</a>`,
        },
        { heading: 'Told of', cell: ({ events }) => events.join(', ') },
        { heading: 'State', cell: stateOf },
        { heading: 'Waiting', numeric: true, cell: ({ waiting }) => waiting },
        {
          heading: 'Oldest since',
          cell: ({ oldestAt }) => (oldestAt ? when(oldestAt, page.project.timeZone) : ''),
        },
      ],
      empty: 'Nobody is told of anything. Add the address of a help desk or a CRM that should be.',
    }),
  };
}

function stateOf({ disabled_at: disabledAt, disabled_because: because }: WebhookEndpoint): Html {
  return disabledAt
    ? html`${badge('disabled', 'danger')} <small>${because ?? ''}</small>`
    : badge('in use', 'good');
}

const crumbs = (page: ProjectPage) => [['Webhooks', page.at('/webhooks')]] as const;

function askNew(page: ProjectPage, state: FormState): Promise<Response> {
  const wrong = Object.keys(state.errors).length > 0;
  const body = html`${problems(state)}
  ${page.postForm({
    to: page.at('/webhooks/new'),
    body: html`${textField(state, {
      name: 'url',
      label: 'Address',
      hint: 'One of https, without a name or password in it.',
      placeholder: 'https://desk.example/hooks/retention',
      maxlength: 500,
      required: true,
    })}
    ${checkboxes(state, {
      name: 'events',
      label: 'Told of',
      chosen: wrong ? [] : [...WEBHOOK_EVENTS],
      options: WEBHOOK_EVENTS.map((one) => [one, one] as const),
    })}
    ${submit('Add the address')}`,
  })}`;
  return page.html({ title: 'Add an address', crumbs: crumbs(page), body }, wrong ? 422 : 200);
}

async function add(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const sent = await page.form(adding);
  if (!sent.ok) return askNew(page, sent.state);
  const { url, events } = sent.values;
  try {
    const { project, actor, now } = page;
    const endpoint = await deps.acts.addWebhook({ projectId: project.id, url, events, actor, now });
    return await page.html({
      title: 'The address is told from now on',
      crumbs: crumbs(page),
      body: html`${facts([
          ['Address', endpoint.url],
          ['Told of', endpoint.events.join(', ')],
        ])}
        ${notice('warning', 'Messages are signed with this secret. This is the only page that shows it.')}
        <pre class="secret" tabindex="0" aria-label="The secret">
${await deps.installation.webhookSecret(endpoint.id)}</pre>
        <p>${linkButton(page.at(`/webhooks/${endpoint.id}`), 'I have kept it: go on and try it out')}</p>`,
    });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
    return askNew(page, withError(freshForm({ url }), 'url', wordsOf(error)));
  }
}

async function endpointOf(deps: ConsoleDeps, page: ProjectPage): Promise<WebhookEndpoint> {
  const endpoint = await endpointById(deps.db, page.param('webhook'));
  if (endpoint?.project_id !== page.project.id) throw notFound('webhook');
  return endpoint;
}

async function show(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const endpoint = await endpointOf(deps, page);
  const { id, url, events, created_at: createdAt, disabled_at: disabledAt } = endpoint;
  const deliveries = await listWebhookDeliveries(deps.db, { endpointId: id, limit: SHOWN_DELIVERIES });
  return page.html({
    title: 'Webhook',
    crumbs: crumbs(page),
    body: html`${facts([
      ['Address', url],
      ['Told of', events.join(', ')],
      ['State', stateOf(endpoint)],
      ['Added', when(createdAt, page.project.timeZone)],
    ])}
    ${disabledAt ? notice('warning', 'It took nothing for three days, so it is told nothing more. Mend it there, then try it out: once it takes the test, it is in use again.') : ''}
    ${page.postForm({
      to: page.at(`/webhooks/${id}/test`),
      label: 'Try it out',
      body: html`<p class="buttons">
        ${submit('Send a test', 'plain')}
        ${linkButton(page.at(`/webhooks/${id}/remove`), 'Remove…', 'danger')}
      </p>`,
    })}
    ${section('What was sent', deliveryTable(page, deliveries))}`,
  });
}

function deliveryTable(page: ProjectPage, deliveries: readonly WebhookDelivery[]): Html {
  const { timeZone } = page.project;
  return table({
    caption: `The newest ${SHOWN_DELIVERIES} messages`,
    rows: deliveries,
    columns: [
      { heading: 'Message', names: true, cell: ({ message_id: id }) => shortId(id) },
      { heading: 'When', cell: ({ occurred_at: at }) => when(at, timeZone) },
      { heading: 'Event', cell: (one) => one.event },
      {
        heading: 'Of',
        cell: ({ request_id: request, object_id: object }) => request ?? shortId(object),
      },
      { heading: 'Attempts', numeric: true, cell: ({ attempts }) => attempts },
      { heading: 'Answer', cell: ({ last_answer: answer }) => answer ?? '' },
      {
        heading: 'Outcome',
        cell: ({ outcome, done_at: done, next_attempt_at: next }) =>
          done ? (outcome ?? '') : html`waits until ${when(next, timeZone)}`,
      },
    ],
    empty: 'Nothing was sent to it yet.',
  });
}

async function tryOut(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const { id } = await endpointOf(deps, page);
  await deps.acts.testWebhook({ endpointId: id, actor: page.actor, now: page.now });
  return page.redirect(page.at(`/webhooks/${id}`), {
    tone: 'done',
    text: 'A test is on its way. Load this page again to see what came of it.',
  });
}

async function askRemove(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const { id, url } = await endpointOf(deps, page);
  return confirmPage(page, {
    title: 'Remove the address',
    explain: `${url} is told nothing more, and what waits for it is dropped. To tell it again, add it anew: its secret is then another one.`,
    to: page.at(`/webhooks/${id}/remove`),
    button: 'Remove the address',
    back: page.at(`/webhooks/${id}`),
    crumbs: crumbs(page),
  });
}

async function remove(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const { id, url } = await endpointOf(deps, page);
  await deps.acts.removeWebhook({ endpointId: id, actor: page.actor, now: page.now });
  return page.redirect(page.at('/webhooks'), { tone: 'done', text: `${url} is told nothing more.` });
}
