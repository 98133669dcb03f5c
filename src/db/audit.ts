import type { Kysely, Selectable } from 'kysely';
import type { AuditEntryTable, Tables } from './tables.ts';

export type AuditRow = Selectable<AuditEntryTable>;

/** What a list of audit entries can be narrowed by. */
export interface AuditFilter {
  readonly sessionId?: string;
  /** One action such as `hold.placed`, or a group of them such as `hold`. */
  readonly action?: string;
  readonly since?: Date;
  readonly limit: number;
}

/** Audit entries, newest first. */
export async function listAuditEntries(db: Kysely<Tables>, filter: AuditFilter): Promise<AuditRow[]> {
  const { sessionId, action, since } = filter;
  return db
    .selectFrom('audit_entry')
    .selectAll()
    .$if(sessionId !== undefined, (query) =>
      query.where('object_kind', '=', 'session').where('object_id', '=', sessionId ?? ''),
    )
    .$if(action !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('action', '=', action ?? ''),
          eb(eb.fn<boolean>('starts_with', ['action', eb.val(`${action ?? ''}.`)]), '=', true),
        ]),
      ),
    )
    .$if(since !== undefined, (query) => query.where('at', '>=', since ?? new Date(0)))
    .orderBy('seq', 'desc')
    .limit(filter.limit)
    .execute();
}
