import { signCheckpoint } from '../audit/checkpoint.ts';
import { appendAuditEntry } from '../audit/append.ts';
import { frontierAt, rootAt } from '../audit/proofs.ts';
import {
  checkpointBefore,
  cutLog,
  insertCheckpoint,
  markAnchored,
  newestAnchored,
  whileSigning,
} from '../db/audit-checkpoints.ts';
import { treeState } from '../db/audit-tree.ts';
import { Temporal } from 'temporal-polyfill';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { nodesOf, proofs, type AuditLogDeps } from './audit-log.ts';

/** What nobody may cut, whatever is configured: requests have to be provable for 24 months (CCPA § 7101). */
export const FEWEST_MONTHS = 24;

/** What a cut would take. */
export interface CutPlan {
  /** The anchored head up to which entries go. */
  readonly size: number;
  readonly signedAt: Date;
  readonly entries: number;
}

/**
 * Plans the log's own retention: everything up to the newest anchored head that is as old as said.
 *
 * @returns undefined when nothing is that old, or nothing of it is left
 * @throws AppError `input_invalid` for less than 24 months
 */
export async function planCut(
  { db }: Pick<AuditLogDeps, 'db'>,
  { months, now }: { readonly months: number; readonly now: Date },
): Promise<CutPlan | undefined> {
  if (!Number.isInteger(months) || months < FEWEST_MONTHS)
    throw new AppError('input_invalid', `The audit log is kept for ${FEWEST_MONTHS} months at least.`);
  const before = Temporal.Instant.fromEpochMilliseconds(now.getTime())
    .toZonedDateTimeISO('UTC')
    .subtract({ months });
  const head = await checkpointBefore(db, new Date(before.epochMilliseconds));
  const { cutAt } = await treeState(db);
  if (!head || head.size <= cutAt) return undefined;
  return { size: head.size, signedAt: head.at, entries: head.size - cutAt };
}

/**
 * Cuts the log's beginning off. What is left still proves itself: the tree before the cut stays as a few
 * hashes, and a signed and anchored head says that the cut was meant.
 *
 * @returns how many entries went
 * @throws AppError `config_invalid` without an anchor
 */
export async function cut(
  deps: AuditLogDeps,
  plan: CutPlan,
  act: { readonly actor: Actor; readonly now: Date },
): Promise<number> {
  const { db, origin, keys, anchor } = deps;
  const { now } = act;
  const { size } = plan;
  if (!anchor)
    throw new AppError(
      'config_invalid',
      'The audit log is cut only where it is anchored. Set RETENTION_AUDIT_ANCHOR.',
    );
  return whileSigning(db, async () => {
    const nodes = nodesOf(db);
    const head = { origin, size, root: await rootAt(nodes, size), cut: true };
    const note = signCheckpoint(head, await keys.signers());
    const id = await insertCheckpoint(db, { size, note, handOver: false, now });
    await anchor.add(note, proofs(db), (await newestAnchored(db))?.size);
    await markAnchored(db, id, now);
    const frontier = await frontierAt(nodes, size);
    return db.transaction().execute(async (tx) => {
      const entries = await cutLog(tx, size, frontier);
      await appendAuditEntry(tx, {
        at: now,
        actor: act.actor,
        action: 'audit.cut',
        object: { kind: 'audit', id: String(size) },
        projectId: null,
        counts: { entries },
      });
      return entries;
    });
  });
}
