import type { Policy } from '../domain/policy.ts';
import type { DeskProject } from './deps.ts';
import type { Speech } from './erasure-texts.ts';

/** Telegram takes no longer message. */
const LONGEST = 4096;

/** How long what is kept, in as many messages as it takes. */
export function privacyText(speech: Speech, project: DeskProject, policy: Policy): string[] {
  const { words, period } = speech;
  const rules = policy.rules.flatMap(({ keep, keepAtMost, keepAtLeast, because, duty, source }) => {
    const length = keep ?? keepAtMost ?? keepAtLeast;
    if (!length) return [];
    const effect = keepAtLeast ? 'minimum' : keepAtMost ? 'cap' : 'baseline';
    const notes = [...(duty === 'legal' ? [words.byLaw] : []), ...(source ? [source] : [])];
    const reason = because.replace(/\.$/, '') + (notes.length > 0 ? ` (${notes.join('; ')})` : '');
    return [words.ruleKeeps[effect]({ period: period(length), because: reason })];
  });
  return inMessages([
    words.privacyTitle({ project: project.name }),
    words.baseKeeps({ period: period(policy.keep) }),
    ...rules,
    words.strictest({ window: period(policy.review.window) }),
    words.sealed,
    ...(project.noticeUrl ? [words.noticeAt({ url: project.noticeUrl })] : []),
    words.yourRights,
  ]);
}

/** Who runs the bot and how they are reached. */
export function operatorText({ words }: Speech, { name, contact }: DeskProject): string {
  if (!contact) return words.noContact;
  const ways = [contact.text, contact.email, contact.url].filter((way) => way !== undefined);
  return [words.operator({ project: name }), ...ways].join('\n');
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
