import type { Life } from '../db/life.ts';
import { keepsReferencesOnly, readersOf } from '../domain/decision.ts';
import type { Cell } from './output.ts';

/** What rules look at in a session besides dates and tags, and whom and what they narrow, for programs. */
export function ruleFacts(life: Life) {
  const { jurisdictions, languages, attachmentKinds, authorized, majorityAt, events, policy } = life;
  return {
    jurisdictions,
    languages,
    attachmentKinds,
    authorized,
    majorityAt,
    events,
    readers: readersOf(policy, life),
    attachmentsAsReferences: willKeepReferences(life),
  };
}

/** `null` once it is archived: then its archive objects say what was kept, whatever the policy says by now. */
function willKeepReferences(life: Life): boolean | null {
  return life.archivedAt ? null : keepsReferencesOnly(life.policy, life);
}

/** The same for people; what says nothing is left out. */
export function ruleFactRows(life: Life): (readonly [string, Cell])[] {
  const { jurisdictions, languages, attachmentKinds, authorized, majorityAt, events, policy } = life;
  const readers = readersOf(policy, life);
  return [
    ['Jurisdiction', jurisdictions.join(', ')],
    ['Language', languages.join(', ')],
    ['Attachments', attachmentKinds.join(', ')],
    ['Kept of attachments', willKeepReferences(life) ? 'references alone' : null],
    ['Agreed to be kept longer', authorized || null],
    ['Comes of age', majorityAt],
    ...Object.entries(events).map(([name, at]) => [`Event ${name}`, at] as const),
    ['Readable by', readers && (readers.length > 0 ? `${readers.join(' and ')} alone` : 'nobody')],
  ];
}
