import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { readMessages } from '../db/archives.ts';
import { attachmentContext, revisionContext } from '../db/messages.ts';
import { replaceTerms } from '../db/search.ts';
import {
  advanceRebuild,
  beginRebuild,
  endRebuild,
  lockForRebuild,
  participantsSeen,
  sessionsAfter,
} from '../db/search-rebuild.ts';
import { entryObjectsOf, writeFilters } from '../db/search-texts.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor } from '../domain/events.ts';
import type { AttachmentContent, MessageContent } from '../domain/messages.ts';
import { filterOf } from '../search/term-filter.ts';
import type { ActDeps } from './deps.ts';
import { gatherTerms, termsOfEntry, type IndexedEntry } from './indexing.ts';
import { isGone, type OpenArchive } from './search-texts.ts';

export interface RebuildAct {
  readonly projectId: string;
  readonly openArchive: OpenArchive;
  readonly actor: Actor;
  readonly now: Date;
  readonly onProgress: (done: number, sessions: number) => void;
}

/** So many sessions between two notes of how far it is. */
const BATCH = 50;

/**
 * Indexes every session of a project anew, live and archived. Broken off, it goes on where it was; messages
 * that come meanwhile are indexed as ever.
 *
 * @returns how many sessions there were
 */
export async function rebuildIndex(deps: ActDeps, act: RebuildAct): Promise<number> {
  const { projectId } = act;
  const begun = await beginRebuild(deps.db, projectId, act.now);
  let { cursor, done } = begun;
  for (;;) {
    act.onProgress(done, begun.sessions);
    const ids = await sessionsAfter(deps.db, { project_id: projectId, cursor }, BATCH);
    const last = ids.at(-1);
    if (last === undefined) break;
    for (const id of ids) await rebuildSession(deps, act, id);
    cursor = last;
    done += ids.length;
    await advanceRebuild(deps.db, projectId, { cursor, done });
  }
  await deps.db.transaction().execute(async (tx) => {
    await endRebuild(tx, projectId, act.now);
    await appendAuditEntry(tx, {
      at: act.now,
      actor: act.actor,
      action: 'search.reindexed',
      object: { kind: 'project', id: projectId },
      projectId,
      counts: { sessions: done },
    });
  });
  return done;
}

async function rebuildSession(deps: ActDeps, act: RebuildAct, sessionId: string): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const session = await lockForRebuild(tx, sessionId);
    if (!session || session.phase === 'deleted' || session.erased) return;
    const live = session.phase === 'open' || session.phase === 'closed';
    const entries = live ? await liveEntries(tx, deps, sessionId) : await archivedEntries(tx, act, sessionId);
    const terms = entries.map((entry) => termsOfEntry(deps.pseudonym, act.projectId, entry));
    await replaceTerms(tx, sessionId, gatherTerms(terms));
    await writeFilters(
      tx,
      [...Map.groupBy(entries.keys(), (at) => entries[at]?.messageId)].flatMap(([messageId, revisions]) =>
        messageId ? [{ messageId, filter: filterOf(revisions.flatMap((at) => terms[at]?.terms ?? [])) }] : [],
      ),
    );
  });
}

/** A revision, and the live message that it is of. */
type ReadEntry = IndexedEntry & { readonly messageId?: string };

async function liveEntries(
  tx: Transaction<Tables>,
  { vault }: ActDeps,
  sessionId: string,
): Promise<ReadEntry[]> {
  const entries: ReadEntry[] = [];
  const seen = await participantsSeen(tx, sessionId);
  for await (const batch of readMessages(tx, sessionId, null))
    for (const { id, subjectId, staffId, revisions, attachments } of batch) {
      if (!seen.has(subjectId)) continue;
      const files = await vault.openMany(
        attachments.map((file) => ({ sealed: file.sealed, context: attachmentContext(file.id) })),
      );
      const texts = await vault.openMany(
        revisions.map(({ revision, sealed }) => ({ sealed, context: revisionContext(id, revision) })),
      );
      for (const text of texts)
        entries.push({
          ...{ sessionId, subjectId, staffId },
          messageId: id,
          content: JSON.parse(text.toString()) as MessageContent,
          attachments: files.map((file) => ({ content: JSON.parse(file.toString()) as AttachmentContent })),
        });
    }
  return entries;
}

async function archivedEntries(
  tx: Transaction<Tables>,
  { openArchive, projectId }: RebuildAct,
  sessionId: string,
): Promise<ReadEntry[]> {
  const entries: ReadEntry[] = [];
  for (const object of await entryObjectsOf(tx, [sessionId]))
    try {
      for await (const line of openArchive(object, projectId)) {
        if (line.type !== 'message') continue;
        const staffId = line.author.role === 'agent' ? (line.author.ref ?? null) : null;
        const attachments = line.attachments.flatMap(({ fileName }) =>
          typeof fileName === 'string' ? [{ content: { fileName } }] : [],
        );
        for (const { content } of line.revisions)
          entries.push({ sessionId, subjectId: object.subject_id, staffId, content, attachments });
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  return entries;
}
