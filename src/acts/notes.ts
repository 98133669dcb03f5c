import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { lockLife } from '../db/life.ts';
import { entryInTopic, turnIntoNotes } from '../db/staff-entries.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import type { MessageContent } from '../domain/messages.ts';
import { NOTE_KIND } from '../domain/notes.ts';
import type { ActDeps } from './deps.ts';
import { indexEntries, insertFindable } from './indexing.ts';
import { record } from './record.ts';
import { addRevision, requireLive } from './revisions.ts';
import { seal, type IncomingMessage } from './take-message.ts';

/** What staff wrote for each other, with the update that brought it. */
export interface StaffNote extends IncomingMessage {
  readonly sessionId: string;
  readonly staffId: string;
  readonly botId: number;
  readonly updateId: number;
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * Keeps a note of staff with the session, sealed under the key of the person it is about, so that it goes
 * when their data goes. It is queued for nobody, moves no date and brings no tags.
 *
 * @throws AppError `phase_conflict`, `input_invalid` for a note without a word, or about nobody in particular
 */
export async function addNote(deps: ActDeps, note: StaffNote): Promise<'stored' | 'duplicate'> {
  const { botId, updateId, now, sessionId, staffId } = note;
  if (await wasHandled(deps.db, botId, updateId)) return 'duplicate';
  if (!note.content.text && note.attachments.length === 0)
    throw new AppError('input_invalid', 'A note needs words. Example: /note calls back on Monday', {
      refusal: 'note-empty',
    });
  const subjectId = await aboutWhom(deps, note);
  const [key] = await deps.vault.keysFor([{ sessionId, subjectId }]);
  if (!key) throw new AppError('key_unknown', `The vault gave no key for session ${sessionId}.`);
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, sessionId, now);
    requireLive(life, 'note', now, 'write a note in');
    if (!(await recordUpdate(tx, { botId, updateId, kind: 'message', outcome: 'stored', now })))
      return 'duplicate';
    const sealed = await seal(tx, deps.vault, key, {
      ...{ sessionId, subjectId, staffId, authorRole: 'agent' },
      message: { ...note, kind: NOTE_KIND },
    });
    await insertFindable(tx, deps.pseudonym, life.projectId, [{ sealed, entry: { ...note, subjectId } }]);
    if (note.album !== undefined) await turnIntoNotes(tx, { sessionId, album: note.album });
    await record(tx, life, { actor: note.actor, action: 'note.added', now });
    return 'stored';
  });
}

/** In a private chat it is the customer; where several take part, whoever wrote what the note replies to. */
async function aboutWhom({ db }: ActDeps, note: StaffNote): Promise<string> {
  const { sessionId, replyToMessageId: staffMessageId } = note;
  const repliedTo = staffMessageId && (await entryInTopic(db, { sessionId, staffMessageId }));
  if (repliedTo) return repliedTo.subjectId;
  const row = await db
    .selectFrom('session')
    .select('subject_id')
    .where('id', '=', sessionId)
    .executeTakeFirst();
  if (row?.subject_id) return row.subject_id;
  throw new AppError(
    'input_invalid',
    'Several people take part here: write the note as a reply to a message of the one it is about.',
    { refusal: 'note-about-whom' },
  );
}

/** Stores an edit of a note as a new revision. @throws AppError `not_found`, `phase_conflict` */
export async function editNote(
  deps: ActDeps,
  edit: {
    sessionId: string;
    staffMessageId: number;
    content: MessageContent;
    editedAt: Date;
    botId: number;
    updateId: number;
    now: Date;
  },
): Promise<'stored' | 'duplicate'> {
  const { botId, updateId, sessionId, content, now } = edit;
  if (await wasHandled(deps.db, botId, updateId)) return 'duplicate';
  const entry = await entryInTopic(deps.db, edit);
  if (entry?.kind !== NOTE_KIND) throw new AppError('not_found', 'This is no note that could be changed.');
  const [key] = await deps.vault.keysFor([entry]);
  if (!key) throw new AppError('key_unknown', `The vault gave no key for session ${sessionId}.`);
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, sessionId, now);
    requireLive(life, 'change', now, 'change a note in');
    if (!(await recordUpdate(tx, { botId, updateId, kind: 'edit', outcome: 'stored', now })))
      return 'duplicate';
    await addRevision(tx, deps, life, { messageId: entry.id, key, content, at: edit.editedAt });
    const indexed = { sessionId, subjectId: entry.subjectId, content };
    await indexEntries(tx, deps.pseudonym, life.projectId, [indexed]);
    return 'stored';
  });
}
