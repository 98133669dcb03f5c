import { z } from '@hono/zod-openapi';
import { pageOfHolds, projectOf } from '../../../db/pages.ts';
import { AppError } from '../../../domain/errors.ts';
import { cutPage, readCursor } from '../cursors.ts';
import { endpoint, type ApiDeps } from '../endpoint.ts';
import { givenDay, givenInstant, inProject, instant, pageOf, paging, tag, uuid, words } from '../schemas.ts';
import { visibleLife } from './sessions.ts';

const hold = z
  .strictObject({
    id: uuid,
    scope: z.enum(['session', 'subject', 'query']),
    sessionId: uuid.nullable(),
    subjectId: uuid.nullable(),
    tag: z.string().nullable(),
    openedFrom: instant.nullable(),
    openedBefore: instant.nullable(),
    reason: z.string(),
    author: z.string(),
    placedAt: instant,
    endsAt: instant.nullable(),
    releasedAt: instant.nullable(),
    releasedBy: z.string().nullable(),
  })
  .openapi('Hold');

const listHolds = endpoint({
  operation: 'listHolds',
  method: 'get',
  path: '/projects/{project}/holds',
  tag: 'Holds',
  summary: 'Holds in force, the oldest first',
  params: inProject,
  query: z.strictObject({ ...paging, which: z.enum(['in-force', 'all']).optional() }),
  answer: pageOf(hold),
  async handle({ deps, params, query, now }) {
    const { limit = 50 } = query;
    const rows = await pageOfHolds(deps.db, {
      ...{ projectId: params.project, limit: limit + 1, after: readCursor(query.cursor) },
      ...{ all: query.which === 'all', now },
    });
    return cutPage(
      rows,
      limit,
      ({ id }) => id,
      (one) => ({
        ...{ id: one.id, scope: one.scope, tag: one.tag, reason: one.reason, author: one.author },
        ...{ sessionId: one.session_id, subjectId: one.subject_id },
        ...{ openedFrom: one.opened_from, openedBefore: one.opened_before },
        ...{ placedAt: one.placed_at, endsAt: one.ends_at },
        ...{ releasedAt: one.released_at, releasedBy: one.released_by },
      }),
    );
  },
});

const said = { reason: words(200), endsAt: givenInstant.optional() };

const placeHold = endpoint({
  operation: 'placeHold',
  method: 'post',
  path: '/projects/{project}/holds',
  tag: 'Holds',
  summary:
    'Stop any destruction of a session, of all of a person, or of what carries a tag or was opened in days',
  params: inProject,
  body: z
    .discriminatedUnion('scope', [
      z.strictObject({ scope: z.literal('session'), sessionId: uuid, ...said }),
      z.strictObject({ scope: z.literal('subject'), subjectId: uuid, ...said }),
      z.strictObject({
        scope: z.literal('query'),
        tag: tag.optional(),
        firstDay: givenDay.optional(),
        lastDay: givenDay.optional(),
        ...said,
      }),
    ])
    .openapi('NewHold'),
  status: 201,
  answer: z.strictObject({
    holdId: uuid,
    /** How many sessions it keeps now; later ones it keeps as they come. */
    sessions: z.int(),
    /** How many it came too late for: their deletion had begun. */
    tooLate: z.int(),
  }),
  async handle({ deps, params, body, token, actor, now }) {
    const act = {
      reason: body.reason,
      actor,
      now,
      ...(body.endsAt !== undefined && { endsAt: new Date(body.endsAt) }),
    };
    switch (body.scope) {
      case 'session': {
        await requireIn(deps, params.project, 'session', body.sessionId);
        await visibleLife(deps, { sessionId: body.sessionId, token, now });
        const holdId = await deps.acts.placeHold({ ...act, sessionId: body.sessionId });
        return { holdId, sessions: 1, tooLate: 0 };
      }
      case 'subject':
        await requireIn(deps, params.project, 'subject', body.subjectId);
        return deps.acts.holdSubject({ ...act, subjectId: body.subjectId });
      case 'query': {
        const { tag: tagged, firstDay, lastDay } = body;
        return deps.acts.holdQuery({
          ...act,
          projectId: params.project,
          ...(tagged !== undefined && { tag: tagged }),
          ...(firstDay !== undefined && { firstDay }),
          ...(lastDay !== undefined && { lastDay }),
        });
      }
    }
  },
});

/** What a body names belongs to the project of the path, or there is no such thing. */
async function requireIn({ db }: ApiDeps, project: string, table: 'session' | 'subject', id: string) {
  if ((await projectOf(db, table, id)) !== project)
    throw new AppError('not_found', `There is no ${table} ${id} in project ${project}.`);
}

const releaseHold = endpoint({
  operation: 'releaseHold',
  method: 'post',
  path: '/holds/{hold}/release',
  tag: 'Holds',
  summary: 'Ask for the release of a hold; where the project is no demo, a second person approves it',
  params: z.strictObject({ hold: uuid.openapi({ param: { name: 'hold', in: 'path' } }) }),
  body: z.strictObject({ reason: words(200) }),
  answer: z.strictObject({
    outcome: z.enum(['released', 'requested']),
    approvalId: uuid.nullable(),
  }),
  projectOf: (db, { hold: id = '' }) => projectOf(db, 'hold', id),
  async handle({ deps, params, body, actor, now }) {
    const release = await deps.acts.releaseHold({ holdId: params.hold, reason: body.reason, actor, now });
    return release.outcome === 'requested' ? release : { outcome: release.outcome, approvalId: null };
  },
});

export const holdEndpoints = [listHolds, placeHold, releaseHold];
