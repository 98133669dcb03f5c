import type { Kysely } from 'kysely';
import { appendAuditEntry } from '../../src/audit/append.ts';
import type { Tables } from '../../src/db/tables.ts';
import type { Counts } from '../../src/domain/events.ts';

/**
 * An act whose effect, done again, finds nothing left to count.
 *
 * @returns the counts on record
 */
export async function actOnce(db: Kysely<Tables>, opId: string, found: number): Promise<Counts> {
  return db.transaction().execute(async (tx) => {
    await tx
      .updateTable('project')
      .set({ name: `after ${opId}` })
      .where('id', '=', 'shop')
      .execute();
    return appendAuditEntry(tx, {
      at: new Date(),
      actor: { kind: 'workflow', id: `session:${opId}` },
      action: 'session.deleted',
      object: { kind: 'session', id: opId },
      projectId: 'shop',
      counts: { messages: found },
      opId,
    });
  });
}
