import { z } from '@hono/zod-openapi';
import type { Transcript } from '../../../acts/transcript.ts';
import type { TranslatedTranscript } from '../../../acts/translations.ts';
import { projectOf } from '../../../db/pages.ts';
import { AppError } from '../../../domain/errors.ts';
import { AUTHOR_ROLES } from '../../../domain/messages.ts';
import { languageTag } from '../../../domain/languages.ts';
import { endpoint } from '../endpoint.ts';
import { auditReason, instant, ofSession, uuid } from '../schemas.ts';
import { readableLife } from './sessions.ts';

const language = languageTag.clone().openapi({ example: 'en' });

const transcript = z
  .strictObject({
    sessionId: uuid,
    erasedPersons: z.int(),
    /** The audit entry of this very reading. */
    audit: z.strictObject({ seq: z.int(), reason: z.string() }),
    /** Null where none was asked for, or nothing translates here. */
    translated: z
      .strictObject({
        to: z.string(),
        /** How many entries the translator gave nothing for. */
        unavailable: z.int(),
      })
      .nullable(),
    entries: z.array(
      z.strictObject({
        id: z.string(),
        kind: z.string(),
        author: z.strictObject({ role: z.enum(AUTHOR_ROLES), id: z.string().nullable() }),
        replyTo: z.string().nullable(),
        /** Its newest revision in the language that was asked for, where it is in another one. */
        translation: z.strictObject({ text: z.string(), from: z.string() }).nullable(),
        revisions: z.array(
          z.strictObject({
            at: instant,
            text: z.string().nullable(),
            extra: z.record(z.string(), z.unknown()),
          }),
        ),
        attachments: z.array(
          z.strictObject({
            kind: z.string(),
            size: z.int().nullable(),
            fileName: z.string().nullable(),
            missing: z.string().nullable(),
          }),
        ),
      }),
    ),
  })
  .openapi('Transcript');

const readTranscript = endpoint({
  operation: 'readTranscript',
  method: 'post',
  path: '/sessions/{session}/transcript',
  tag: 'Sessions',
  summary: 'Read what was written in a session',
  description:
    'The reading is audited with its reason before anything is opened. An archived session is opened where `openArchive` says so: it reads from the archive store. Live sessions are for who answers them, archived ones need `archive.read`.',
  params: ofSession,
  body: z.strictObject({
    reason: auditReason,
    openArchive: z.boolean().optional(),
    translate: language.optional(),
  }),
  answer: transcript,
  reads: true,
  projectOf: (db, { session: id = '' }) => projectOf(db, 'session', id),
  async handle({ deps, params, body, token, actor, now }) {
    const life = await readableLife(deps, { sessionId: params.session, token, now });
    if (life.archivedAt && life.phase !== 'deleted' && body.openArchive !== true)
      throw new AppError(
        'phase_conflict',
        `Session ${life.sessionId} is archived. To have its archive opened, send "openArchive": true.`,
      );
    const read = await deps.acts.openTranscript({
      sessionId: params.session,
      reader: { actor, roles: token.roles },
      reason: body.reason,
      now,
      openArchive: deps.openArchive,
    });
    const { translate: to } = body;
    const translated =
      to === undefined ? undefined : await deps.translations?.translateTranscript(read, { to, now });
    return transcriptOf(read, translated);
  },
});

function transcriptOf(
  { life, entries, erasedPersons, audit }: Transcript,
  translated: TranslatedTranscript | undefined,
) {
  return {
    translated: translated ? { to: translated.to, unavailable: translated.unavailable } : null,
    sessionId: life.sessionId,
    erasedPersons,
    audit: { seq: audit.seq, reason: audit.reason },
    entries: entries.map(({ ref, kind, author, replyTo, revisions, attachments }) => ({
      ...{ id: ref, kind, replyTo, attachments },
      author: { role: author.role, id: author.ref },
      translation: translated?.entries.get(ref) ?? null,
      revisions: revisions.map(({ at, content }) => ({
        at,
        text: content.text ?? null,
        extra: { ...(content.extra ?? {}) },
      })),
    })),
  };
}

export const transcriptEndpoints = [readTranscript];
