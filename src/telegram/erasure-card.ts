import { finalFromOf } from '../db/erasure-proof.ts';
import { erasedCounts, heldSessions, type ErasedCounts, type HeldSession } from '../db/my-data.ts';
import type { Erasure } from '../db/erasures.ts';
import { policyInForce } from '../db/policies.ts';
import { groupKept, keptByRestriction, keptNow, type Kept, type KeptGroup } from '../domain/kept.ts';
import type { DeskDeps } from './deps.ts';
import type { Speech } from './texts.ts';
import { isPlainTextId } from './texts/list.ts';

/** What the message of an erasure shows. */
export interface ErasureView {
  readonly erasure: Erasure;
  readonly counts: ErasedCounts;
  readonly kept: readonly KeptGroup[];
}

/** Reads what the message of an erasure shows. */
export async function viewErasure(deps: DeskDeps, erasure: Erasure): Promise<ErasureView> {
  const now = deps.clock();
  const { policy } = await policyInForce(deps.db, erasure.project_id);
  const restricted = (await heldSessions(deps.db, erasure.subject_id, now)).filter(
    (session) => session.erasureId === erasure.id,
  );
  const kept = restricted.flatMap((session) => keptByRestriction(policy, session, now) ?? []);
  return { erasure, counts: await erasedCounts(deps.db, erasure), kept: groupKept(kept) };
}

/** What would stay if the erasure of these sessions were confirmed now. */
export async function previewKept(
  deps: DeskDeps,
  sessions: readonly HeldSession[],
): Promise<{ session: HeldSession; kept: Kept | null }[]> {
  const { policy } = await policyInForce(deps.db, deps.project.id);
  const now = deps.clock();
  return sessions.map((session) => ({ session, kept: keptNow(policy, session, now) }));
}

/** Whether all is over that the customer waits for, so that the receipt is shown. */
export function isConcluded({ state, receipt_queued_at: queuedAt }: Erasure): boolean {
  return state === 'done' || state === 'restricted' || (state === 'confirmed' && queuedAt !== null);
}

/** How far an erasure is, or its receipt, or why it is none. */
export function erasureText(speech: Speech, view: ErasureView): string {
  const { say } = speech;
  const { erasure } = view;
  const number = erasure.number;
  if (erasure.state === 'expired') return say('expired', { number });
  if (erasure.state === 'withdrawn') return say('withdrawn', { number });
  if (erasure.state === 'refused')
    return [
      say('refused', { number, ground: groundOf(speech, 'refusal', erasure.refusal_ground) }),
      say('complain', { regulation: erasure.regulation }),
    ].join('\n\n');
  return isConcluded(erasure) ? receipt(speech, view) : progress(speech, erasure);
}

function progress(speech: Speech, erasure: Erasure): string {
  return [
    speech.say('progress-title', { number: erasure.number }),
    stepLines(speech, erasure).join('\n'),
    deadlineLines(speech, erasure).join('\n'),
  ].join('\n\n');
}

/** Our own aim and guarantee from the confirmation, and the law's deadline from the request. */
function deadlineLines(speech: Speech, erasure: Erasure): string[] {
  const { say, moment, day } = speech;
  const { target_at: target, deadline_at: deadline, regulation, extension_ground: moved } = erasure;
  const by = say('law-by', { regulation, deadline: day(erasure.legal_deadline_at) });
  const law = moved ? `${by} ${say('extended', { ground: groundOf(speech, 'extension', moved) })}` : by;
  return target && deadline
    ? [say('due-by', { target: moment(target), deadline: moment(deadline) }), law]
    : [law];
}

function stepLines({ say, moment }: Speech, erasure: Erasure): string[] {
  const requested = say('requested-at', { at: moment(erasure.received_at) });
  if (!erasure.confirmed_at) {
    const until = erasure.confirmable_until ?? erasure.received_at;
    return [
      requested,
      erasure.state === 'filed' ? say('waits-for-staff') : say('waits-for-you', { until: moment(until) }),
    ];
  }
  const step = (at: Date | null, what: 'keys' | 'removed' | 'verified') =>
    at ? say(`${what}-at`, { at: moment(at) }) : say(`${what}-pending`);
  return [
    requested,
    say('hidden-at', { at: moment(erasure.confirmed_at) }),
    step(erasure.keys_destroyed_at, 'keys'),
    step(erasure.removed_at, 'removed'),
    step(erasure.verified_at, 'verified'),
    ...(isConcluded(erasure) ? [] : [say('receipt-pending')]),
  ];
}

function titleOf({ say }: Speech, { erasure, counts, kept }: ErasureView): string {
  const { number } = erasure;
  if (isLaterRound(erasure) && kept.length === 0) return say('rest-title', { number });
  const allStays = kept.length > 0 && counts.sessions === 0;
  return say(allStays ? 'all-stays-title' : 'receipt-title', { number });
}

function groundOf({ say }: Speech, of: 'refusal' | 'extension', ground: string | null): string {
  const id = of === 'refusal' ? `refusal-grounds-${ground}` : `extension-grounds-${ground}`;
  return isPlainTextId(id) ? say(id) : (ground ?? '–');
}

function receipt(speech: Speech, { erasure, counts, kept }: ErasureView): string {
  const { say } = speech;
  const removed = (Object.entries(counts) as [keyof ErasedCounts, number][]).map(
    ([what, count]) => `• ${say(`counts-${what}`, { count })}`,
  );
  return [
    titleOf(speech, { erasure, counts, kept }),
    stepLines(speech, erasure).join('\n'),
    [say('removed-title'), ...removed].join('\n'),
    staysLines(speech, kept).join('\n'),
    ...finalLines(speech, erasure),
    say('telegram-keeps'),
    [...deadlineLines(speech, erasure), say('quote', { number: erasure.number })].join('\n'),
  ].join('\n\n');
}

/** What a store keeps for a time although it is deleted. */
function finalLines({ say, moment }: Speech, erasure: Erasure): string[] {
  const final = finalFromOf(erasure);
  return final ? [say('final-from', { at: moment(final) })] : [];
}

/** Whether this is the second time that something is erased under one number: its ground has ended since. */
export function isLaterRound(erasure: Erasure): boolean {
  const { completed_at: completedAt, confirmed_at: confirmedAt, resumed_at: resumedAt } = erasure;
  return completedAt !== null && [confirmedAt, resumedAt].some((began) => began && began > completedAt);
}

/** What stays, why and until when. */
export function staysLines({ say, day }: Speech, kept: readonly KeptGroup[]): string[] {
  if (kept.length === 0) return [say('stays-nothing')];
  const lines = kept.map(({ ground, sessions, until, because, source }) =>
    ground === 'hold'
      ? say('stays-by-hold', { sessions })
      : say('stays-by-law', {
          sessions,
          until: until ? day(until) : '–',
          because: [because ?? '–', ...(source ? [`(${source})`] : [])].join(' '),
        }),
  );
  return [say('stays-title'), ...lines, say('stays-meaning')];
}
