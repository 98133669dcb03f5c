/** What decides whether one of many reviews can be approved with the others. */
export interface BulkCandidate {
  readonly held: boolean;
  readonly restricted: boolean;
  readonly approvedBy: string | null;
  readonly ended: string | null;
}

/** Why a review is left out of an approval of many at once. */
export type LeftOut = 'held' | 'restricted' | 'second-person' | 'your-own';

/**
 * Why an approval of many leaves one out; `undefined` where it takes it. Where two people are needed, many
 * at once is for the second of them: the first looks at each.
 */
export function leftOutOfBulk(
  review: BulkCandidate,
  who: { secondPerson: boolean; actorId: string },
): LeftOut | undefined {
  if (review.restricted) return 'restricted';
  if (review.held || review.ended === 'interrupted') return 'held';
  if (!who.secondPerson) return undefined;
  if (review.approvedBy === null) return 'second-person';
  return review.approvedBy === who.actorId ? 'your-own' : undefined;
}
