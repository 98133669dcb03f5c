import { referredSubjects, type MessagePlace } from '../db/person-references.ts';
import type { CustomerChat, MessageContent } from '../domain/messages.ts';
import { personIdsIn, referToPersons } from '../domain/person-references.ts';
import type { ActDeps } from './deps.ts';

/** What an act that brings a message says of it. */
interface BringsContent extends MessagePlace {
  readonly content: MessageContent;
  readonly replyToMessageId?: number;
  readonly chat?: CustomerChat;
  readonly from?: { readonly telegramUserId: number };
}

/** An act with every other person in its message turned into a reference, before anything is sealed. */
export async function withReferences<A extends BringsContent>({ db }: ActDeps, act: A): Promise<A> {
  const { entities, extra } = act.content;
  if (!entities && !extra) return act;
  const subjects = await referredSubjects(db, act, personIdsIn(act.content));
  const refs = new Map(subjects.map(({ id, telegramUserId }) => [telegramUserId, id]));
  const content = referToPersons(act.content, {
    own: act.from?.telegramUserId ?? subjects.find(({ own }) => own)?.telegramUserId ?? null,
    // What is replied to is sealed under the same key, but for what somebody else wrote in a group.
    ownQuote: act.replyToMessageId !== undefined && act.chat?.kind !== 'group',
    refOf: (telegramId) => refs.get(telegramId),
  });
  return { ...act, content };
}
