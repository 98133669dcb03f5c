import type { Kysely, Transaction } from 'kysely';
import { lastingAlarms } from '../db/alarms.ts';
import { putEvent } from '../db/outbox.ts';
import type { Tables } from '../db/tables.ts';
import {
  nudgeSessions,
  OVERDUE_KINDS,
  overdueAudit,
  overdueOf,
  unlessWatched,
  untoldErasures,
  type Overdue,
  type OverdueKind,
} from '../db/watchdog.ts';
import type { Actor } from '../domain/events.ts';
import { allClear, call, clearErasures, endCallsForMissing } from './alarms.ts';

const WATCHDOG: Actor = { kind: 'system', id: 'watchdog' };

/** One look lets go at most what leaves the queue until the next one. */
const NUDGED_AT_ONCE = 5000;
/** An erasure has two days in all. */
const ERASURE_NUDGED_AGAIN_MS = 2 * 3_600_000;

/** What is overdue of one kind in one project, or, of the audit, in the whole installation. */
export interface OverdueReport {
  readonly kind: OverdueKind;
  readonly projectId: string | null;
  readonly overdue: number;
  readonly since: Date;
}

/**
 * Looks for what should have been done more than an hour ago, has its workflows look at their rows again in
 * the order of the deadlines, and calls those in charge, once for each kind for as long as it lasts, with an
 * all-clear at the end. A timer that was lost, or a workflow that nobody started, is found here and nowhere
 * else.
 *
 * @returns what is overdue; `undefined` while another process looks
 */
export async function watch(
  db: Kysely<Tables>,
  { now, withAnchor }: { now: Date; withAnchor: boolean },
): Promise<OverdueReport[] | undefined> {
  return unlessWatched(db, async (tx) => {
    const reports: OverdueReport[] = [];
    for (const kind of OVERDUE_KINDS) {
      if (kind === 'audit') continue;
      const overdue = await overdueOf(tx, kind, now);
      await nudge(tx, kind, overdue, now);
      for (const [projectId, theirs] of Map.groupBy(overdue, (one) => one.projectId))
        reports.push({ kind, projectId, overdue: theirs.length, since: theirs[0]?.dueAt ?? now });
    }
    const audit = await overdueAudit(tx, now, withAnchor);
    if (audit) reports.push({ kind: 'audit', projectId: null, overdue: audit.count, since: audit.since });
    for (const report of reports) await alarm(tx, report, now);
    await clear(tx, reports, now);
    await clearErasures(tx, now);
    await endCallsForMissing(tx, now);
    return reports;
  });
}

async function nudge(tx: Transaction<Tables>, kind: OverdueKind, overdue: readonly Overdue[], now: Date) {
  // What waits in the outbox is tried again by the relay all the time.
  if (kind === 'outbox') return;
  const first = overdue.slice(0, NUDGED_AT_ONCE);
  if (kind !== 'erasure') {
    await nudgeSessions(tx, first, now);
    return;
  }
  const since = new Date(now.getTime() - ERASURE_NUDGED_AGAIN_MS);
  const ids = await untoldErasures(
    tx,
    first.map(({ id }) => id),
    since,
  );
  for (const erasureId of ids) await putEvent(tx, { erasureId, event: 'changed', now });
}

const PREFIX = 'overdue:';

async function alarm(tx: Transaction<Tables>, report: OverdueReport, now: Date): Promise<void> {
  const { kind, projectId, overdue, since } = report;
  const hours = Math.floor((now.getTime() - since.getTime()) / 3_600_000);
  const { entry, ...place } = placeOf(kind, projectId, 'watchdog.overdue');
  await call(tx, {
    ...place,
    ...{ since, now, key: `${PREFIX}${kind}:${overdue}` },
    entry: { ...entry, counts: { overdue, hours } },
  });
}

/** What was overdue and is not any more. */
async function clear(tx: Transaction<Tables>, reports: readonly OverdueReport[], now: Date): Promise<void> {
  const lasts = new Set(reports.map(({ kind, projectId }) => `${PREFIX}${kind} ${projectId ?? 'all'}`));
  for (const { kind, about } of await lastingAlarms(tx, PREFIX)) {
    if (lasts.has(`${kind} ${about}`) || (await isOverdue(tx, kind.slice(PREFIX.length), about, now)))
      continue;
    const place = placeOf(kind.slice(PREFIX.length), about === 'all' ? null : about, 'watchdog.caught-up');
    await allClear(tx, { ...place, now, key: `cleared:${kind.slice(PREFIX.length)}` });
  }
}

/** What was only told to look again is not done yet. */
async function isOverdue(
  tx: Transaction<Tables>,
  kind: string,
  projectId: string,
  now: Date,
): Promise<boolean> {
  const known = OVERDUE_KINDS.find((one) => one === kind);
  if (!known || known === 'audit') return false;
  const overdue = await overdueOf(tx, known, now, { evenIfTold: true });
  return overdue.some((one) => one.projectId === projectId);
}

/** Where an alarm of the watchdog belongs, and how the audit names it. */
function placeOf(kind: string, projectId: string | null, action: string) {
  return {
    kind: `${PREFIX}${kind}`,
    about: projectId ?? 'all',
    ...(projectId !== null && { projectIds: [projectId] }),
    entry: {
      ...{ actor: WATCHDOG, action, reason: kind },
      object: projectId === null ? { kind: 'installation', id: 'audit' } : { kind: 'project', id: projectId },
    },
  };
}
