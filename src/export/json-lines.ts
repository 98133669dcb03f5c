import type { MessageContent } from '../domain/messages.ts';
import type { ExportedMessage, ExportedPerson, ExportedSession, ExportWriter } from './session.ts';

/**
 * The archive format (docs/archive-format.md), object after object: for each person of each session a header,
 * the messages, a footer. The header says besides who the person is, so that it can be imported again.
 */
export const jsonLinesWriter: ExportWriter = {
  path: 'sessions.jsonl',
  head: '',
  separator: '',
  tail: '',
  async *write(sessions) {
    for await (const session of sessions)
      for (const person of session.people) yield* partLines(session, person);
  },
};

async function* partLines(session: ExportedSession, person: ExportedPerson): AsyncIterable<string> {
  yield `${JSON.stringify(headerOf(session, person))}\n`;
  const counts = { messages: 0, revisions: 0, attachments: 0 };
  for await (const message of session.partOf(person.id)) {
    counts.messages += 1;
    counts.revisions += message.revisions.length;
    counts.attachments += message.attachments.length;
    yield `${JSON.stringify({ type: 'message', ...messageFields(message) })}\n`;
  }
  yield `${JSON.stringify({ type: 'footer', counts })}\n`;
}

function headerOf(session: ExportedSession, person: ExportedPerson) {
  return {
    type: 'header',
    schema: 'telegram-retention/archive',
    version: 1,
    session: session.id,
    subject: person.id,
    project: session.project,
    kind: session.kind,
    openedAt: session.openedAt.toISOString(),
    // The format asks for one: what is still open ends, for its reader, with what was written last.
    closedAt: (session.closedAt ?? session.lastActivityAt).toISOString(),
    ...(session.closeReason !== null && { closeReason: session.closeReason }),
    tags: session.tags,
    person: personFields(person),
  };
}

export function personFields({ telegramId, profile }: Omit<ExportedPerson, 'id'>) {
  const { firstName, lastName, username } = profile;
  return { ...(telegramId !== null && { telegramId }), firstName, lastName, username };
}

/** The fields in the order in which the archive has them, so that the same content is the same bytes. */
function inOrder({ text, entities, extra }: MessageContent): MessageContent {
  return {
    ...(text !== undefined && { text }),
    ...(entities && {
      entities: entities.map(({ type, offset, length, ...rest }) => ({ type, offset, length, ...rest })),
    }),
    ...(extra && { extra }),
  };
}

/** A message in the terms of the archive format. */
export function messageFields(message: ExportedMessage) {
  const { ref, kind, subjectId, role, staffId, replyTo, sentAt, revisions, attachments } = message;
  const author = role === 'agent' ? staffId : subjectId;
  return {
    ref,
    kind,
    author: { role, ...(author !== null && { ref: author }) },
    ...(replyTo !== null && { replyTo }),
    ...(sentAt.getTime() !== revisions[0]?.at.getTime() && { sentAt: sentAt.toISOString() }),
    revisions: revisions.map(({ revision, at, content }) => ({
      ...{ revision, at: at.toISOString() },
      content: inOrder(content),
    })),
    attachments: attachments.map(({ id, kind: what, sizeBytes, fileName, mimeType }) => ({
      id,
      kind: what,
      ...(sizeBytes !== null && { size: sizeBytes }),
      ...(fileName !== undefined && { fileName }),
      ...(mimeType !== undefined && { mimeType }),
      reason: 'not_exported',
    })),
  };
}
