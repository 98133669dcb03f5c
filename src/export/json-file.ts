import { messageFields, personFields } from './json-lines.ts';
import type { ExportWriter } from './session.ts';

/** One JSON value: every session with its messages by time. */
export const jsonFileWriter: ExportWriter = {
  path: 'sessions.json',
  head: '{"schema":"telegram-retention/export","version":1,"sessions":[\n',
  separator: ',\n',
  tail: '\n]}\n',
  async *write(sessions) {
    for await (const session of sessions) {
      const { id, project, kind, phase, openedAt, closedAt, closeReason, tags, people } = session;
      const facts = { id, project, kind, phase, openedAt, closedAt, closeReason, tags };
      const who = people.map((person) => ({ id: person.id, ...personFields(person) }));
      yield `${JSON.stringify({ ...facts, people: who }).slice(0, -1)},"messages":[`;
      let separator = '\n';
      for await (const message of session.messages()) {
        yield `${separator}${JSON.stringify(messageFields(message))}`;
        separator = ',\n';
      }
      yield '\n]}';
    }
  },
};
