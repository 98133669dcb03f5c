import { InlineKeyboard } from 'grammy';
import type { Card } from './send-staff.ts';

/** What is overdue, as staff read it. */
const OVERDUE: Readonly<Record<string, string>> = {
  archive: 'closed sessions should be archived by now',
  review: 'sessions should be in review by now',
  decision: 'reviews should have ended by now',
  deletion: 'decided deletions should have begun by now',
  deleting: 'deletions that began should be finished by now',
  erasure: 'erasure requests stand still or are past their target',
  outbox: 'sessions wait for their workflow to be told',
  audit: 'entries of the audit log are not signed, or its signed heads not anchored',
};

/**
 * Calls for people. The key carries what it is about, as `overdue:KIND:COUNT` or `updates-gap:FROM/UNTIL`.
 *
 * @returns undefined for a key that is no alarm
 */
export function alarmCard(key: string, project: string): Card | undefined {
  if (key === 'deletions-paused-restored')
    return {
      text: `⛔ The deletions of ${project} are paused: the database was restored, and is older than its workflows. Compliance checks the holds, then resumes them; an operator runs retention restore-check first.`,
      keyboard: new InlineKeyboard().text('Resume deletions', 'b:resume'),
    };
  const [, kind = '', count = ''] = /^overdue:([a-z]+):(\d+)$/.exec(key) ?? [];
  const what = OVERDUE[kind];
  if (what)
    return {
      text: `${project}: ${count} ${what}. They were asked to look again; an operator should run: retention doctor`,
      keyboard: undefined,
    };
  const [, from, until] = /^updates-gap:(\S+)\/(\S+)$/.exec(key) ?? [];
  if (from && until)
    return {
      text: `${project}: the bot was away for more than a day. What customers wrote from ${shown(from)} to ${shown(until)} UTC never arrived; ask those who were waiting for an answer.`,
      keyboard: undefined,
    };
  return undefined;
}

function shown(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}
