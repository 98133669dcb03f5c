import { z } from '@hono/zod-openapi';
import { AUTHOR_ROLES, SESSION_KINDS } from '../../../domain/messages.ts';
import { queryAsked, whichSessions } from '../criteria.ts';
import { endpoint } from '../endpoint.ts';
import { auditReason, inProject, instant, phase, uuid } from '../schemas.ts';

const hit = z
  .strictObject({
    /** From 1, within this page; the best first. */
    rank: z.int(),
    sessionId: uuid,
    kind: z.enum(SESSION_KINDS),
    phase,
    openedAt: instant,
    closedAt: instant.nullable(),
    tags: z.array(z.string()),
    /** Whether its texts were opened and hold what was looked for; else the index alone says so. */
    checked: z.boolean(),
    /** What opening it from the archive costs. */
    objects: z.int(),
    bytes: z.int(),
    snippets: z.array(
      z.strictObject({
        author: z.enum(AUTHOR_ROLES),
        at: instant,
        pieces: z.array(z.strictObject({ text: z.string(), found: z.boolean() })),
      }),
    ),
  })
  .openapi('SearchHit');

const searchSessions = endpoint({
  operation: 'searchSessions',
  method: 'post',
  path: '/projects/{project}/search',
  tag: 'Search',
  summary: 'Find sessions by words, tags and dates',
  description:
    'The same language of queries as everywhere, see docs/search.md. What is opened is audited with the reason first. Archived sessions are opened where `openArchive` says so; without it they are named as the index found them.',
  params: inProject,
  body: z.strictObject({
    ...whichSessions,
    reason: auditReason,
    limit: z.int().min(1).max(50).optional(),
    page: z.string().min(1).max(400).optional(),
    openArchive: z.boolean().optional(),
  }),
  answer: z.strictObject({
    items: z.array(hit),
    next: z.string().nullable(),
    counts: z.strictObject({
      opened: z.int(),
      refuted: z.int(),
      heldBack: z.int(),
      unopened: z.int(),
      objects: z.int(),
      bytes: z.int(),
    }),
  }),
  reads: true,
  async handle({ deps, params, body, token, actor, now }) {
    const { reason, limit = 20, page, openArchive } = body;
    const query = await queryAsked({ deps, token }, body);
    const found = await deps.acts.searchSessions({
      ...{ query, reason, limit, now },
      projectIds: [params.project],
      reader: { actor, roles: token.roles },
      ...(page !== undefined && { page }),
      ...(openArchive === true && { openArchive: deps.openArchive }),
    });
    return {
      items: found.hits.map(({ projectId: _project, ...one }, at) => ({ rank: at + 1, ...one })),
      next: found.next,
      counts: found.counts,
    };
  },
});

export const searchEndpoints = [searchSessions];
