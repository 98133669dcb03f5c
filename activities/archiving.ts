import type { Life } from '../src/db/life.ts';

/** A session whose archive has begun. */
export interface Archiving {
  readonly life: Life;
  /** Counts the tries: objects of one try are never written again, and what an earlier one left goes. */
  readonly attempt: number;
  readonly subjectIds: readonly string[];
  /** Whether the policy keeps of attachments only what they were, not their bytes. */
  readonly referencesOnly: boolean;
}
