import { createHash } from 'node:crypto';
import { exportKeyScope, openCriteria } from '../src/acts/export-criteria.ts';
import { requireRight } from '../src/acts/export-order.ts';
import { readingRights, type MayRead, type Reader } from '../src/acts/search-readers.ts';
import { appendAuditEntry } from '../src/audit/append.ts';
import type { ArchiveStore } from '../src/archive/store.ts';
import { rolesOfRequester } from '../src/db/export-requesters.ts';
import {
  lastUnit,
  lockExport,
  objectsOfExport,
  projectName,
  readExport,
  unitsAfter,
  updateExport,
} from '../src/db/exports.ts';
import type { ExportObjectRow, ExportRow } from '../src/db/exports-tables.ts';
import { readLife } from '../src/db/life.ts';
import { AppError } from '../src/domain/errors.ts';
import { createScrubber } from '../src/export/scrub.ts';
import type { ExportedSession } from '../src/export/session.ts';
import { writerOf } from '../src/export/writers.ts';
import { sealStream } from '../src/vault/sealed-stream.ts';
import type { DataKey } from '../src/vault/vault.ts';
import type { ActivityDeps } from './deps.ts';
import { withFiles, type WrittenFile } from './export-attachments.ts';
import { exportContext, exportPrefix } from './export-files.ts';
import { recordPart, type WrittenPart } from './export-record.ts';
import { removeObjects } from './export-remove.ts';
import { exportedSession } from './export-source.ts';
import { sourceOfActivity } from './source.ts';

/** A part ends with the unit that makes it this large, its files included: so much is written again after a crash. */
export const PART_BYTES = 16 * 1024 * 1024;
/** Units whose ids are held at once. */
const UNITS = 200;
/** Text goes to the cipher in pieces of this size. */
const PIECE_BYTES = 64 * 1024;

export interface WritingProgress {
  sessions: number;
  messages: number;
}

/** What parts of an export are written with. */
interface Writing {
  readonly row: ExportRow;
  readonly now: Date;
  readonly reader: Reader;
  readonly mayRead: MayRead;
  readonly store: ArchiveStore;
  readonly key: DataKey;
  readonly scrub: (session: ExportedSession) => ExportedSession;
  readonly projectName: string;
  readonly attempt: number;
  readonly progress: WritingProgress;
}

/** Who asked, with the roles of today: who may no longer read is given nothing. */
export async function readerOf({ db }: Pick<ActivityDeps, 'db'>, row: ExportRow, now: Date): Promise<Reader> {
  const actor = { kind: row.requester_kind, id: row.requester_id };
  const reader = { actor, roles: await rolesOfRequester(db, row, now) };
  requireRight(reader);
  return reader;
}

/**
 * Writes what is left of an export, part by part. Each part is sealed under the export's own key, and recorded
 * when it is whole: killed anywhere, it goes on behind the last one on record.
 */
export async function writeParts(
  deps: ActivityDeps,
  order: { exportId: string; now: Date; partBytes?: number },
  progress: WritingProgress,
): Promise<void> {
  const writing = await begin(deps, order, progress);
  const units = await lastUnit(deps.db, order.exportId);
  const parts = await objectsOfExport(deps.db, order.exportId, 'part');
  let after = parts.at(-1)?.last_unit ?? 0;
  for (let number = parts.length + 1; after < units; number++) {
    const part = await writePart(deps, writing, { number, after, limit: order.partBytes ?? PART_BYTES });
    deps.reached('export.part-written');
    if (!(await recordPart(deps, writing.row.id, part))) {
      // Whatever ended it may have looked for objects before this one was there.
      await removeObjects(deps, writing.row);
      return;
    }
    deps.reached('export.part-recorded');
    after = part.object.last_unit ?? units;
  }
  await deps.db.transaction().execute(async (tx) => {
    const row = await lockExport(tx, order.exportId);
    if (row.state === 'planned') await updateExport(tx, row.id, { state: 'written' });
  });
}

async function begin(
  deps: ActivityDeps,
  { exportId, now }: { exportId: string; now: Date },
  progress: WritingProgress,
): Promise<Writing> {
  const row = await readExport(deps.db, exportId);
  const criteria = await openCriteria(deps, row);
  const reader = await readerOf(deps, row, now);
  const [key] = await deps.vault.keysFor([exportKeyScope(exportId)]);
  if (!key) throw new AppError('key_unknown', `The vault gave no key for export ${exportId}.`);
  const store = row.store ? await deps.stores.at(row.store) : await deps.stores.of(row.project_id);
  // Each attempt writes under names of its own, so that no object is ever written over.
  const attempt = row.attempt + 1;
  await updateExport(deps.db, exportId, { attempt, store: store.url });
  Object.assign(progress, { sessions: row.done_sessions, messages: row.messages });
  return {
    ...{ row: { ...row, store: store.url }, now, reader, store, key, attempt, progress },
    mayRead: readingRights(deps.db, reader, { projectIds: [row.project_id], now }),
    scrub: createScrubber(criteria.scrub, Buffer.from(criteria.hashKey, 'base64')),
    projectName: await projectName(deps.db, row.project_id),
  };
}

async function writePart(
  deps: ActivityDeps,
  writing: Writing,
  part: { number: number; after: number; limit: number },
): Promise<WrittenPart> {
  const { row, store, key, attempt } = writing;
  const name = `${exportPrefix(row.id)}part-${part.number}.${attempt}.sealed`;
  const hash = createHash('sha256');
  const files: WrittenFile[] = [];
  const made = { size_bytes: 0, last_unit: part.after, sessions: 0, messages: 0 };
  async function* body(): AsyncIterable<Buffer> {
    for await (const piece of piecesOf(unitTexts(deps, writing, { ...part, made, files }))) {
      hash.update(piece);
      made.size_bytes += piece.length;
      yield piece;
    }
  }
  const stored = await store.put(name, sealStream(key, exportContext(row.id, name))(body()), {
    ifGeneration: '0',
    metadata: {},
  });
  const object = {
    ...{ export_id: row.id, kind: 'part' as const, number: part.number, store: store.url },
    ...{ object_name: name, generation: stored.generation, path: writerOf(row.format).path },
    ...made,
    content_sha256: hash.digest('hex'),
    removed_at: null,
  };
  return { object, files };
}

/** The units of a part as text, one after the other, until there is enough of it. */
async function* unitTexts(
  deps: ActivityDeps,
  writing: Writing,
  part: {
    after: number;
    limit: number;
    made: Pick<ExportObjectRow, 'last_unit' | 'sessions' | 'messages'>;
    files: WrittenFile[];
  },
): AsyncIterable<string> {
  const { row } = writing;
  const writer = writerOf(row.format);
  let bytes = 0;
  // Files beside the text would be brought again as well.
  const isFull = () => bytes + part.files.reduce((sum, file) => sum + file.size_bytes, 0) >= part.limit;
  let unit = part.after;
  const total = await lastUnit(deps.db, row.id);
  while (!isFull() && unit < total) {
    const units = Map.groupBy(await unitsAfter(deps.db, row.id, unit, UNITS), (one) => one.unit);
    for (const [number, sessions] of units) {
      if (isFull()) return;
      let begun = false;
      const ids = sessions.map(({ sessionId }) => sessionId);
      for await (const text of writer.write(sessionsOf(deps, writing, ids, part))) {
        if (!begun && bytes > 0) yield writer.separator;
        begun = true;
        bytes += text.length;
        yield text;
      }
      unit = number;
      part.made.last_unit = number;
    }
    // Units whose sessions were deleted meanwhile are gaps.
    if (units.size === 0) part.made.last_unit = unit += UNITS;
  }
}

/** The sessions of a unit that there still are and that may still be read; each is audited before it is opened. */
async function* sessionsOf(
  deps: ActivityDeps,
  writing: Writing,
  ids: readonly string[],
  part: { made: Pick<ExportObjectRow, 'sessions' | 'messages'>; files: WrittenFile[] },
): AsyncIterable<ExportedSession> {
  const { row, now, reader, mayRead, scrub, progress } = writing;
  for (const id of ids) {
    const life = await readLife(deps.db, id, now);
    if (life.phase === 'deleted' || life.deletionBeganAt || life.erased) continue;
    const { projectId, phase } = life;
    const facts = { id, projectId, phase, restricted: life.restrictedAt !== null };
    if (!(await mayRead(facts))) continue;
    await appendAuditEntry(deps.db, {
      ...{ at: now, actor: reader.actor, action: 'session.exported', projectId, reason: row.reason },
      object: { kind: 'session', id },
      opId: `export:${row.id}:${id}`,
      requestId: row.id,
      source: sourceOfActivity(),
    });
    const session = scrub(await exportedSession(deps, life, writing.projectName));
    const counted = counting(session, () => {
      part.made.messages += 1;
      progress.messages += 1;
    });
    yield row.format === 'telegram' ? withFiles(deps, counted, { ...writing, files: part.files }) : counted;
    part.made.sessions += 1;
    progress.sessions += 1;
    deps.reached('export.session-written');
  }
}

function counting(session: ExportedSession, count: () => void): ExportedSession {
  async function* counted<T>(messages: AsyncIterable<T>): AsyncIterable<T> {
    for await (const message of messages) {
      count();
      yield message;
    }
  }
  return {
    ...session,
    messages: () => counted(session.messages()),
    partOf: (subjectId) => counted(session.partOf(subjectId)),
  };
}

async function* piecesOf(texts: AsyncIterable<string>): AsyncIterable<Buffer> {
  let pending = '';
  for await (const text of texts) {
    pending += text;
    if (pending.length < PIECE_BYTES) continue;
    yield Buffer.from(pending);
    pending = '';
  }
  if (pending !== '') yield Buffer.from(pending);
}
