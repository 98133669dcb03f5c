import type { Kysely, Selectable } from 'kysely';
import type { Actor } from '../domain/events.ts';
import type { AuditEntryTable } from './audit-tables.ts';
import type { Tables } from './tables.ts';

export type AuditRow = Selectable<AuditEntryTable>;

/** A row as the act wrote it. */
export function entryOf(row: AuditRow) {
  return {
    at: row.at,
    actor: {
      kind: row.actor_kind as Actor['kind'],
      id: row.actor_id,
      ...(row.actor_role !== null && { role: row.actor_role }),
    },
    ...((row.workflow_id ?? row.run_id ?? row.activity) !== null && {
      source: { workflowId: row.workflow_id ?? '', runId: row.run_id ?? '', activity: row.activity ?? '' },
    }),
    action: row.action,
    object: { kind: row.object_kind, id: row.object_id },
    projectId: row.project_id,
    counts: row.counts,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.op_id !== null && { opId: row.op_id }),
    ...(row.request_id !== null && { requestId: row.request_id }),
  };
}

/** What a list of audit entries can be narrowed by. */
export interface AuditFilter {
  readonly sessionId?: string;
  /** One action such as `hold.placed`, or a group of them such as `hold`. */
  readonly action?: string;
  /** The id of whoever did it, or their kind, such as `operator`. */
  readonly actor?: string;
  /** What it belongs to, such as an erasure's number. */
  readonly requestId?: string;
  readonly projectId?: string;
  readonly workflowId?: string;
  readonly since?: Date;
  readonly until?: Date;
  /** Only entries with a lower number: how to turn the page. */
  readonly before?: number;
  readonly limit: number;
}

/** Audit entries, newest first. */
export async function listAuditEntries(db: Kysely<Tables>, filter: AuditFilter): Promise<AuditRow[]> {
  const { sessionId, action, actor, requestId, projectId, workflowId, since, until, before } = filter;
  let query = db.selectFrom('audit_entry').selectAll().orderBy('seq', 'desc').limit(filter.limit);
  if (sessionId !== undefined)
    query = query.where('object_kind', '=', 'session').where('object_id', '=', sessionId);
  if (action !== undefined)
    query = query.where((eb) =>
      eb.or([
        eb('action', '=', action),
        eb(eb.fn<boolean>('starts_with', ['action', eb.val(`${action}.`)]), '=', true),
      ]),
    );
  if (actor !== undefined)
    query = query.where((eb) => eb.or([eb('actor_id', '=', actor), eb('actor_kind', '=', actor)]));
  if (requestId !== undefined) query = query.where('request_id', '=', requestId);
  if (projectId !== undefined) query = query.where('project_id', '=', projectId);
  if (workflowId !== undefined) query = query.where('workflow_id', '=', workflowId);
  if (since !== undefined) query = query.where('at', '>=', since);
  if (until !== undefined) query = query.where('at', '<', until);
  if (before !== undefined) query = query.where('seq', '<', before);
  return query.execute();
}

/** One entry by its number. */
export async function readAuditEntry(db: Kysely<Tables>, seq: number): Promise<AuditRow | undefined> {
  return db.selectFrom('audit_entry').selectAll().where('seq', '=', seq).executeTakeFirst();
}

/** The entry that says a session, or a person's part of it, is gone for good. */
export async function deletionEntry(db: Kysely<Tables>, sessionId: string): Promise<AuditRow | undefined> {
  return db
    .selectFrom('audit_entry')
    .selectAll()
    .where('object_id', '=', sessionId)
    .where('action', 'in', ['session.deleted', 'session.erased', 'session.share-erased'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The newest entry about an erasure, by its number. */
export async function erasureEntry(db: Kysely<Tables>, number: string): Promise<AuditRow | undefined> {
  return db
    .selectFrom('audit_entry')
    .selectAll('audit_entry')
    .innerJoin('erasure', (join) =>
      join.on((eb) => eb(eb.cast<string>('erasure.id', 'text'), '=', eb.ref('audit_entry.object_id'))),
    )
    .where('erasure.number', '=', number)
    .where('object_kind', '=', 'erasure')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** When the log was last checked as a whole in a span of time, and found good or bad. */
export async function lastCheck(db: Kysely<Tables>, since: Date, until: Date): Promise<Date | undefined> {
  const row = await db
    .selectFrom('audit_entry')
    .select('at')
    .where('at', '>=', since)
    // A clock that was ahead for a moment would put the next check off for as long as it was ahead.
    .where('at', '<=', until)
    .where('action', 'in', ['audit.verified', 'audit.damaged'])
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.at;
}
