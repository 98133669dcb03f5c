/**
 * The events of a session's life that its workflow is told. Messages are never among them: a run takes
 * 10,000 signals and then no more, and a signal costs as much as 50 to 250 inserts.
 */
export const LIFE_EVENTS = [
  'opened',
  'closed',
  'reopened',
  'tagged',
  'held',
  'released',
  'decided',
  'imported',
  'redated',
  'erased',
] as const;
export type LifeEvent = (typeof LIFE_EVENTS)[number];

/** What an erasure's workflow is told. */
export const ERASURE_EVENTS = ['requested', 'confirmed', 'changed'] as const;
export type ErasureEvent = (typeof ERASURE_EVENTS)[number];

/** Who did something, as an audit entry names them. */
export interface Actor {
  readonly kind: 'staff' | 'customer' | 'workflow' | 'operator' | 'system';
  readonly id: string;
  readonly role?: string;
}

/** A customer in the audit: by opaque id. */
export function customerActor(subjectId: string): Actor {
  return { kind: 'customer', id: subjectId };
}

/** How many of each kind of thing an act touched. */
export type Counts = Readonly<Record<string, number>>;
