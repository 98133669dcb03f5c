import { signHandOver } from '../audit/checkpoint.ts';
import { rootAt } from '../audit/proofs.ts';
import { appendAuditEntry } from '../audit/append.ts';
import { insertCheckpoint, whileSigning } from '../db/audit-checkpoints.ts';
import { treeState } from '../db/audit-tree.ts';
import type { Actor } from '../domain/events.ts';
import { nodesOf, type AuditLogDeps } from './audit-log.ts';

/**
 * Makes a new signing key; the old one hands over to it in a head that both sign, and signs no more.
 *
 * @returns the new public key
 * @throws AppError `config_invalid` when another rotation is under way
 */
export async function rotateSigningKey(
  deps: AuditLogDeps,
  act: { readonly actor: Actor; readonly now: Date },
): Promise<string> {
  const { db, origin, keys } = deps;
  const { actor, now } = act;
  return whileSigning(db, () =>
    // Stored at once and not with the lock's transaction: the key file must not be ahead of it.
    keys.rotate(async (from, to) => {
      const { size } = await treeState(db);
      const note = signHandOver({ origin, size, root: await rootAt(nodesOf(db), size) }, from, to);
      await db.transaction().execute(async (tx) => {
        await insertCheckpoint(tx, { size, note, handOver: true, now });
        await appendAuditEntry(tx, {
          at: now,
          actor,
          action: 'audit.key-rotated',
          object: { kind: 'audit-key', id: to.verifier.id },
          projectId: null,
          opId: `audit.key-rotated:${to.verifier.text}`,
        });
      });
      return note;
    }),
  );
}
