import type { Kysely } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { verifyExport, type VerifyOptions, type VerifyReport } from '../audit/verify.ts';
import { handOversOf } from '../audit/signing-keys.ts';
import type { Finding } from '../audit/findings.ts';
import { newestAnchored, unanchored } from '../db/audit-checkpoints.ts';
import { lostEntries, pendingState } from '../db/audit-tree.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor, Counts } from '../domain/events.ts';
import { allClear, call } from './alarms.ts';
import { exportLog } from './audit-export.ts';
import type { AuditLogDeps } from './audit-log.ts';

/** Who checks when nobody asked. */
const CHECK: Actor = { kind: 'system', id: 'audit' };

/** What the whole log, as it is now, was found to be. */
export interface LogCheck extends VerifyReport {
  /** Whether somebody outside vouches for it. */
  readonly withAnchor: boolean;
}

/**
 * Checks the whole log in the database as the offline verifier checks an export, with this installation's own
 * keys and what the anchor holds, and with what only the database can tell.
 *
 * @throws AppError `not_found` before the first head is signed, `store_unavailable` while the anchor is away
 */
export async function checkLog(
  deps: AuditLogDeps,
  options: Pick<VerifyOptions, 'onProgress'> & { readonly publicKeys?: readonly string[] } = {},
): Promise<LogCheck> {
  const { db, origin, keys, anchor } = deps;
  const own = options.publicKeys ? [] : await keys.list();
  const { publicKeys = own.map(({ verifier }) => verifier), ...rest } = options;
  const handOvers = handOversOf(own);
  const seen = await newestAnchored(db);
  // Before the export, which then cannot be the older of the two.
  const anchored = await anchor?.notes();
  const report = await verifyLog(db, origin, {
    publicKeys,
    handOvers,
    ...(anchored && { anchored }),
    ...rest,
  });
  const extra = [
    ...(anchored && seen && !anchored.includes(seen.note) ? [anchorLost(seen.size)] : []),
    ...lost(await lostEntries(db), report.until),
  ];
  const findings = [...report.findings, ...extra];
  return {
    ...report,
    ok: findings.length === 0,
    ...(findings[0] && { first: findings[0] }),
    findings,
    findingCount: report.findingCount + extra.length,
    withAnchor: anchored !== undefined,
  };
}

async function verifyLog(db: Kysely<Tables>, origin: string, options: VerifyOptions): Promise<VerifyReport> {
  const lines = exportLog(db, origin);
  try {
    return await verifyExport(withoutFeeds(lines), options);
  } finally {
    // Whatever ended the check, the export lets go of its connection.
    await lines.return(undefined);
  }
}

async function* withoutFeeds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield line.slice(0, -1);
}

function anchorLost(size: number): Finding {
  return {
    problem: 'bad_checkpoint',
    from: 0,
    until: size,
    message: `The anchor does not hold the head of ${size} entries any more, which it had taken: somebody emptied it or changed where it is.`,
  };
}

function lost(count: number, at: number): Finding[] {
  if (count === 0) return [];
  const message = `${count} entries were removed before they got their place in the log.`;
  return [{ problem: 'removed', from: at, until: at, message }];
}

/** Writes the outcome of a check into the log it checked, and calls for people where it was bad. */
export async function recordCheck(db: Kysely<Tables>, check: LogCheck, now: Date): Promise<void> {
  const { first, entries, checkpoints, anchored, findingCount } = check;
  if (first) {
    const reason = `${first.problem} ${first.from}-${first.until}`;
    const alarm = { what: 'damaged', reason, counts: { entries, findings: findingCount }, now } as const;
    // Each check is on record; people are called by the first that found it bad.
    if (!(await raiseAlarm(db, alarm)))
      await appendAuditEntry(db, { at: now, projectId: null, ...entryOf(alarm) });
    return;
  }
  await appendAuditEntry(db, {
    at: now,
    actor: CHECK,
    action: 'audit.verified',
    object: { kind: 'audit', id: String(check.until) },
    projectId: null,
    counts: { entries, checkpoints, anchored },
  });
  await endAlarm(db, 'damaged', now);
}

/**
 * What people are called for: a check found the log tampered with, its next head denies what was signed or
 * anchored, or nobody outside vouches for it any more.
 */
export type AuditAlarm = 'damaged' | 'refused' | 'unanchored';

/**
 * Calls compliance and operators of every project, once for as long as it lasts.
 *
 * @returns whether it did now
 */
export async function raiseAlarm(
  db: Kysely<Tables>,
  alarm: { what: AuditAlarm; reason: string; counts?: Counts; now: Date },
): Promise<boolean> {
  const { what, now } = alarm;
  const key = `audit-${what}`;
  return db
    .transaction()
    .execute((tx) => call(tx, { kind: key, about: 'all', since: now, key, entry: entryOf(alarm), now }));
}

function entryOf({ what, reason, counts = {} }: { what: AuditAlarm; reason: string; counts?: Counts }) {
  return { actor: CHECK, action: `audit.${what}`, object: { kind: 'audit', id: what }, counts, reason };
}

/** Gives the all-clear where people were called. @returns whether they were */
export async function endAlarm(db: Kysely<Tables>, what: AuditAlarm, now: Date): Promise<boolean> {
  const entry = { actor: CHECK, action: 'audit.alarm-over', object: { kind: 'audit', id: what } };
  return db
    .transaction()
    .execute((tx) =>
      allClear(tx, { kind: `audit-${what}`, about: 'all', key: `cleared:audit-${what}`, entry, now }),
    );
}

const LAG_MS = 3_600_000;

/** How far the log's keeping is behind, where it is more than an hour. */
export interface AuditLag {
  /** Since when a signed head waits for the anchor. */
  readonly unanchoredSince?: Date;
  /** Since when an entry waits for its place in the tree. */
  readonly pendingSince?: Date;
}

/** Looks whether the keeping of the log is more than an hour behind. */
export async function lagOf(deps: AuditLogDeps, now: Date): Promise<AuditLag> {
  const [oldest] = deps.anchor ? await unanchored(deps.db, 1) : [];
  const { since } = await pendingState(deps.db);
  const isLate = (at: Date | null | undefined) => at && now.getTime() - at.getTime() > LAG_MS;
  return {
    ...(oldest && isLate(oldest.at) && { unanchoredSince: oldest.at }),
    ...(since && isLate(since) && { pendingSince: since }),
  };
}

/** Whether an error says that the log itself was tampered with. */
export function saysDamaged(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'audit_damaged';
}
