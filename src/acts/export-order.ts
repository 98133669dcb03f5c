import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { insertExport } from '../db/exports.ts';
import type { ExportRow } from '../db/exports-tables.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor, Counts } from '../domain/events.ts';
import { EXPORT_KEEP_DAYS, expiryOf, MOST_KEEP_DAYS, type ExportFormat } from '../domain/exports.ts';
import { mayDo } from '../domain/roles.ts';
import { joinScrubRules, NO_SCRUBBING, scrubSchema, type ScrubRules } from '../domain/scrub-rules.ts';
import type { ActDeps } from './deps.ts';
import type { Reader } from './search-readers.ts';

/** What the files of this installation say of exports. */
export interface ExportSettings {
  /** What a project's file takes out of each of its exports. */
  readonly scrubOf: (projectId: string) => ScrubRules | Promise<ScrubRules>;
  /** Where exports may be delivered to: places that this installation owns, and removes them from again. */
  readonly destinations: readonly string[];
}

export interface ExportActDeps extends ActDeps {
  readonly exports?: ExportSettings;
}

/** What is asked for. */
export interface ExportOrder {
  readonly projectId: string;
  /** As for a search: words and dimensions. */
  readonly query: string;
  readonly format: ExportFormat;
  readonly zipped?: boolean;
  /** Where the files are put as well, besides waiting to be fetched. */
  readonly destination?: string;
  /** Besides what the project's file takes out. */
  readonly scrub?: Partial<ScrubRules>;
  readonly keepDays?: number;
  readonly reader: Reader;
  /** A word or a ticket number, which the audit keeps. */
  readonly reason: string;
  readonly now: Date;
}

/** An export to be written, with its criteria sealed. */
interface NewExport {
  readonly id: string;
  readonly projectId: string;
  readonly scheduleId: string | null;
  readonly actor: Pick<Actor, 'kind' | 'id'> & Partial<Actor>;
  readonly reason: string;
  readonly format: ExportFormat;
  readonly zipped: boolean;
  readonly sealed: Buffer;
  readonly destination: string | null;
  readonly keepDays: number;
  readonly active?: { readonly after: Date; readonly until: Date };
  readonly now: Date;
}

/** Writes the row of an export and its audit entry; Temporal is told of it from the row. */
export async function putExport(tx: Transaction<Tables>, order: NewExport): Promise<void> {
  const { id, projectId, actor, reason, now, keepDays } = order;
  await insertExport(tx, {
    id,
    project_id: projectId,
    schedule_id: order.scheduleId,
    requester_kind: actor.kind === 'operator' ? 'operator' : 'staff',
    requester_id: actor.id,
    reason,
    format: order.format,
    zipped: order.zipped,
    criteria_sealed: order.sealed,
    destination: order.destination,
    active_after: order.active?.after ?? null,
    active_until: order.active?.until ?? null,
    state: 'requested',
    keep_days: keepDays,
    requested_at: now,
    expires_at: expiryOf(now, keepDays),
  });
  const row = { id, project_id: projectId };
  await appendAuditEntry(tx, entryOf(row, actor, { action: 'export.requested', now, reason }));
}

/** What an audit entry of an export says. */
export function entryOf(
  row: Pick<ExportRow, 'id' | 'project_id'>,
  actor: Actor,
  act: { action: string; now: Date; reason?: string; counts?: Counts; opId?: string },
) {
  const { now, ...what } = act;
  return { at: now, actor, object: { kind: 'export', id: row.id }, projectId: row.project_id, ...what };
}

/** @throws AppError `not_allowed` */
export function requireRight({ actor, roles }: Reader): void {
  if (actor.kind === 'operator' || mayDo(roles, 'export.run')) return;
  throw new AppError('not_allowed', 'Exporting sessions is for supervisors and compliance officers.');
}

/** The rules of a project's file, and those that are asked for besides. */
export async function scrubOf(
  deps: ExportActDeps,
  { projectId, scrub }: Pick<ExportOrder, 'projectId' | 'scrub'>,
): Promise<ScrubRules> {
  const asked = scrubSchema.safeParse(scrub ?? {});
  if (!asked.success) {
    const issues = asked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new AppError('input_invalid', `These scrub rules are not taken: ${issues.join('; ')}.`);
  }
  return joinScrubRules((await deps.exports?.scrubOf(projectId)) ?? NO_SCRUBBING, asked.data);
}

export async function requireProject({ db }: ActDeps, projectId: string): Promise<{ timeZone: string }> {
  const found = await db
    .selectFrom('project')
    .select('time_zone as timeZone')
    .where('id', '=', projectId)
    .executeTakeFirst();
  if (found) return found;
  throw new AppError('not_found', `There is no project ${projectId}. See them with: retention projects`);
}

/** @throws AppError `input_invalid` */
export function requireDestination(settings: ExportSettings | undefined, destination?: string): void {
  const allowed = settings?.destinations ?? [];
  if (destination === undefined || allowed.includes(destination)) return;
  throw new AppError(
    'input_invalid',
    allowed.length === 0
      ? 'This installation delivers exports nowhere. Fetch it with retention export get, or name places in RETENTION_EXPORT_TO.'
      : `Exports are not delivered there. Name one of: ${allowed.join(', ')}.`,
  );
}

/** @throws AppError `input_invalid` */
export function requireKeepDays(days = EXPORT_KEEP_DAYS): number {
  if (Number.isInteger(days) && days >= 1 && days <= MOST_KEEP_DAYS) return days;
  throw new AppError('input_invalid', `An export is kept for 1 to ${MOST_KEEP_DAYS} days.`);
}
