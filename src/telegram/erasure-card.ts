import { erasedCounts, heldSessions, type ErasedCounts, type HeldSession } from '../db/my-data.ts';
import type { Erasure } from '../db/erasures.ts';
import { policyInForce } from '../db/policies.ts';
import { groupKept, keptByRestriction, keptNow, type Kept, type KeptGroup } from '../domain/kept.ts';
import type { DeskDeps } from './deps.ts';
import type { Speech } from './erasure-texts.ts';

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
  const { words } = speech;
  const { erasure } = view;
  const number = erasure.number;
  if (erasure.state === 'expired') return words.expired({ number });
  if (erasure.state === 'withdrawn') return words.withdrawn({ number });
  if (erasure.state === 'refused')
    return [
      words.refused({ number, ground: groundOf(words.refusalGrounds, erasure.refusal_ground) }),
      words.complain({ regulation: erasure.regulation }),
    ].join('\n\n');
  return isConcluded(erasure) ? receipt(speech, view) : progress(speech, erasure);
}

function progress(speech: Speech, erasure: Erasure): string {
  return [
    speech.words.progressTitle({ number: erasure.number }),
    stepLines(speech, erasure).join('\n'),
    deadlineLines(speech, erasure).join('\n'),
  ].join('\n\n');
}

/** Our own aim and guarantee from the confirmation, and the law's deadline from the request. */
function deadlineLines({ words, moment, day }: Speech, erasure: Erasure): string[] {
  const { target_at: target, deadline_at: deadline, regulation, extension_ground: moved } = erasure;
  const by = words.lawBy({ regulation, deadline: day(erasure.legal_deadline_at) });
  const law = moved ? `${by} ${words.extended({ ground: groundOf(words.extensionGrounds, moved) })}` : by;
  return target && deadline
    ? [words.dueBy({ target: moment(target), deadline: moment(deadline) }), law]
    : [law];
}

function stepLines({ words, moment }: Speech, erasure: Erasure): string[] {
  const requested = words.requestedAt({ at: moment(erasure.received_at) });
  if (!erasure.confirmed_at) {
    const until = erasure.confirmable_until ?? erasure.received_at;
    return [
      requested,
      erasure.state === 'filed' ? words.waitsForStaff : words.waitsForYou({ until: moment(until) }),
    ];
  }
  const step = (at: Date | null, done: (said: { at: string }) => string, pending: string) =>
    at ? done({ at: moment(at) }) : pending;
  return [
    requested,
    words.hiddenAt({ at: moment(erasure.confirmed_at) }),
    step(erasure.keys_destroyed_at, words.keysAt, words.keysPending),
    step(erasure.removed_at, words.removedAt, words.removedPending),
    step(erasure.verified_at, words.verifiedAt, words.verifiedPending),
    ...(isConcluded(erasure) ? [] : [words.receiptPending]),
  ];
}

function titleOf({ words }: Speech, { erasure, counts, kept }: ErasureView) {
  if (isLaterRound(erasure) && kept.length === 0) return words.restTitle;
  return kept.length > 0 && counts.sessions === 0 ? words.allStaysTitle : words.receiptTitle;
}

function groundOf(grounds: Readonly<Record<string, string>>, ground: string | null): string {
  return (ground !== null && grounds[ground]) || (ground ?? '–');
}

function receipt(speech: Speech, { erasure, counts, kept }: ErasureView): string {
  const { words, number } = speech;
  const title = titleOf(speech, { erasure, counts, kept });
  const removed = (Object.entries(counts) as [keyof ErasedCounts, number][]).map(
    ([what, count]) => `• ${number(count)} ${words.counts[what]}`,
  );
  return [
    title({ number: erasure.number }),
    stepLines(speech, erasure).join('\n'),
    [words.removedTitle, ...removed].join('\n'),
    staysLines(speech, kept).join('\n'),
    words.telegramKeeps,
    [...deadlineLines(speech, erasure), words.quote({ number: erasure.number })].join('\n'),
  ].join('\n\n');
}

/** Whether this is the second time that something is erased under one number: its ground has ended since. */
export function isLaterRound(erasure: Erasure): boolean {
  const { completed_at: completedAt, confirmed_at: confirmedAt, resumed_at: resumedAt } = erasure;
  return completedAt !== null && [confirmedAt, resumedAt].some((began) => began && began > completedAt);
}

/** What stays, why and until when. */
export function staysLines({ words, day, number }: Speech, kept: readonly KeptGroup[]): string[] {
  if (kept.length === 0) return [words.staysNothing];
  const lines = kept.map(({ ground, sessions, until, because, source }) =>
    ground === 'hold'
      ? words.staysByHold({ sessions: number(sessions) })
      : words.staysByLaw({
          sessions: number(sessions),
          until: until ? day(until) : '–',
          because: [because ?? '–', ...(source ? [`(${source})`] : [])].join(' '),
        }),
  );
  return [words.staysTitle, ...lines, words.staysMeaning];
}
