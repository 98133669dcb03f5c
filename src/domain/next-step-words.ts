import type { NextStep } from './next-step.ts';

/** One sentence for people: where a session stands, what happens next and when (in UTC). */
export function describe(next: NextStep): string {
  const date =
    next.at === null ? '' : `${new Date(next.at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  switch (next.step) {
    case 'close-if-idle':
      return `Open. Closes by itself if nobody writes until ${date}.`;
    case 'archive':
      return next.at
        ? `Closed. Can be reopened until ${date}, then it is archived.`
        : 'Closed. To be archived now.';
    case 'open-review':
      return next.at
        ? `Archived. Kept until ${date}, then a supervisor reviews its deletion.`
        : 'A new review with a full window begins now.';
    case 'end-review':
      return `In review, round ${next.round}. Waits for a supervisor until ${date}; then the policy decides.`;
    case 'delete':
      return next.at ? `To be deleted at ${date}.` : 'To be deleted now.';
    case 'wait':
      if (next.paused && !next.held)
        return 'To be deleted, but the deletions of its project are paused until compliance resumes them.';
      if (next.restricted) return 'Restricted: kept by law against an erasure request, for compliance alone.';
      return next.at === null
        ? 'On hold, until it is released.'
        : `On hold until ${date}, unless released earlier.`;
    case 'end':
      return 'Deleted.';
  }
}
