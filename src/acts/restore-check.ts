import type { Kysely, Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { deletionIntent, measure } from '../db/deletion.ts';
import { markParts, type Erasure } from '../db/erasures.ts';
import { lockLife } from '../db/life.ts';
import { putEvent } from '../db/outbox.ts';
import {
  beginDeletions,
  participantsOf,
  readCameBack,
  reviveErasure,
  standingSessions,
  subjectsOf,
  type CameBack,
  type ErasedBefore,
  type KnownSubject,
} from '../db/restore-check.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor } from '../domain/events.ts';
import type { ActDeps } from './deps.ts';
import { markLives } from './erasure-marking.ts';
import { record } from './record.ts';
import { keysOfWaiting, keysThatCameBack } from './restore-keys.ts';

/** One erasure of which something is here again. */
export interface RepeatedErasure {
  readonly number: string;
  /** The erasure that carries it out; another of the same person's where that one runs. */
  readonly erasureId: string;
  readonly sessions: number;
  readonly shares: number;
  readonly subject: boolean;
  readonly keys: number;
}

export interface RestoreReport {
  readonly entries: number;
  readonly repeated: readonly RepeatedErasure[];
  /** Sessions that came back although they were deleted: their keys say so. */
  readonly deletedBefore: readonly string[];
  /** Keys of updates that waited from before an erasure: whose they are nobody knows, so they go unread. */
  readonly waiting: number;
}

export interface RestoreCheck {
  /** What the ledger outside the database says was erased. */
  readonly entries: AsyncIterable<ErasedBefore>;
  readonly dryRun: boolean;
  readonly actor: Actor;
  readonly now: Date;
  /** Told after each entry. */
  readonly onEntry?: () => void;
}

/**
 * Does every erasure of the ledger again of which a restored database holds something: destroys the keys,
 * marks and hides what came back, and tells the workflow, which removes it and reads it back as gone. The same
 * for sessions that were deleted by their rules, where the keys database was not restored with them. Safe to
 * repeat; on a database that was not restored it finds nothing.
 */
export async function checkRestore(deps: ActDeps, check: RestoreCheck): Promise<RestoreReport> {
  const people = createPeople(deps);
  const repeated: RepeatedErasure[] = [];
  const waiting = new Set<string>();
  let entries = 0;
  for await (const entry of check.entries) {
    const back = await readCameBack(deps.db, entry, await people.find(entry));
    const keys = await keysThatCameBack(deps, entry, back, check.dryRun);
    // Before the erasure is done again, from when the database knows it.
    if (!back.known) await keysOfWaiting(deps, entry, { dryRun: check.dryRun, found: waiting });
    if (back.subjectId !== null || keys > 0)
      repeated.push({
        number: entry.number,
        erasureId: check.dryRun ? entry.id : await eraseAgain(deps, entry, back, check),
        sessions: back.sessions.length,
        shares: back.shares.length,
        subject: back.subjectId !== null,
        keys,
      });
    entries += 1;
    check.onEntry?.();
  }
  const deletedBefore = await sessionsDeletedBefore(deps, check);
  const report = { entries, repeated, deletedBefore, waiting: waiting.size };
  if (!check.dryRun) await recordCheck(deps, check, report);
  return report;
}

/** Finds people by the pseudonym of their Telegram id; a project's are named once, for all its entries. */
function createPeople({ db, pseudonym }: ActDeps) {
  const projects = new Map<string, Promise<Map<string, KnownSubject>>>();
  async function read(projectId: string) {
    const byName = new Map<string, KnownSubject>();
    for await (const subject of subjectsOf(db, projectId)) {
      byName.set(subject.id, subject);
      byName.set(pseudonym('erasure', projectId, String(subject.telegramUserId)), subject);
    }
    return byName;
  }
  return {
    async find({ project, pseudonym: name, subject, confirmedAt }: ErasedBefore) {
      const known = projects.get(project) ?? read(project);
      projects.set(project, known);
      const byName = await known;
      // Whoever came back after the erasure has a row of their own since, which it does not concern.
      return [byName.get(subject), byName.get(name)].find(
        (found) => found && found.createdAt <= new Date(confirmedAt),
      );
    },
  };
}

async function eraseAgain(
  deps: ActDeps,
  entry: ErasedBefore,
  back: CameBack,
  { actor, now }: RestoreCheck,
): Promise<string> {
  const { subjectId } = back;
  // The keys alone were restored: with them destroyed nothing is left to remove.
  if (subjectId === null) return entry.id;
  return deps.db.transaction().execute(async (tx) => {
    const erasure = await reviveErasure(tx, entry, subjectId, now);
    await markAgain(tx, erasure, { entry, back, now });
    await appendAuditEntry(tx, {
      at: now,
      actor,
      action: 'erasure.repeated',
      object: { kind: 'erasure', id: erasure.id },
      projectId: erasure.project_id,
      counts: { sessions: back.sessions.length, shares: back.shares.length },
      reason: 'restored from a back-up',
    });
    await putEvent(tx, { erasureId: erasure.id, event: 'confirmed', now });
    return erasure.id;
  });
}

/**
 * Sessions that stand in the rows and whose keys were all destroyed: they were deleted after the back-up. What
 * an erasure took has begun to be deleted by now and is not among them.
 */
async function sessionsDeletedBefore(deps: ActDeps, check: RestoreCheck): Promise<string[]> {
  const found: string[] = [];
  for await (const page of standingSessions(deps.db))
    for (const sessionId of await deps.vault.emptied(page)) {
      if (!(await lostEveryKey(deps, sessionId))) continue;
      if (check.dryRun || (await deleteAgain(deps.db, sessionId, check))) found.push(sessionId);
    }
  return found;
}

/** Whoever is left in a session after others were erased may never have had a key: it was not deleted. */
async function lostEveryKey({ db, vault }: ActDeps, sessionId: string): Promise<boolean> {
  const scopes = (await participantsOf(db, sessionId)).map((subjectId) => ({ sessionId, subjectId }));
  return scopes.length > 0 && (await vault.destroyedAmong(scopes)) === scopes.length;
}

/**
 * Begins a deletion that was done before; its workflow reads everything back as gone. It counts for no
 * breaker, and the log, which came back older as well, has it once, as any other.
 */
async function deleteAgain(
  db: Kysely<Tables>,
  sessionId: string,
  { actor, now }: RestoreCheck,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, sessionId, now);
    if (life.phase === 'deleted' || life.deletionBeganAt) return false;
    await beginDeletions(tx, [sessionId], now);
    await record(tx, life, {
      ...{ actor, now, action: 'deletion.began', reason: 'deleted before; restored from a back-up' },
      counts: { ...(await measure(tx, sessionId)), keys: 0 },
      opId: deletionIntent(sessionId),
      event: { kind: 'redated' },
    });
    return true;
  });
}

/** What the ledger names goes whatever a back-up says of it; the rest is judged as at any erasure. */
async function markAgain(
  tx: Transaction<Tables>,
  erasure: Erasure,
  { entry, back, now }: { entry: ErasedBefore; back: CameBack; now: Date },
): Promise<void> {
  const named = new Set([...entry.sessions, ...entry.shares]);
  const whole = back.sessions.filter((id) => named.has(id));
  await beginDeletions(tx, whole, now);
  const shares = back.shares.filter((id) => named.has(id));
  await markParts(
    tx,
    { id: erasure.id, subjectId: erasure.subject_id, now },
    shares.map((sessionId) => ({ sessionId, ground: null, until: null, shared: true })),
  );
  const others = new Set([...back.sessions, ...back.shares].filter((id) => !shares.includes(id)));
  await markLives(tx, erasure, now, ({ sessionId }) => others.has(sessionId));
}

async function recordCheck(
  { db }: ActDeps,
  { actor, now }: RestoreCheck,
  { entries, repeated, deletedBefore, waiting }: RestoreReport,
) {
  const sum = (count: (one: RepeatedErasure) => number) => repeated.reduce((all, one) => all + count(one), 0);
  await appendAuditEntry(db, {
    at: now,
    actor,
    action: 'restore.checked',
    object: { kind: 'ledger', id: 'erasures' },
    projectId: null,
    counts: {
      entries,
      erasures: repeated.length,
      sessions: sum(({ sessions, shares }) => sessions + shares),
      subjects: sum(({ subject }) => Number(subject)),
      keys: sum(({ keys }) => keys) + waiting,
      deletions: deletedBefore.length,
    },
  });
}
