import type { AuditRow } from '../../db/audit.ts';
import type { DeskFacts } from '../../db/desk.ts';
import type { Life } from '../../db/life.ts';
import type { SessionDetails } from '../../db/session-details.ts';
import type { SubjectProfile } from '../../domain/messages.ts';

/** Everything there is to show of one session. */
export interface SessionPieces {
  readonly life: Life;
  readonly details: SessionDetails;
  readonly desk: DeskFacts | undefined;
  /** The newest entries first. */
  readonly timeline: readonly AuditRow[];
  /** The names staff sign in with, by the ids that entries name. */
  readonly logins: ReadonlyMap<string, string>;
  /** Opened for those alone who may read what was written. */
  readonly profile: SubjectProfile | undefined;
  readonly workflowUrl: string | null;
  /** What else sessions of this project are tagged with. */
  readonly usedTags: readonly string[];
  /** Who could take the session over. */
  readonly transferTo: readonly string[];
  readonly translates: boolean;
}
