import { z } from '@hono/zod-openapi';
import { decisionFacts, nextStepOf, readLife, type Life } from '../../../db/life.ts';
import { pageOfSessions, projectOf } from '../../../db/pages.ts';
import { readSessionDetails } from '../../../db/session-details.ts';
import type { ValidToken } from '../../../db/tokens.ts';
import { decide, readersOf } from '../../../domain/decision.ts';
import { AppError } from '../../../domain/errors.ts';
import { SESSION_KINDS } from '../../../domain/messages.ts';
import { describe } from '../../../domain/next-step-words.ts';
import { standingOf } from '../../../domain/phases.ts';
import { mayDo } from '../../../domain/roles.ts';
import { cutPage, readCursor } from '../cursors.ts';
import { endpoint, type ApiDeps } from '../endpoint.ts';
import {
  inProject,
  instant,
  ofSession,
  pageOf,
  paging,
  phase,
  standingReport,
  tag,
  uuid,
} from '../schemas.ts';

const line = z
  .strictObject({
    id: uuid,
    kind: z.enum(SESSION_KINDS),
    phase,
    openedAt: instant,
    closedAt: instant.nullable(),
    keepUntil: instant.nullable(),
    reviewDueAt: instant.nullable(),
    held: z.boolean(),
    tags: z.array(z.string()),
  })
  .openapi('SessionLine');

const listSessions = endpoint({
  operation: 'listSessions',
  method: 'get',
  path: '/projects/{project}/sessions',
  tag: 'Sessions',
  summary: 'Sessions of a project, the newest first',
  params: inProject,
  query: z.strictObject({ ...paging, phase: phase.optional(), tag: tag.optional() }),
  answer: pageOf(line),
  async handle({ deps, params, query, token, now }) {
    const { limit = 50 } = query;
    const rows = await pageOfSessions(deps.db, {
      ...{ projectId: params.project, phase: query.phase, tag: query.tag, now },
      ...{ limit: limit + 1, after: readCursor(query.cursor) },
      ...{ seesRestricted: seesRestricted(token), seesArchived: seesArchived(token) },
    });
    return cutPage(
      rows,
      limit,
      ({ id }) => id,
      ({ place: _place, projectId: _project, topicId: _topic, kind, ...one }) => ({
        ...one,
        kind: kind as 'private',
      }),
    );
  },
});

/** What is kept by law against an erasure is for compliance alone. */
export function seesRestricted({ roles }: Pick<ValidToken, 'roles'>): boolean {
  return roles.includes('compliance');
}

/** As in the console, who reads no archives sees what is live. */
function seesArchived({ roles }: Pick<ValidToken, 'roles'>): boolean {
  return mayDo(roles, 'archive.read');
}

interface Looking {
  readonly sessionId: string;
  readonly token: ValidToken;
  readonly now: Date;
}

/**
 * A session that a token may look at: one that it may know of, and that is live or read by one of its roles.
 *
 * @throws AppError `not_found`; `not_allowed` for what is archived or gone and a token that reads no archives
 */
export async function readableLife(deps: Pick<ApiDeps, 'db'>, looking: Looking): Promise<Life> {
  const life = await visibleLife(deps, looking);
  if (life.phase === 'open' || life.phase === 'closed' || seesArchived(looking.token)) return life;
  throw new AppError(
    'not_allowed',
    `Session ${life.sessionId} is not live any more. What is archived is for supervisors and compliance officers.`,
  );
}

/**
 * A session that a token may know of. An erasure hides what it takes from the moment it is confirmed, and what is
 * kept by law against it is there for compliance alone.
 *
 * @throws AppError `not_found`
 */
export async function visibleLife(
  { db }: Pick<ApiDeps, 'db'>,
  { sessionId, token, now }: Looking,
): Promise<Life> {
  const life = await readLife(db, sessionId, now);
  const isHidden = life.restrictedAt ? !seesRestricted(token) : life.erased;
  if (isHidden && life.phase !== 'deleted') throw new AppError('not_found', 'There is no such thing here.');
  return life;
}

/** Where a session stands after an act on it. */
export async function standingAfter({ db, clock }: ApiDeps, sessionId: string) {
  return standingIn(await readLife(db, sessionId, clock()), clock());
}

function standingIn(life: Life, now: Date) {
  const next = nextStepOf(life);
  return {
    sessionId: life.sessionId,
    phase: life.phase,
    standing: standingOf(life),
    held: next.held,
    // A step that is due has no date of its own.
    next: {
      step: next.step,
      at: next.at === null ? null : new Date(next.at || now),
      inWords: describe(next),
    },
  };
}

const traceLine = z.strictObject({
  rule: z.string(),
  effect: z.enum(['baseline', 'cap', 'minimum', 'extension']),
  period: z.string().optional(),
  from: z.string().optional(),
  startsAt: z.string().optional(),
  asks: z.string(),
  because: z.string(),
  duty: z.enum(['legal', 'contract']).optional(),
  source: z.string().optional(),
  pack: z.string().optional(),
});

const session = z
  .strictObject({
    ...standingReport.shape,
    projectId: z.string(),
    kind: z.enum(SESSION_KINDS),
    subjectId: uuid.nullable(),
    participants: z.int(),
    openedAt: instant,
    lastActivityAt: instant,
    closedAt: instant.nullable(),
    closeReason: z.string().nullable(),
    archiveDueAt: instant.nullable(),
    archivedAt: instant.nullable(),
    keepUntil: instant.nullable(),
    deletedAt: instant.nullable(),
    restricted: z.boolean(),
    tags: z.array(
      z.strictObject({ tag: z.string(), origin: z.enum(['manual', 'automatic']), addedAt: instant }),
    ),
    jurisdictions: z.array(z.string()),
    events: z.record(z.string(), instant),
    review: z
      .strictObject({ round: z.int(), dueAt: instant, onSilence: z.string(), ended: z.string().nullable() })
      .nullable(),
    /** Who alone may read it, where a rule narrows that. */
    readers: z.array(z.string()).nullable(),
    /** Why it is still here: how its policy in force decides, rule by rule; null before closure. */
    decision: z
      .strictObject({
        policyVersion: z.int(),
        keepUntil: z.string(),
        decidedBy: z.string(),
        trace: z.array(traceLine),
      })
      .nullable(),
  })
  .openapi('Session');

const readSession = endpoint({
  operation: 'readSession',
  method: 'get',
  path: '/sessions/{session}',
  tag: 'Sessions',
  summary: 'Where a session stands, and why it is still here',
  description: 'Dates, tags and the trace of the rules; none of what was written in it.',
  params: ofSession,
  answer: session,
  projectOf: (db, { session: id = '' }) => projectOf(db, 'session', id),
  async handle({ deps, params, token, now }) {
    const life = await readableLife(deps, { sessionId: params.session, token, now });
    const details = await readSessionDetails(deps.db, params.session, now);
    return { ...standingIn(life, now), ...factsOf(life), ...detailsOf(details), decision: decisionOf(life) };
  },
});

function factsOf(life: Life) {
  return {
    projectId: life.projectId,
    kind: life.kind,
    subjectId: life.subjectId,
    participants: life.participants,
    openedAt: life.openedAt,
    lastActivityAt: life.lastActivityAt,
    closedAt: life.closedAt,
    closeReason: life.closeReason,
    archiveDueAt: life.archiveDueAt,
    archivedAt: life.archivedAt,
    keepUntil: life.keepUntil,
    restricted: life.restrictedAt !== null,
    jurisdictions: life.jurisdictions,
    events: life.events,
    review: life.review && { round: life.round, ...life.review },
    readers: readersOf(life.policy, life),
  };
}

function detailsOf({ tags, deletedAt }: Awaited<ReturnType<typeof readSessionDetails>>) {
  return {
    deletedAt,
    tags: tags.map((one) => ({ tag: one.tag, origin: one.origin, addedAt: one.added_at })),
  };
}

function decisionOf(life: Life) {
  const facts = decisionFacts(life);
  // The tags of a deleted session are gone, and spam is deleted after a period of its own.
  if (!facts || life.phase === 'deleted' || (life.phase === 'closed' && life.spam)) return null;
  const { keepUntil, decidedBy, trace } = decide(life.policy, facts);
  return { policyVersion: life.policyVersion, keepUntil: keepUntil.toISOString(), decidedBy, trace };
}

export const sessionEndpoints = [listSessions, readSession];
