import type { Kysely } from 'kysely';
import type { Acts } from '../acts/acts.ts';
import type { ExportActs } from '../acts/exports.ts';
import { exportsByIdPrefix } from '../db/exports.ts';
import type { ExportRow } from '../db/exports-tables.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import { failureInWords } from '../domain/exports.ts';
import type { ExportFile } from '../export/files.ts';
import type { CliDeps } from './deps.ts';
import { writeFiles } from './export-write.ts';
import { facts, type Output } from './output.ts';

/** What the commands of exports work with; closed after each. */
export interface ExportServices {
  readonly db: Kysely<Tables>;
  readonly acts: ExportActs & Pick<Acts, 'savedSearch'>;
  /** The files of an export that is done, made while they are read. */
  readonly files: (row: ExportRow) => AsyncIterable<ExportFile>;
  close(): Promise<void>;
}

export interface ExportCommandDeps extends Pick<CliDeps, 'stdout' | 'stderr' | 'clock' | 'actor'> {
  readonly open: () => Promise<ExportServices>;
}

/** Opens the services for one command, and closes them after it whatever happens. */
export async function withExports(
  deps: ExportCommandDeps,
  work: (services: ExportServices) => Promise<void>,
): Promise<void> {
  const services = await deps.open();
  try {
    await work(services);
  } finally {
    await services.close();
  }
}

/** Writes an export into a directory. */
export async function fetchTo(
  deps: ExportCommandDeps,
  { acts, files }: ExportServices,
  output: Output,
  to: { readonly exportId: string; readonly output: string; readonly reason: string },
): Promise<void> {
  const { exportId, reason } = to;
  const found = await acts.fetchExport({
    ...{ exportId, reason, reader: readerOf(deps), now: deps.clock() },
    open: (row) => ({ row, files: files(row) }),
  });
  const written = await writeFiles(found.files, to.output);
  output.note(
    `Wrote ${written} files to ${to.output}. Copies outside of this service do not expire by themselves.`,
  );
}

/** Whoever sits at this machine acts as its operator. */
export function readerOf({ actor }: Pick<ExportCommandDeps, 'actor'>) {
  return { actor, roles: [] };
}

const FEWEST_DIGITS = 6;

export async function findExport(db: Kysely<Tables>, text: string): Promise<string> {
  const digits = text.trim().toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]*$/.test(digits) || digits.length < FEWEST_DIGITS || digits.length > 32)
    throw new AppError(
      'input_invalid',
      `${JSON.stringify(text)} is not the id of an export. Give at least its first ${FEWEST_DIGITS} characters; retention export list shows them.`,
    );
  const [only, other] = await exportsByIdPrefix(db, digits, 2);
  if (only === undefined)
    throw new AppError('not_found', `There is no export ${text}. See them with: retention export list`);
  if (other !== undefined)
    throw new AppError('input_invalid', `${text} may mean several exports. Give more of the id.`);
  return only;
}

/** What is told of an export: not what was asked for, which may name a person. */
export function seen({ criteria_sealed: _sealed, plan_page: _page, told_at: _told, ...row }: ExportRow) {
  return row;
}

export function stateText({ state, ending, failure }: ExportRow): string {
  const why = failure ? `${ending}: ${failure}` : (ending ?? 'expired');
  return state === 'removed' || state === 'removing' ? `${state} (${why})` : state;
}

export function show(output: Output, row: ExportRow): void {
  output.data(seen(row), () =>
    facts([
      ['Export', row.id],
      ['Project', row.project_id],
      ['Asked for by', row.requester_id],
      ['Reason', row.reason],
      ['Format', row.zipped ? `${row.format}, compressed` : row.format],
      ['State', stateText(row)],
      ['Why', row.failure && failureInWords(row.failure)],
      ['Sessions', `${row.done_sessions} of ${row.sessions}`],
      ['Held back', row.held_back || null],
      ['Messages', row.messages],
      ['Bytes', row.bytes],
      ['Delivered to', row.destination],
      ['Asked for at', row.requested_at],
      ['Written at', row.finished_at],
      ['Expires at', row.removed_at ? null : row.expires_at],
      ['Removed at', row.removed_at],
    ]),
  );
}
