import { attachmentKindsOf } from '../../db/messages.ts';
import type { SessionTag } from '../../db/tags.ts';
import type { AttachmentKind, MessageContent } from '../../domain/messages.ts';
import type { TaggingRule } from '../../domain/tagging.ts';
import { taggedMessage, taggerOf } from '../tagging.ts';
import type { PlannedEntry } from './plan-batch.ts';

/** The kinds of the attachments that a batch brings to each session. */
export function attachmentKindsBySession(
  entries: readonly PlannedEntry[],
): ReadonlyMap<string, AttachmentKind[]> {
  const files = Map.groupBy(
    entries.flatMap(({ session, message }) =>
      message.attachments.map(({ kind }) => ({ sessionId: session.id, kind })),
    ),
    ({ sessionId }) => sessionId,
  );
  return new Map([...files].map(([sessionId, attachments]) => [sessionId, attachmentKindsOf(attachments)]));
}

/** The tags that rules ask for because of a batch's messages, each once for a session. */
export function automaticTagsOf(
  entries: readonly PlannedEntry[],
  rules: readonly TaggingRule[],
): SessionTag[] {
  if (rules.length === 0) return [];
  const tagger = taggerOf(rules);
  const found = new Map<string, SessionTag>();
  for (const { session, message } of entries) {
    const like = { ...message, content: likeTheBotApi(message.content) };
    // An export tells nothing of the language of who wrote.
    const tags = tagger(taggedMessage(like, { kind: session.chat.kind, language: null }));
    for (const { tag, rule } of tags) {
      const key = `${session.id}/${tag}`;
      if (!found.has(key)) found.set(key, { sessionId: session.id, tag, rule });
    }
  }
  return [...found.values()];
}

/** Fields that the export and the Bot API name differently; tagging rules know the Bot API's. */
const BOT_API_FIELDS: Readonly<Record<string, string>> = {
  contact_information: 'contact',
  location_information: 'location',
  place_name: 'venue',
  invoice_information: 'invoice',
};

function likeTheBotApi(content: MessageContent): MessageContent {
  if (!content.extra) return content;
  const extra = Object.fromEntries(
    Object.entries(content.extra).map(([name, value]) => [
      Object.hasOwn(BOT_API_FIELDS, name) ? (BOT_API_FIELDS[name] ?? name) : name,
      value,
    ]),
  );
  return { ...content, extra };
}
