import type { Kysely } from 'kysely';
import { restrictedParts, type Erasure } from '../db/erasures.ts';
import type { Tables } from '../db/tables.ts';
import {
  EXTENSION_GROUNDS,
  isExtensionGround,
  isRefusalGround,
  REFUSAL_GROUNDS,
} from '../domain/erasure-answers.ts';
import { facts, table, when, type Output, type Style } from './output.ts';

/** An erasure as programs read it. */
export function erasureJson(erasure: Erasure) {
  return {
    number: erasure.number,
    id: erasure.id,
    projectId: erasure.project_id,
    subjectId: erasure.subject_id,
    origin: erasure.origin,
    state: erasure.state,
    regulation: erasure.regulation,
    jurisdiction: erasure.jurisdiction,
    filedBy: erasure.filed_by,
    proof: erasure.proof,
    refusalGround: erasure.refusal_ground,
    receivedAt: erasure.received_at,
    legalDeadlineAt: erasure.legal_deadline_at,
    extendedAt: erasure.extended_at,
    extensionGround: erasure.extension_ground,
    confirmableUntil: erasure.confirmable_until,
    confirmedAt: erasure.confirmed_at,
    targetAt: erasure.target_at,
    deadlineAt: erasure.deadline_at,
    keysDestroyedAt: erasure.keys_destroyed_at,
    removedAt: erasure.removed_at,
    verifiedAt: erasure.verified_at,
    completedAt: erasure.completed_at,
    alarmedHours: erasure.alarmed_hours,
    counts: erasure.counts,
  };
}

/** Erasures as lines; nothing where there are none. */
export function erasureTable(style: Style, erasures: readonly Erasure[]): string {
  if (erasures.length === 0) return '';
  return table(
    style,
    ['NUMBER', 'PROJECT', 'ORIGIN', 'STATE', 'RECEIVED', 'CONFIRMED', 'DEADLINE', 'COMPLETED'],
    erasures.map((erasure) => [
      erasure.number,
      erasure.project_id,
      erasure.origin,
      erasure.state,
      erasure.received_at,
      erasure.confirmed_at,
      erasure.deadline_at ?? erasure.legal_deadline_at,
      erasure.completed_at,
    ]),
  );
}

/** Everything there is to show of one erasure. */
export async function showErasure(output: Output, db: Kysely<Tables>, erasure: Erasure): Promise<void> {
  const kept = await restrictedParts(db, erasure.id);
  output.data({ ...erasureJson(erasure), kept }, (style) =>
    [
      style.heading(`Erasure ${erasure.number}: ${erasure.state}`),
      factsOf(erasure),
      kept.length > 0 ? `${style.heading('Stays for now')}\n${keptTable(style, kept)}` : '',
    ]
      .filter(Boolean)
      .join('\n\n'),
  );
}

function factsOf(erasure: Erasure): string {
  const { refusal_ground: refusal, extension_ground: extension, extended_at: extendedAt } = erasure;
  return facts([
    ['Project', erasure.project_id],
    ['Subject', erasure.subject_id],
    ['Origin', erasure.origin],
    ['Filed by', erasure.filed_by],
    ['Proof', erasure.proof],
    ['Received', erasure.received_at],
    ['Legal deadline', `${when(erasure.legal_deadline_at)} (${erasure.regulation})`],
    ['Extended', extendedAt && `${when(extendedAt)}: ${extensionWords(extension)}`],
    ['Confirmable until', erasure.confirmed_at ? null : erasure.confirmable_until],
    ['Confirmed', erasure.confirmed_at],
    ['Aim, 24 hours', erasure.target_at],
    ['Deadline, 48 hours', erasure.deadline_at],
    ['Keys destroyed', erasure.keys_destroyed_at],
    ['Removed', erasure.removed_at],
    ['Read back', erasure.verified_at],
    ['Completed', erasure.completed_at],
    ['Alarms', erasure.alarmed_hours > 0 ? `after ${erasure.alarmed_hours} hours` : null],
    ['Refused', refusal && refusalWords(refusal)],
    [
      'Counts',
      Object.entries(erasure.counts)
        .map(([name, count]) => `${name} ${count}`)
        .join(', '),
    ],
  ]);
}

function refusalWords(ground: string): string {
  return isRefusalGround(ground) ? `${ground}. ${REFUSAL_GROUNDS[ground]}` : ground;
}

function extensionWords(ground: string | null): string {
  return ground !== null && isExtensionGround(ground) ? EXTENSION_GROUNDS[ground] : (ground ?? '');
}

function keptTable(style: Style, kept: Awaited<ReturnType<typeof restrictedParts>>): string {
  return table(
    style,
    ['SESSION', 'GROUND', 'UNTIL'],
    kept.map(({ sessionId, ground, until }) => [sessionId, ground, until]),
  );
}
