import { z } from '@hono/zod-openapi';
import { projectOf } from '../../../db/pages.ts';
import { JURISDICTION_IDS } from '../../../domain/jurisdictions.ts';
import { endpoint, type ApiDeps, type Endpoint } from '../endpoint.ts';
import type { Operation } from '../permissions.ts';
import { auditReason, givenInstant, ofSession, standingReport, tag } from '../schemas.ts';
import { standingAfter, visibleLife } from './sessions.ts';
import type { Actor } from '../../../domain/events.ts';

interface Act {
  readonly sessionId: string;
  readonly actor: Actor;
  readonly now: Date;
}

/** An event of a session: all are alike but for what they say and what they call. */
function event<B extends z.ZodType>(definition: {
  operation: Operation;
  name: string;
  summary: string;
  description?: string;
  body: B;
  act: (acts: ApiDeps['acts'], act: Act, body: z.output<B>) => Promise<unknown>;
}): Endpoint {
  const { operation, name, summary, description, body } = definition;
  return endpoint({
    operation,
    method: 'post',
    path: `/sessions/{session}/events/${name}`,
    tag: 'Events',
    summary,
    ...(description !== undefined && { description }),
    params: ofSession,
    body,
    answer: standingReport,
    projectOf: (db, { session = '' }) => projectOf(db, 'session', session),
    async handle({ deps, params, body: given, token, actor, now }) {
      await visibleLife(deps, { sessionId: params.session, token, now });
      await definition.act(deps.acts, { sessionId: params.session, actor, now }, given);
      return standingAfter(deps, params.session);
    },
  });
}

const nothing = z.strictObject({});

export const eventEndpoints = [
  event({
    operation: 'closeSession',
    name: 'close',
    summary: 'Close an open session',
    body: nothing,
    act: (acts, act) => acts.closeSession({ ...act, reason: 'api' }),
  }),
  event({
    operation: 'reopenSession',
    name: 'reopen',
    summary: 'Reopen a closed session within its window',
    body: nothing,
    act: (acts, act) => acts.reopenSession(act),
  }),
  event({
    operation: 'tagSession',
    name: 'tag',
    summary: 'Put a tag on a session',
    description: '`spam` closes an open session. An archived session gets its new date at once.',
    body: z.strictObject({ tag }),
    act: (acts, act, body) => acts.changeTag({ ...act, tag: body.tag, change: 'add' }),
  }),
  event({
    operation: 'untagSession',
    name: 'untag',
    summary: 'Take a tag off a session',
    body: z.strictObject({ tag }),
    act: (acts, act, body) => acts.changeTag({ ...act, tag: body.tag, change: 'remove' }),
  }),
  event({
    operation: 'dateEvent',
    name: 'date',
    summary: 'Tell when an event happened, or will, that rules count from',
    description: '`event` is its name in the policy; `at: null` takes back what was told.',
    body: z.strictObject({ event: tag.openapi({ example: 'contract-end' }), at: givenInstant.nullable() }),
    act: (acts, act, { event: name, at }) =>
      acts.dateEvent({ ...act, event: name, at: at === null ? null : new Date(at) }),
  }),
  event({
    operation: 'setJurisdiction',
    name: 'jurisdiction',
    summary: 'Correct where the customer of a session lives',
    body: z.strictObject({ jurisdiction: z.enum(JURISDICTION_IDS), reason: auditReason.optional() }),
    act: (acts, act, { jurisdiction, reason }) =>
      acts.correctJurisdiction({ ...act, jurisdiction, ...(reason !== undefined && { reason }) }),
  }),
];
