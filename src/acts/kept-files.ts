import { appendAuditEntry } from '../audit/append.ts';
import { readLife, type Life } from '../db/life.ts';
import type { ArchiveRow } from '../db/tables.ts';
import { readersOf } from '../domain/decision.ts';
import { AppError } from '../domain/errors.ts';
import { mayDo } from '../domain/roles.ts';
import type { ActDeps } from './deps.ts';
import type { Reader } from './search-readers.ts';

/**
 * Opens one file that is kept with an archived session. The reading is audited before it is opened.
 *
 * @throws AppError `not_found`, `not_allowed`
 */
export async function openKeptFile<T>(
  { db }: ActDeps,
  act: {
    sessionId: string;
    attachmentId: string;
    reader: Reader;
    reason: string;
    now: Date;
    open: (file: ArchiveRow, projectId: string) => T;
  },
): Promise<T> {
  const { sessionId, attachmentId, reader, reason, now } = act;
  const life = await readLife(db, sessionId, now);
  const { projectId } = life;
  if (life.erased || !mayRead(life, reader))
    throw new AppError('not_allowed', `Session ${sessionId} is not for your roles to read.`);
  const file = await db
    .selectFrom('archive')
    .selectAll()
    .where('session_id', '=', sessionId)
    .where('attachment_id', '=', attachmentId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!file)
    throw new AppError('not_found', `Of this file of session ${sessionId} no bytes are kept (any more).`);
  await appendAuditEntry(db, {
    at: now,
    actor: reader.actor,
    action: 'attachment.read',
    object: { kind: 'session', id: sessionId },
    projectId,
    counts: { bytes: file.size_bytes },
    reason: life.restrictedAt ? `${reason}; restricted` : reason,
  });
  return act.open(file, projectId);
}

function mayRead(life: Life, { roles }: Reader): boolean {
  const narrowed = life.restrictedAt ? (['compliance'] as const) : readersOf(life.policy, life);
  return mayDo(roles, 'archive.read') && (!narrowed || narrowed.some((role) => roles.includes(role)));
}
