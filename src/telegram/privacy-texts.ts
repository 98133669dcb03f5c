import type { Policy } from '../domain/policy.ts';
import type { DeskProject } from './deps.ts';
import type { Speech } from './texts.ts';

/** Telegram takes no longer message. */
const LONGEST = 4096;

/** What each rule of a policy keeps for how long, in words, a line each. */
export function keepingTexts({ say, period }: Speech, policy: Policy): string[] {
  return policy.rules.flatMap(({ keep, keepAtMost, keepAtLeast, because, duty, source }) => {
    const length = keep ?? keepAtMost ?? keepAtLeast;
    if (!length) return [];
    const effect = keepAtLeast ? 'minimum' : keepAtMost ? 'cap' : 'baseline';
    const notes = [...(duty === 'legal' ? [say('by-law')] : []), ...(source ? [source] : [])];
    const reason = because.replace(/\.$/, '') + (notes.length > 0 ? ` (${notes.join('; ')})` : '');
    return [say(`rule-keeps-${effect}`, { period: period(length), because: reason })];
  });
}

/** How long what is kept, in as many messages as it takes. */
export function privacyText(speech: Speech, project: DeskProject, policy: Policy): string[] {
  const { say, period } = speech;
  return inMessages([
    say('privacy-title', { project: project.name }),
    say('base-keeps', { period: period(policy.keep) }),
    ...keepingTexts(speech, policy),
    say('strictest', { window: period(policy.review.window) }),
    say('sealed'),
    ...(project.noticeUrl ? [say('notice-at', { url: project.noticeUrl })] : []),
    say('your-rights'),
  ]);
}

/** Who runs the bot and how they are reached. */
export function operatorText({ say }: Speech, { name, contact }: DeskProject): string {
  if (!contact) return say('no-contact');
  const ways = [contact.text, contact.email, contact.url].filter((way) => way !== undefined);
  return [say('operator', { project: name }), ...ways].join('\n');
}

/** Puts paragraphs together into messages that Telegram takes. */
function inMessages(paragraphs: readonly string[]): string[] {
  const messages: string[] = [];
  for (const paragraph of paragraphs) {
    const last = messages.at(-1);
    const text = paragraph.slice(0, LONGEST);
    if (last !== undefined && last.length + text.length + 2 <= LONGEST)
      messages[messages.length - 1] = `${last}\n\n${text}`;
    else messages.push(text);
  }
  return messages;
}
