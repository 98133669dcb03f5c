/**
 * Where an erasure request stands:
 * - `requested`: the customer has asked and not yet pressed the button that proves it is them
 * - `filed`: staff filed it for the customer; a second person has to approve
 * - `confirmed`: all that may go is hidden and on its way out
 * - `restricted`: done, but for what a hold or a legal minimum keeps for now
 * - `done`: nothing is left
 */
export const ERASURE_STATES = [
  'requested',
  'filed',
  'confirmed',
  'restricted',
  'done',
  'refused',
  'expired',
  'withdrawn',
] as const;
export type ErasureState = (typeof ERASURE_STATES)[number];

/** From confirmation: when people are called because it is not done. */
export const ERASURE_ALARM_HOURS = [12, 24, 36] as const;

/** What an erasure's workflow does next, and when. */
export interface ErasureStep {
  readonly step:
    | 'await-confirmation'
    | 'expire'
    | 'destroy-keys'
    | 'remove'
    | 'verify'
    | 'conclude'
    | 'review-grounds'
    | 'end';
  /** Epoch milliseconds; 0 is now. */
  readonly at: number;
  readonly confirmedAt: number | null;
  /** Alarms that were raised, in hours after confirmation. */
  readonly alarmed: number;
}

/** The rows that decide what comes next. */
export interface ErasureFacts {
  readonly state: ErasureState;
  readonly confirmableUntil: Date | null;
  readonly confirmedAt: Date | null;
  readonly keysDestroyedAt: Date | null;
  readonly removedAt: Date | null;
  readonly verifiedAt: Date | null;
  readonly groundsReviewedAt: Date | null;
  readonly alarmedHours: number;
}

const DAY_MS = 86_400_000;

/** What happens next to an erasure, and when, as its rows say. */
export function nextErasureStep(facts: ErasureFacts): ErasureStep {
  const common = { confirmedAt: facts.confirmedAt?.getTime() ?? null, alarmed: facts.alarmedHours };
  const now = (step: ErasureStep['step']) => ({ ...common, step, at: 0 });
  switch (facts.state) {
    case 'requested':
    case 'filed':
      return { ...common, step: 'await-confirmation', at: facts.confirmableUntil?.getTime() ?? 0 };
    case 'confirmed':
      if (!facts.keysDestroyedAt) return now('destroy-keys');
      if (!facts.removedAt) return now('remove');
      if (!facts.verifiedAt) return now('verify');
      return now('conclude');
    case 'restricted':
      // A ground can end by a date, a release or a new policy: looking once a day finds each of them.
      return { ...common, step: 'review-grounds', at: (facts.groundsReviewedAt?.getTime() ?? 0) + DAY_MS };
    case 'done':
    case 'refused':
    case 'expired':
    case 'withdrawn':
      return now('end');
  }
}

/** What an operator reads of it in the Temporal UI. */
export function describeErasure({ step, at }: ErasureStep): string {
  const day = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  const lines: Record<ErasureStep['step'], string> = {
    'await-confirmation': `Waits until ${day} UTC for its confirmation.`,
    expire: 'Was not confirmed in time.',
    'destroy-keys': 'Destroys the keys.',
    remove: 'Removes objects and rows.',
    verify: 'Reads every store back.',
    conclude: 'Tells the customer, and closes.',
    'review-grounds': `Some sessions stay by law or on hold; looked at again ${day} UTC.`,
    end: 'Done.',
  };
  return lines[step];
}
