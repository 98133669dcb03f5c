import type { AppError, ErrorCode, RefusedAct, Refusal } from '../domain/errors.ts';

/** What a page says of an error of this service: what happened, and what to do next. */
export function wordsOf(error: Pick<AppError, 'code' | 'message' | 'refusal'>): string {
  const { code, message, refusal } = error;
  return (refusal && ofRefusal(refusal)) ?? FOR_OPERATORS[code] ?? inBrowser(code, message);
}

/** Whether somebody has to mend the installation, who finds what to mend in its log. */
export function isForOperators(code: ErrorCode): boolean {
  return Object.hasOwn(FOR_OPERATORS, code);
}

const DAMAGED =
  'Something that this needs is damaged or missing, and nothing was changed. An operator finds what it is in the log of the service, and runs the doctor under Operations.';
const AWAY =
  'Something that this needs cannot be reached just now, and nothing was changed. Try again in a moment; if it stays so, an operator finds why under Operations.';
const MISSET =
  'This installation is not set up for it. An operator finds what is missing in the log of the service.';

/** Their messages name files and commands of the machine, which are nothing to whoever looks at a page. */
const FOR_OPERATORS: Partial<Record<ErrorCode, string>> = {
  config_invalid: MISSET,
  tool_missing: MISSET,
  key_unknown: DAMAGED,
  sealed_text_damaged: DAMAGED,
  object_exists: DAMAGED,
  object_missing: DAMAGED,
  object_changed: DAMAGED,
  archive_damaged: DAMAGED,
  audit_damaged: DAMAGED,
  object_locked:
    'The archive store keeps this under a lock of its own, so it cannot be removed. An operator releases it there.',
  store_unavailable: AWAY,
  clock_skewed: 'The clocks of this installation disagree. It waits until they agree; tell an operator.',
};

/** Refusals whose next step in a browser is another than in a chat or a terminal. */
const REFUSALS: Partial<Record<Extract<Refusal, string>, string>> = {
  'audit-word':
    'The reason goes into the audit, which holds no free text: give a word or a ticket number, such as TICKET-4711. The rest belongs into a note of the session.',
  'banned-already': 'This customer is banned already.',
  'not-banned': 'This customer is not banned: what they write is taken.',
  'no-own-customer': 'This session has no customer of its own. Open the page of the customer who is meant.',
  'note-about-whom':
    'Several people take part here. Write the note in Telegram, as a reply to a message of whom it is about.',
  'note-empty': 'Write the note.',
  'hold-without-reason': 'Say why it is held.',
  'nothing-held': 'Nothing holds this session any more.',
  'waits-already': 'This waits for a second person already. See it under Second person.',
  'policy-outdated':
    'Another version of the policy is in force by now. Open the change again, and plan it against that one.',
  'request-unknown': 'There is no such request. Those that wait are under Second person.',
  'asked-yourself': 'You asked for this yourself, so somebody else has to approve it. You can take it back.',
  'approved-yourself': 'You approved this deletion already: a second person has to approve it too.',
  'nobody-answers': 'Nobody else answers customers in this project.',
  'colleague-unknown': 'Choose somebody who answers customers in this project.',
  'nothing-by-rule': 'No rule of the policy decides for these sessions.',
  'not-paused': 'The deletions of this project are not paused (any more).',
};

const STANDS: Record<Extract<Refusal, { why: 'standing' }>['standing'], string> = {
  open: 'is open',
  closed: 'is closed',
  archiving: 'is being archived just now',
  archived: 'is archived',
  review: 'is in review',
  deleting: 'is being deleted, which cannot be stopped',
  deleted: 'is deleted',
  restricted: 'is restricted: kept by duty against an erasure',
};

const REFUSED: Record<RefusedAct, string> = {
  close: 'be closed',
  reopen: 'be reopened',
  tag: 'be tagged',
  hold: 'be put on hold',
  decide: 'be decided about',
  answer: 'be answered',
  transfer: 'be transferred',
  silence: 'be silenced',
  note: 'take notes',
  'take-back': 'be changed',
  change: 'be changed',
};

function ofRefusal(refusal: Refusal): string | undefined {
  if (typeof refusal === 'string') return REFUSALS[refusal];
  switch (refusal.why) {
    case 'standing':
      return `The session ${STANDS[refusal.standing]}, so it cannot ${REFUSED[refusal.act]}. Its page shows what can be done with it.`;
    case 'needs-role':
      return `This is for the roles ${refusal.roles.join(', ')}. Who manages the staff of this project can give you one.`;
    case 'request-decided':
      return `This request was ${refusal.outcome} already.`;
    case 'wider-hold':
      return 'A wider hold is on this session: of its customer, or of many sessions. Release it under Holds.';
    case 'unknown-command':
    case 'not-a-jurisdiction':
      return undefined;
  }
}

/** Where the sentence that tells what to do next is of the command line, the page has one of its own. */
const IN_BROWSER: Partial<Record<ErrorCode, string>> = {
  not_found: 'It may have been removed meanwhile.',
  already_decided: 'Load the page again to see how it stands.',
  phase_conflict: 'Load the page again to see how it stands.',
  not_allowed: 'Ask a colleague whose role allows it, or an operator.',
};

const COMMAND = /\bretention [a-z]|\s--[a-z]|\s\/[a-z]+\b/;

function inBrowser(code: ErrorCode, message: string): string {
  const sentences = message.split(/(?<=[.!?]) (?=[A-Z])/);
  const kept = sentences.filter((sentence) => !COMMAND.test(sentence));
  if (kept.length === sentences.length) return message;
  const next = IN_BROWSER[code];
  return [...kept, ...(next ? [next] : [])].join(' ');
}
