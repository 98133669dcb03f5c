import type { CliServices } from './deps.ts';
import { when } from './output.ts';

type Preview = Awaited<ReturnType<CliServices['acts']['previewTag']>>;

/** What a change of a tag would do to a session's date, in words. */
export function previewWords({ tag, before, after }: Preview): string {
  if (!after) return 'The session is open: it has no date before it is closed.';
  const until = `Kept until ${when(after.keepUntil)} by ${after.decidedBy}`;
  if (before?.keepUntil.getTime() === after.keepUntil.getTime())
    return `${until}: the tag ${tag} changes nothing.`;
  return before ? `${until}; now until ${when(before.keepUntil)} by ${before.decidedBy}.` : `${until}.`;
}
