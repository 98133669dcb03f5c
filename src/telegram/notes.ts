import type { Message } from 'grammy/types';
import type { IncomingMessage } from '../acts/take-message.ts';
import type { MessageContent, TextEntity } from '../domain/messages.ts';
import { incomingMessage } from './content.ts';

/** How a note begins: `/note calls back` or `// calls back`. */
export const NOTE = /^(?:\/note(?:@\w+)?(?![\w@])|\/\/)\s*/i;

/** A message of staff as the note it is, without what makes it one. */
export function noteOf(message: Message): IncomingMessage {
  const incoming = incomingMessage(message);
  return { ...incoming, content: withoutMark(incoming.content) };
}

/** The words of a note. One that was edited may have lost its mark, and stays a note. */
export function withoutMark(content: MessageContent): MessageContent {
  const cut = NOTE.exec(content.text ?? '')?.[0].length ?? 0;
  if (cut === 0) return content;
  const { text, entities, ...rest } = content;
  const kept = (entities ?? []).flatMap((entity) => moved(entity, cut));
  return { ...rest, text: (text ?? '').slice(cut), ...(kept.length > 0 && { entities: kept }) };
}

/** An entity as it stands once the beginning of its text is gone. */
function moved(entity: TextEntity, cut: number): TextEntity[] {
  const offset = Math.max(0, entity.offset - cut);
  const end = entity.offset + entity.length - cut;
  return end > offset ? [{ ...entity, offset, length: end - offset }] : [];
}
