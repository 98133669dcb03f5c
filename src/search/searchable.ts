import type { AttachmentContent, MessageContent } from '../domain/messages.ts';

/** Fields beside the text that people read as text, in Telegram's own names and in those of its exports. */
const READ = new Set([
  ...['text', 'title', 'question', 'address', 'description', 'performer', 'caption', 'explanation', 'emoji'],
  ...[
    'first_name',
    'last_name',
    'username',
    'phone_number',
    'url',
    'file_name',
    'place_name',
    'sticker_emoji',
  ],
]);

/** Whatever of an entry a person can read, and so can look for. */
export function searchableTexts(content: MessageContent, files: readonly AttachmentContent[]): string[] {
  const texts = content.text ? [content.text] : [];
  for (const entity of content.entities ?? []) collect(entity, texts);
  if (content.extra) collect(content.extra, texts);
  for (const { fileName } of files) if (fileName) texts.push(fileName);
  return texts;
}

function collect(value: unknown, into: string[]): void {
  if (Array.isArray(value)) for (const one of value) collect(one, into);
  else if (typeof value === 'object' && value !== null)
    for (const [name, one] of Object.entries(value))
      if (typeof one === 'string') {
        if (READ.has(name)) into.push(one);
      } else collect(one, into);
}
