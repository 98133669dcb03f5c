import { stringify } from 'csv-stringify/sync';
import { nameOf, type ExportedMessage, type ExportedSession, type ExportWriter } from './session.ts';

/**
 * Where a cell would begin for a spreadsheet that cuts at semicolons, tabs or lines, as in many languages it does
 * whatever the quotes say: a sign that begins a formula, and behind it what makes one harmful (a call, a command,
 * another file). A list or a smiley stays as it was typed.
 */
const HIDDEN_FORMULA = /([;\t\r\n]\s*)(?=[=+\-@＝＋－＠][^;\t\r\n]*[(|!])/g;

const MESSAGE_COLUMNS = [
  ...['project', 'session', 'session_kind', 'tags', 'message', 'reply_to', 'sent_at', 'edited_at'],
  ...['role', 'person', 'name', 'kind', 'text', 'attachments'],
];

const SESSION_COLUMNS = [
  ...['project', 'session', 'kind', 'phase', 'opened_at', 'closed_at', 'close_reason', 'tags'],
  ...['persons', 'names', 'messages', 'attachments'],
];

/** One row for each message. */
export const messageRowsWriter: ExportWriter = {
  path: 'messages.csv',
  head: row(MESSAGE_COLUMNS),
  separator: '',
  tail: '',
  async *write(sessions) {
    for await (const session of sessions)
      for await (const message of session.messages()) yield row(messageCells(session, message));
  },
};

/** One row for each session. */
export const sessionRowsWriter: ExportWriter = {
  path: 'sessions.csv',
  head: row(SESSION_COLUMNS),
  separator: '',
  tail: '',
  async *write(sessions) {
    for await (const session of sessions) {
      let messages = 0;
      let attachments = 0;
      for await (const message of session.messages()) {
        messages += 1;
        attachments += message.attachments.length;
      }
      yield row([
        ...[session.project, session.id, session.kind, session.phase],
        ...[dateText(session.openedAt), dateText(session.closedAt), session.closeReason ?? ''],
        session.tags.join(' '),
        session.people.map(({ id }) => id).join(' '),
        session.people.map(nameOf).filter(Boolean).join('; '),
        ...[String(messages), String(attachments)],
      ]);
    }
  },
};

function messageCells(session: ExportedSession, message: ExportedMessage): string[] {
  const last = message.revisions.at(-1);
  const isEdited = last !== undefined && last.at > message.sentAt;
  const person = session.people.find(({ id }) => id === message.subjectId);
  const wroteAs = last?.content.extra?.['from'];
  return [
    ...[session.project, session.id, session.kind, session.tags.join(' ')],
    ...[message.ref, message.replyTo ?? '', dateText(message.sentAt), isEdited ? dateText(last.at) : ''],
    ...[message.role, message.role === 'customer' ? message.subjectId : (message.staffId ?? '')],
    message.role === 'customer' && person ? nameOf(person) : typeof wroteAs === 'string' ? wroteAs : '',
    ...[message.kind, last?.content.text ?? ''],
    message.attachments.map(({ kind, fileName }) => fileName ?? kind).join('; '),
  ];
}

function dateText(date: Date | null): string {
  return date?.toISOString() ?? '';
}

/** What a spreadsheet would take for a formula (`=`, `+`, `-`, `@` at its beginning) is made a text. */
function row(cells: readonly string[]): string {
  const harmless = cells.map((cell) => cell.replace(HIDDEN_FORMULA, "$1'"));
  return stringify([harmless], { escape_formulas: true, record_delimiter: '\r\n' });
}
