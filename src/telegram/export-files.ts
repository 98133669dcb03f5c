import type { HeldSession, Person } from '../db/my-data.ts';
import type { SubjectProfile } from '../domain/messages.ts';
import type { ExportEntry } from '../export/entry.ts';
import {
  JSON_SEPARATOR,
  JSON_TAIL,
  jsonHead,
  jsonMessage,
  type ExportPeople,
} from '../export/telegram-layout.ts';
import { shortId } from './cards.ts';
import type { DeskDeps } from './deps.ts';
import { entriesOf } from './export-entries.ts';
import { HTML_TAIL, htmlHead, htmlMessage, htmlSession } from './export-html.ts';
import { createPartWriter, type PartWriter } from './export-parts.ts';
import type { Speech } from './texts.ts';
import { personLines } from './my-data.ts';
import { handedOut } from './notes-export.ts';

/** What the files of one export are made from, and where they go. */
export interface ExportOrder {
  readonly botId: number;
  readonly person: Person;
  readonly profile: SubjectProfile;
  readonly speech: Speech;
  /** Oldest first. */
  readonly given: readonly HeldSession[];
  readonly partBytes: number;
  /** Throws where it must not go on. */
  readonly check: () => Promise<void>;
  readonly send: (part: Buffer, name: string, caption: string) => Promise<void>;
}

/**
 * Writes a person's data as a file to read and as files for programs, session by session, with one part of
 * each in memory. The person's own conversation is one chat; of a group it is their own entries alone.
 */
export async function writeExport(deps: DeskDeps, order: ExportOrder): Promise<void> {
  const { speech, person, profile, given } = order;
  const { say } = speech;
  const people = {
    customer: {
      id: person.telegramUserId,
      name: [profile.firstName, profile.lastName].filter(Boolean).join(' ') || say('you'),
    },
    desk: { id: order.botId, name: deps.project.name },
  };
  const title = say('my-data-title', { project: deps.project.name });
  const html = createPartWriter({
    limit: order.partBytes,
    head: htmlHead(speech, title, await personLines(deps, speech, person)),
    separator: '',
    tail: HTML_TAIL,
    send: (part, number) => order.send(part, `my-data${numbered(number)}.html`, say('export-readable')),
  });
  const chat = { name: people.customer.name, type: 'personal_chat', id: people.customer.id };
  const own = jsonWriter(order, people, chat, 'result');
  for (const session of given) {
    await order.check();
    const group = session.kind === 'group' ? groupWriter(order, people, session) : undefined;
    await html.add(htmlSession(sessionTitle(speech, session)));
    const share = { sessionId: session.sessionId, projectId: session.projectId, subjectId: person.id };
    for await (const found of entriesOf(deps, share)) {
      const entry = handedOut(speech, found);
      await (group ?? own).add(entry);
      await html.add(htmlMessage(speech, entry, people));
    }
    await group?.end();
  }
  await html.end();
  await own.end();
}

function numbered(number: number): string {
  return number === 1 ? '' : `-${number}`;
}

function sessionTitle({ say, day }: Speech, session: HeldSession): string {
  const { sessionId, openedAt, messages } = session;
  return say('session', { id: shortId(sessionId), opened: day(openedAt), messages });
}

/** Entries of one chat, numbered as they come: what Telegram numbered them by is kept of none that is archived. */
function jsonWriter(
  order: ExportOrder,
  people: ExportPeople,
  chat: { name: string; type: string; id: number },
  name: string,
): { add(entry: ExportEntry): Promise<void>; end: PartWriter['end'] } {
  const numbers = new Map<string, number>();
  const writer = createPartWriter({
    limit: order.partBytes,
    head: jsonHead(chat),
    separator: JSON_SEPARATOR,
    tail: JSON_TAIL,
    send: (part, number) =>
      order.send(part, `${name}${numbered(number)}.json`, order.speech.say('export-machine')),
  });
  return {
    end: () => writer.end(),
    async add(entry) {
      const id = numbers.size + 1;
      numbers.set(entry.ref, id);
      const replyTo = entry.replyTo === null ? undefined : numbers.get(entry.replyTo);
      await writer.add(jsonMessage(entry, { id, replyTo }, people));
    },
  };
}

/** A group's own id is kept nowhere, so the session's stands for it. */
function groupWriter(order: ExportOrder, people: ExportPeople, { sessionId }: HeldSession) {
  const short = shortId(sessionId);
  const chat = { name: short, type: 'private_supergroup', id: parseInt(short, 16) || 1 };
  return jsonWriter(order, people, chat, `result-${short}`);
}
