import { z } from '@hono/zod-openapi';
import { projectOf } from '../../../db/pages.ts';
import { languageTag } from '../../../domain/languages.ts';
import { endpoint } from '../endpoint.ts';
import { givenInstant, inProject, ofSession, uuid, words } from '../schemas.ts';
import { visibleLife } from './sessions.ts';

const externalId = z
  .string()
  .regex(/^[!-~]{1,200}$/, 'expected 1 to 200 visible ASCII characters')
  .openapi({ example: 'ticket-4711' });

/** Telegram's ids have at most 52 significant bits. */
const telegramId = z
  .int()
  .min(1)
  .max(2 ** 52)
  .openapi({ example: 123456789 });

const ingestSession = endpoint({
  operation: 'ingestSession',
  method: 'post',
  path: '/projects/{project}/sessions',
  tag: 'Ingest',
  summary: 'Take in a session of another desk',
  description:
    'Its id follows from `externalId`, which is kept nowhere: the same one is the same session, and never comes back once it was deleted. A customer has one open session at a time.',
  params: inProject,
  body: z
    .strictObject({
      externalId,
      customer: z.strictObject({
        telegramUserId: telegramId,
        language: languageTag.clone().optional().openapi({ example: 'en' }),
        firstName: words(64).optional(),
        lastName: words(64).optional(),
        username: z
          .string()
          .regex(/^[A-Za-z0-9_]{1,32}$/)
          .optional(),
      }),
      openedAt: givenInstant.optional(),
    })
    .openapi('NewSession'),
  answer: z.strictObject({ sessionId: uuid, created: z.boolean() }),
  async handle({ deps, params, body, actor, now }) {
    const { telegramUserId, language, ...profile } = body.customer;
    const named = Object.values(profile).some((part) => part !== undefined);
    return deps.acts.ingestSession({
      projectId: params.project,
      externalId: body.externalId,
      customer: {
        telegramUserId,
        ...(language !== undefined && { language }),
        ...(named && { profile: JSON.parse(JSON.stringify(profile)) as Record<string, string> }),
      },
      ...(body.openedAt !== undefined && { openedAt: new Date(body.openedAt) }),
      actor,
      now,
    });
  },
});

const ingestMessages = endpoint({
  operation: 'ingestMessages',
  method: 'post',
  path: '/sessions/{session}/messages',
  tag: 'Ingest',
  summary: 'Add messages of another desk to a session',
  description:
    'Up to 100, in the order they were sent; each once by its `externalId`. They are kept, tagged and found like any other, and sent to nobody.',
  params: ofSession,
  body: z
    .strictObject({
      messages: z
        .array(
          z.strictObject({
            externalId,
            author: z.enum(['customer', 'agent', 'bot']),
            text: words(10_000),
            sentAt: givenInstant,
          }),
        )
        .min(1)
        .max(100),
    })
    .openapi('NewMessages'),
  answer: z.strictObject({
    messages: z.array(z.strictObject({ id: uuid, outcome: z.enum(['stored', 'duplicate']) })),
  }),
  projectOf: (db, { session = '' }) => projectOf(db, 'session', session),
  async handle({ deps, params, body, token, actor, now }) {
    await visibleLife(deps, { sessionId: params.session, token, now });
    const messages = body.messages.map((message) => ({ ...message, sentAt: new Date(message.sentAt) }));
    return {
      messages: await deps.acts.ingestMessages({ sessionId: params.session, messages, actor, now }),
    };
  },
});

export const ingestEndpoints = [ingestSession, ingestMessages];
