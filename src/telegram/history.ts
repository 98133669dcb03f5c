import type { MessageEntity } from 'grammy/types';
import { sessionsBefore, type PastSession } from '../db/history.ts';
import { linkToTopic } from './card-links.ts';
import { topicTitle } from './cards.ts';
import { speechToStaff } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import type { Speech } from './texts.ts';

/** More than this is for the console, which can page. */
const MOST = 20;

/**
 * The customer's sessions before one of them: phases and dates, and the way to the topics that there still
 * are. Nothing of what was said.
 */
export async function historyMessage(
  deps: DeskDeps,
  sessionId: string,
): Promise<{ text: string; entities: MessageEntity[] }> {
  const { db, project } = deps;
  const speech = speechToStaff(deps);
  const { say } = speech;
  const { sessions, more } = await sessionsBefore(db, sessionId, MOST);
  if (sessions.length === 0) return { text: say('history-none'), entities: [] };
  const entities: MessageEntity[] = [];
  let text = say('history-head');
  for (const session of sessions) {
    const title = topicTitle(speech, { sessionId: session.id, phase: session.phase });
    const { staffChatId: chatId } = project;
    const url =
      session.topicId === null || chatId === null ? undefined : linkToTopic(chatId, session.topicId);
    if (url) entities.push({ type: 'text_link', offset: text.length + 1, length: title.length, url });
    text += `\n${title}: ${factsOf(speech, session)}`;
  }
  return { text: more > 0 ? `${text}\n${say('history-more', { count: more })}` : text, entities };
}

function factsOf({ say }: Speech, { openedAt, closedAt, keepUntil, tags }: PastSession): string {
  return [
    say('history-opened', { date: day(openedAt) }),
    ...(closedAt ? [say('history-closed', { date: day(closedAt) })] : []),
    ...(keepUntil ? [say('history-kept', { date: day(keepUntil) })] : []),
    ...tags,
  ].join(', ');
}

function day(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}
