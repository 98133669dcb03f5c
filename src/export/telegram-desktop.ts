import { nameOf, type ExportedPerson, type ExportedSession, type ExportWriter } from './session.ts';
import { JSON_SEPARATOR, JSON_TAIL, jsonHead, jsonMessage, type ExportAuthor } from './telegram-layout.ts';

/**
 * Under which number the desk answers: Telegram's own for an administrator who writes in the name of a group.
 * Agents are named by no number of theirs.
 */
const DESK_ID = 1_087_968_824;

/**
 * Telegram Desktop's `result.json` of a whole account: a person's sessions are one chat, a group's session is
 * one of its own, since the group's id is kept nowhere.
 */
export const telegramWriter: ExportWriter = {
  path: 'result.json',
  head: `{\n "about": "Exported by telegram-retention in the layout of Telegram Desktop.",\n "personal_information": {"user_id": ${DESK_ID}},\n "chats": {\n "about": "",\n "list": [\n`,
  separator: ',\n',
  tail: '\n ]\n }\n}\n',
  async *write(sessions) {
    const numbers = new Map<string, number>();
    let begun = false;
    for await (const session of sessions) {
      if (!begun) yield jsonHead(chatOf(session));
      for await (const message of session.messages()) {
        const id = numbers.size + 1;
        numbers.set(message.ref, id);
        const replyTo = message.replyTo === null ? undefined : numbers.get(message.replyTo);
        const people = {
          customer: authorOf(session.people.find((one) => one.id === message.subjectId)),
          desk: { id: DESK_ID, name: session.projectName },
        };
        yield `${begun && id > 1 ? JSON_SEPARATOR : ''}${jsonMessage(message, { id, replyTo }, people)}`;
        begun = true;
      }
      begun = true;
    }
    if (begun) yield JSON_TAIL.trimEnd();
  },
};

function chatOf(session: ExportedSession): { name: string | null; type: string; id: number } {
  const [person] = session.people;
  if (session.kind === 'group') {
    const short = session.id.slice(0, 8);
    return { name: short, type: 'private_supergroup', id: parseInt(short, 16) || 1 };
  }
  return { ...authorOf(person), type: 'personal_chat' };
}

/** Who has no number of their own any more gets one that Telegram gives to nobody. */
function authorOf(person: ExportedPerson | undefined): ExportAuthor {
  if (!person) return { id: 1, name: null };
  const id = person.telegramId ?? parseInt(person.id.replaceAll('-', '').slice(0, 12), 16) + 2 ** 52;
  return { id, name: nameOf(person) || null };
}
