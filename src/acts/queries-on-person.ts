import { appendAuditEntry, type AuditEntry } from '../audit/append.ts';
import { queriesThatMayName, type KeptQuery } from '../db/queries-on-person.ts';
import type { Erasure } from '../db/erasures.ts';
import { AppError, type ErrorCode } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { dimensionsIn } from '../search/plan.ts';
import { parseQuery } from '../search/query.ts';
import type { ActDeps } from './deps.ts';
import { openCriteria } from './export-criteria.ts';
import { endSchedule } from './export-schedules.ts';
import { forgetSavedSearch, openSavedQuery } from './saved-searches.ts';

type QueryDeps = Pick<ActDeps, 'db' | 'vault'>;

/**
 * What staff keep that names an erased person by `user:`, with their Telegram id or their id here, goes with
 * them: schedules of exports end, saved searches are forgotten. Exports that are not written yet are named to
 * the caller, who destroys them whole. A name that somebody typed as a word is not told from any other word.
 *
 * @returns the exports
 */
export async function forgetQueriesOn(
  deps: QueryDeps,
  erasure: Pick<Erasure, 'number' | 'project_id' | 'subject_id'>,
  act: { readonly actor: Actor; readonly now: Date; readonly source?: AuditEntry['source'] },
): Promise<string[]> {
  const { names, schedules, exports, searches } = await queriesThatMayName(deps.db, {
    projectId: erasure.project_id,
    subjectId: erasure.subject_id,
  });
  const because = { reason: 'erasure', requestId: erasure.number, ...(act.source && { source: act.source }) };
  const open = async (row: KeptQuery) =>
    (await openCriteria(deps, { id: row.id, criteria_sealed: row.sealed })).query;
  for (const row of schedules)
    if (await says(row, open, names))
      await endSchedule(deps, { ...act, scheduleId: row.id, action: 'export.schedule-ended', because });
  for (const row of searches)
    if (await says(row, (one) => openSavedQuery(deps, one), names)) {
      const entry = { at: act.now, actor: act.actor, action: 'search.forgotten', ...because };
      await appendAuditEntry(deps.db, {
        ...{ ...entry, object: { kind: 'saved-search', id: row.id }, projectId: erasure.project_id },
        opId: `search-forgotten:${row.id}`,
      });
      await forgetSavedSearch(deps, row.id);
    }
  const naming: string[] = [];
  for (const row of exports) if (await says(row, open, names)) naming.push(row.id);
  return naming;
}

/** What nobody can open or read any more would hold up an erasure for nothing, and goes as well. */
const UNREADABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'key_destroyed',
  'key_unknown',
  'sealed_text_damaged',
  'input_invalid',
]);

async function says(
  row: KeptQuery,
  open: (row: KeptQuery) => Promise<string>,
  names: ReadonlySet<string>,
): Promise<boolean> {
  try {
    const asked = dimensionsIn(parseQuery(await open(row)));
    return asked.some(({ dimension, value }) => dimension === 'user' && names.has(asStored(value)));
  } catch (error) {
    if (error instanceof AppError && UNREADABLE.has(error.code)) return true;
    throw error;
  }
}

/** A Telegram id may be written with zeros before it. */
function asStored(value: string): string {
  return /^\d+$/.test(value) ? String(Number(value)) : value;
}
