import { sql, type Kysely } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { putDelivery } from '../db/deliveries.ts';
import type { Tables } from '../db/tables.ts';
import { customerActor, type Counts } from '../domain/events.ts';

/** Whose data an act is about. */
interface Whose {
  readonly projectId: string;
  readonly subjectId: string;
  readonly now: Date;
}

/** What customers do with what is kept of them, apart from having it erased. */
export interface CustomerDataActs {
  /** Stops all contact; `false` if it was stopped already. */
  unsubscribe(whose: Whose): Promise<boolean>;
  /** Lets contact begin again, because the customer wrote. */
  resubscribe(whose: Whose): Promise<void>;
  /**
   * Records that somebody's data is handed out to them, before anything of it is opened.
   *
   * @returns when they may ask again, where they have asked too often
   */
  recordExport(whose: Whose & { counts: Counts }): Promise<{ againAt: Date } | undefined>;
}

/** How often a person gets their data: it is the same, and each time all of it is opened and sent. */
const EXPORTS_A_DAY = 3;
const DAY_MS = 86_400_000;

export function createCustomerDataActs({ db }: { readonly db: Kysely<Tables> }): CustomerDataActs {
  return {
    unsubscribe: (whose) =>
      db.transaction().execute(async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('subject')
          .set({ unsubscribed_at: whose.now })
          .where('id', '=', whose.subjectId)
          .where('unsubscribed_at', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await appendAuditEntry(tx, entryOf(whose, 'subject.unsubscribed'));
        await tellStaff(tx, whose);
        return true;
      }),
    resubscribe: (whose) =>
      db.transaction().execute(async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('subject')
          .set({ unsubscribed_at: null })
          .where('id', '=', whose.subjectId)
          .where('unsubscribed_at', 'is not', null)
          .executeTakeFirst();
        if (numUpdatedRows > 0n) await appendAuditEntry(tx, entryOf(whose, 'subject.resubscribed'));
      }),
    recordExport: (whose) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ at: Date }>`
          select at from audit_entry where object_id = ${whose.subjectId} and action = 'data.exported'
            and at > ${new Date(whose.now.getTime() - DAY_MS)}
          order by at desc limit ${EXPORTS_A_DAY}`.execute(tx);
        const oldest = rows[EXPORTS_A_DAY - 1];
        if (oldest) return { againAt: new Date(oldest.at.getTime() + DAY_MS) };
        await appendAuditEntry(tx, { ...entryOf(whose, 'data.exported'), counts: whose.counts });
        return undefined;
      }),
  };
}

function entryOf({ projectId, subjectId, now }: Whose, action: string) {
  return {
    at: now,
    actor: customerActor(subjectId),
    action,
    object: { kind: 'subject', id: subjectId },
    projectId,
  };
}

/** Whoever is about to answer has to know that no answer arrives any more. */
async function tellStaff(tx: Kysely<Tables>, { projectId, subjectId, now }: Whose) {
  const open = await tx
    .selectFrom('session')
    .select('id')
    .where('subject_id', '=', subjectId)
    .where('phase', '=', 'open')
    .executeTakeFirst();
  if (!open) return;
  await putDelivery(tx, {
    projectId,
    sessionId: open.id,
    target: 'staff',
    content: { kind: 'status', what: 'unsubscribed' },
    now,
  });
}
