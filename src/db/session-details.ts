import type { Kysely, Selectable } from 'kysely';
import { holdsEverOn } from './holds.ts';
import type { Phase } from '../domain/phases.ts';
import type { HoldTable, ReviewTable } from './policy-tables.ts';
import type { ArchiveRow, SessionTagTable, Tables } from './tables.ts';

/** One of the sessions that a shortened id may mean. */
export interface SessionMatch {
  readonly id: string;
  readonly projectId: string;
  readonly phase: Phase;
  readonly openedAt: Date;
}

/**
 * The sessions whose id begins with these hexadecimal digits (dashes left out), newest first. It reads a
 * range of the primary key, so it costs the same however many sessions there are.
 */
export async function sessionsByIdPrefix(
  db: Kysely<Tables>,
  hexDigits: string,
  limit: number,
): Promise<SessionMatch[]> {
  return db
    .selectFrom('session')
    .select(['id', 'project_id as projectId', 'phase', 'opened_at as openedAt'])
    .where('id', '>=', hexDigits.padEnd(32, '0'))
    .where('id', '<=', hexDigits.padEnd(32, 'f'))
    .orderBy('opened_at', 'desc')
    .limit(limit)
    .execute();
}

/** What there is to say of one session beyond what its life depends on. */
export interface SessionDetails {
  readonly tags: readonly Selectable<SessionTagTable>[];
  readonly holds: readonly Selectable<HoldTable>[];
  readonly reviews: readonly Selectable<ReviewTable>[];
  /** The archive objects, those that are deleted included. */
  readonly objects: readonly ArchiveRow[];
  /** The version of the policy that set the date on record. */
  readonly policyVersion: number | null;
  /** The rule of that version that set it. */
  readonly keepRule: string | null;
  readonly deletedAt: Date | null;
}

/** Reads the details of a session, each list in the order it came about. */
export async function readSessionDetails(
  db: Kysely<Tables>,
  sessionId: string,
  now: Date,
): Promise<SessionDetails> {
  const session = await db
    .selectFrom('session')
    .select(['policy_version', 'keep_rule', 'deleted_at'])
    .where('id', '=', sessionId)
    .executeTakeFirst();
  return {
    tags: await db
      .selectFrom('session_tag')
      .selectAll()
      .where('session_id', '=', sessionId)
      .orderBy('added_at')
      .execute(),
    holds: await holdsEverOn(db, sessionId, now),
    reviews: await db
      .selectFrom('review')
      .selectAll()
      .where('session_id', '=', sessionId)
      .orderBy('round')
      .execute(),
    objects: await db
      .selectFrom('archive')
      .selectAll()
      .where('session_id', '=', sessionId)
      .orderBy('written_at')
      .orderBy('object_name')
      .execute(),
    policyVersion: session?.policy_version ?? null,
    keepRule: session?.keep_rule ?? null,
    deletedAt: session?.deleted_at ?? null,
  };
}
