import type { Kysely } from 'kysely';
import type { ArchiveStores } from '../../activities/deps.ts';
import type { Tables } from '../../src/db/tables.ts';
import type { Phase } from '../../src/domain/phases.ts';
import type { Vault } from '../../src/vault/vault.ts';

/** What must hold of an installation after any fault. */
export const INVARIANTS = {
  I1: 'every message that was accepted is in exactly one of database, archive and erased',
  I2: 'nothing is there twice',
  I3: 'what left the database lies in the archive, verified by hash and count',
  I4: 'what is deleted has its audit entries with equal counts, and the other way round',
  I5: 'no byte goes after a hold has committed',
  I6: 'of who is erased nothing is found, and no key is left',
  I7: 'every workflow stands where its row does',
  I8: 'the audit log is whole',
  I9: 'no deadline is missed without an alert',
  I10: 'nothing of a person is where the data map has nothing',
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** One thing that does not hold, and what shows it: ids, names of places and counts. */
export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
  readonly evidence: unknown;
}

/** What is looked at. What is left out is not judged. */
export interface Scene {
  readonly db: Kysely<Tables>;
  readonly vault: Vault;
  readonly stores: ArchiveStores;
  readonly now: Date;
  /** How many messages were accepted in all; otherwise as many as the inbox says that were stored. */
  readonly accepted?: number;
  /** What the workflow of a session says; `undefined` where none answers. */
  readonly phaseInWorkflow?: (sessionId: string) => Promise<Phase | undefined>;
  /** Checks the audit log, and says what is wrong with it. */
  readonly auditFindings?: () => Promise<readonly unknown[]>;
  /** Words of people who are erased, and files in which they must not be. */
  readonly erasedMarks?: readonly string[];
  /** Words and Telegram ids of people who are still here. */
  readonly marks?: readonly string[];
  /** Files and directories that are scanned for marks. */
  readonly places?: readonly string[];
}
