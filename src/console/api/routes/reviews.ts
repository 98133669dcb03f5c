import { z } from '@hono/zod-openapi';
import { pageOfReviews, projectOf } from '../../../db/pages.ts';
import { AppError } from '../../../domain/errors.ts';
import { cutPage, readCursor } from '../cursors.ts';
import { endpoint, type ApiDeps } from '../endpoint.ts';
import { problemOf, ProblemError } from '../problems.ts';
import {
  givenInstant,
  inProject,
  instant,
  ofSession,
  pageOf,
  paging,
  standingReport,
  tag,
  uuid,
  words,
} from '../schemas.ts';
import { standingAfter, visibleLife } from './sessions.ts';

const waiting = z
  .strictObject({
    sessionId: uuid,
    round: z.int(),
    openedAt: instant,
    dueAt: instant,
    onSilence: z.enum(['delete', 'hold']),
    messages: z.int(),
    tags: z.array(z.string()),
  })
  .openapi('Review');

const listReviews = endpoint({
  operation: 'listReviews',
  method: 'get',
  path: '/projects/{project}/reviews',
  tag: 'Reviews',
  summary: 'Reviews that wait for a decision, the most urgent first',
  params: inProject,
  query: z.strictObject(paging),
  answer: pageOf(waiting),
  async handle({ deps, params, query }) {
    const { limit = 50 } = query;
    const rows = await pageOfReviews(deps.db, {
      ...{ projectId: params.project, limit: limit + 1, after: readCursor(query.cursor) },
    });
    return cutPage(
      rows,
      limit,
      ({ sessionId }) => sessionId,
      ({ place: _place, projectId: _project, ...one }) => one,
    );
  },
});

const round = z.int().min(1).max(10_000);

const decideReview = endpoint({
  operation: 'decideReview',
  method: 'post',
  path: '/sessions/{session}/review',
  tag: 'Reviews',
  summary: 'Decide a review',
  description:
    'Of two who decide at once one is recorded; the other gets 409 with `decision`, which says who was first. `round` guards against deciding a later round than the one that was read.',
  params: ofSession,
  body: z
    .discriminatedUnion('decision', [
      z.strictObject({ decision: z.literal('approve'), round }),
      z.strictObject({ decision: z.literal('extend'), round, until: givenInstant }),
      z.strictObject({ decision: z.literal('relabel'), round, tag }),
      z.strictObject({ decision: z.literal('hold'), round, reason: words(200) }),
    ])
    .openapi('ReviewDecision'),
  answer: standingReport,
  projectOf: (db, { session = '' }) => projectOf(db, 'session', session),
  async handle({ deps, params, body, token, actor, now }) {
    const sessionId = params.session;
    const { decision } = body;
    await visibleLife(deps, { sessionId, token, now });
    await deps.acts
      .decideReview({
        ...{ sessionId, decision, round: body.round, actor, now },
        ...(body.decision === 'extend' && { until: new Date(body.until) }),
        ...(body.decision === 'relabel' && { tag: body.tag }),
        ...(body.decision === 'hold' && { reason: body.reason }),
      })
      .catch(async (error: unknown) => {
        throw await withDecision(deps, sessionId, body.round, error);
      });
    return standingAfter(deps, sessionId);
  },
});

/** Whoever came second learns who was first. */
async function withDecision({ db }: ApiDeps, sessionId: string, number: number, error: unknown) {
  if (!(error instanceof AppError) || error.code !== 'already_decided') return error;
  const row = await db
    .selectFrom('review')
    .select(['ended', 'ended_by', 'ended_at'])
    .where('session_id', '=', sessionId)
    .where('round', '=', number)
    .executeTakeFirst();
  if (!row?.ended) return error;
  const decision = {
    round: number,
    decision: row.ended,
    decidedBy: row.ended_by,
    decidedAt: row.ended_at?.toISOString() ?? null,
  };
  return new ProblemError(problemOf(409, error.code, error.message, { decision }), { cause: error });
}

export const reviewEndpoints = [listReviews, decideReview];
