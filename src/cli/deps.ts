import type { Writable } from 'node:stream';
import type { Kysely } from 'kysely';
import type { Translations } from '../acts/translations.ts';
import type { Acts } from '../acts/acts.ts';
import type { ArchiveCheck, ArchiveCheckReport } from '../acts/archive-check.ts';
import type { ArchiveLine } from '../archive/lines.ts';
import type { AuditEntry } from '../audit/append.ts';
import type { ArchiveRow, Tables } from '../db/tables.ts';
import type { Actor } from '../domain/events.ts';

/** What a command works with once it has something to do. */
export interface CliServices {
  readonly db: Kysely<Tables>;
  readonly acts: Pick<
    Acts,
    | 'closeSession'
    | 'reopenSession'
    | 'changeTag'
    | 'previewTag'
    | 'dateEvent'
    | 'correctJurisdiction'
    | 'setMajority'
    | 'placeHold'
    | 'releaseHolds'
    | 'decideReview'
    | 'applyPolicy'
    | 'decideApproval'
    | 'holdSubject'
    | 'holdQuery'
    | 'releaseHold'
    | 'resumeDeletions'
    | 'fileErasureRequest'
    | 'refuseErasure'
    | 'extendErasure'
    | 'searchSessions'
    | 'rebuildIndex'
    | 'saveSearch'
    | 'listSavedSearches'
    | 'savedSearch'
    | 'removeSavedSearch'
    | 'openTranscript'
  >;
  readonly appendAuditEntry: (entry: AuditEntry) => Promise<unknown>;
  /** Opens an archive object; all it says is true once the iteration has ended without an error. */
  readonly openArchive: (object: ArchiveRow, projectId: string) => AsyncIterable<ArchiveLine>;
  /** Reads archive objects and compares them with their manifests; keeps what it finds, and calls people. */
  readonly checkArchive: (check: ArchiveCheck) => Promise<ArchiveCheckReport>;
  /** Nothing is translated where the environment names no translator. */
  readonly translations?: Translations | undefined;
  readonly keyRing: {
    /** Makes a new key encryption key, which is current from now on. */
    rotate(): Promise<string>;
    /** Wraps every data key anew under the current one; safe to repeat. */
    rewrapAll(): Promise<{ current: string; keys: number; retired: string[] }>;
  };
  readonly temporal: {
    readonly address: string;
    isReachable(): Promise<boolean>;
    /** The session's workflow in the Temporal UI; `null` where no UI is configured. */
    urlOf(sessionId: string): string | null;
  };
  close(): Promise<void>;
}

/** What the program needs from outside. */
export interface CliDeps {
  /** Data alone. */
  readonly stdout: Writable;
  /** Whatever is said to people: notes, errors, progress. */
  readonly stderr: Writable;
  readonly clock: () => Date;
  /** In whose name the commands act. */
  readonly actor: Actor;
  /** Puts a question to whoever sits at the terminal and reads one line; absent where nobody does. */
  readonly ask?: (question: string) => Promise<string>;
  /** Opens the services, for the commands that need them. */
  readonly open: () => Promise<CliServices>;
  /** Brings the databases to the newest schema; returns the migrations that ran. */
  readonly migrate: () => Promise<string[]>;
  /** Whether an error of a library says that a service is away for now. */
  readonly isOutage: (error: unknown) => boolean;
}

/** Opens the services for one command, and closes them after it whatever happens. */
export async function withServices(
  deps: Pick<CliDeps, 'open'>,
  work: (services: CliServices) => Promise<void>,
): Promise<void> {
  const services = await deps.open();
  try {
    await work(services);
  } finally {
    await services.close();
  }
}
