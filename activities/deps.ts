import type { Logger } from 'pino';
import type { ErasureLedger } from '../src/archive/ledger.ts';
import type { ArchiveStore } from '../src/archive/store.ts';
import type { ActDeps } from '../src/acts/deps.ts';

/** The archive stores of this installation. */
export interface ArchiveStores {
  /** Where a project's sessions are archived now. */
  of(projectId: string): Promise<ArchiveStore>;
  /** The store behind the URL that a manifest names, even if the project has moved on since. */
  at(url: string): Promise<ArchiveStore>;
}

/** Fetches the bytes of an attachment from Telegram; a reason where Telegram will not give them. */
export type FetchAttachment = (
  projectId: string,
  fileId: string,
) => Promise<{ readonly bytes: Buffer } | { readonly refused: 'too_large' | 'gone' | 'no_bot' }>;

/** What the activities work with. */
export interface ActivityDeps extends ActDeps {
  readonly stores: ArchiveStores;
  readonly ledger: ErasureLedger;
  readonly fetchAttachment: FetchAttachment;
  /** From when on what a store deleted at an instant cannot be brought back there. Absent: at once, in any. */
  readonly finalFrom?: (storeUrl: string, deletedAt: Date) => Promise<Date>;
  readonly log: Logger;
  /** Told the name of each step before and after it; where a test kills the process. */
  readonly reached: (step: string) => void;
}
