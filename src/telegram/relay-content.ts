import type { MessageEntity } from 'grammy/types';
import { attachmentContext, profileContext, revisionContext } from '../db/messages.ts';
import type { RelayFacts } from '../db/relay-facts.ts';
import type { AttachmentContent, MessageContent, SubjectProfile } from '../domain/messages.ts';
import { AppError } from '../domain/errors.ts';
import { speechToStaff } from './customer-speech.ts';
import type { RelaySide } from './relay-side.ts';
import type { SenderDeps } from './sending.ts';

/** A message as it is sent on: opened, and with who said it where that is not plain. */
export interface Relayed {
  readonly message: RelayFacts;
  readonly content: MessageContent;
  readonly text: string;
  readonly entities: MessageEntity[];
  readonly files: readonly { readonly kind: string; readonly fileId: string }[];
  /** Words of the message it answers, where they are kept. */
  readonly quote?: string;
  /** Who said it, with a line of its own; empty where the topic says it anyway. */
  readonly byline: string;
}

/** Opens a message for sending. Names are looked up now, and whoever was erased since has none. */
export async function openRelayed(
  deps: SenderDeps,
  message: RelayFacts,
  target: RelaySide['target'],
): Promise<Relayed> {
  const { vault } = deps;
  const [text, ...files] = await vault.openMany([
    { sealed: message.sealed, context: revisionContext(message.id, message.revision) },
    ...message.attachments.map(({ id, sealed }) => ({ sealed, context: attachmentContext(id) })),
  ]);
  const content = JSON.parse(String(text)) as MessageContent;
  const quote = (content.extra?.['quote'] as { text?: string } | undefined)?.text;
  return {
    message,
    content,
    text: content.text ?? '',
    entities: sendable(content),
    files: files.flatMap((opened, at) => {
      const { fileId } = JSON.parse(String(opened)) as AttachmentContent;
      return fileId ? [{ kind: message.attachments[at]?.kind ?? '', fileId }] : [];
    }),
    ...(quote !== undefined && { quote }),
    // Customers are told no names.
    byline: target === 'staff' ? await bylineOf(deps, message) : '',
  };
}

/** A mention of somebody else by a reference is one that Telegram could not follow. */
function sendable({ entities = [] }: MessageContent): MessageEntity[] {
  const kept = entities.filter(({ type, user, url }) => {
    if (type === 'text_mention') return typeof (user as { id?: unknown } | undefined)?.id === 'number';
    return type !== 'text_link' || url !== undefined;
  });
  return kept as unknown as MessageEntity[];
}

/** In a group somebody says it; in a business account's chat its owner may have. */
async function bylineOf(deps: SenderDeps, message: RelayFacts): Promise<string> {
  const { say } = speechToStaff(deps);
  if (message.authorRole === 'agent')
    return say(message.sessionKind === 'business' ? 'relay-by-owner' : 'relay-by-staff');
  return message.sessionKind === 'group' ? nameOf(deps, message) : '';
}

/** The name of whoever an entry belongs to, as it is known now. */
export async function nameOf(deps: SenderDeps, { subjectId, profileSealed }: RelayFacts): Promise<string> {
  const { say } = speechToStaff(deps);
  if (!profileSealed) return say('relay-no-name');
  try {
    const opened = await deps.vault.open(profileSealed, profileContext(subjectId));
    const { firstName, lastName } = JSON.parse(opened.toString()) as SubjectProfile;
    return [firstName, lastName].filter(Boolean).join(' ') || say('relay-no-name');
  } catch (error) {
    if (error instanceof AppError && error.code === 'key_destroyed') return say('relay-no-name');
    throw error;
  }
}

/** The text under its byline, which stands out, with its entities moved down by it. */
export function underByline({ byline, text, entities }: Relayed): {
  text: string;
  entities: MessageEntity[];
} {
  if (byline === '') return { text, entities };
  const head = `${byline}:`;
  const whole = text === '' ? head : `${head}\n${text}`;
  const moved = entities.map((entity) => ({ ...entity, offset: entity.offset + head.length + 1 }));
  return { text: whole, entities: [{ type: 'bold', offset: 0, length: head.length }, ...moved] };
}
