import { randomUUID } from 'node:crypto';
import { lockLife } from '../db/life.ts';
import { revisionContext } from '../db/messages.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { NOTE_KIND } from '../domain/notes.ts';
import type { ActDeps } from './deps.ts';
import { insertFindable } from './indexing.ts';
import { record } from './record.ts';
import { requireLive } from './revisions.ts';

/**
 * Keeps a note that staff wrote outside of Telegram, as `addNote` keeps one of a topic: sealed under the key of
 * the customer it is about, so that it goes when their data goes.
 *
 * @throws AppError `phase_conflict`, `not_found`, `input_invalid` for one without a word, or where several take part
 */
export async function writeNote(
  deps: ActDeps,
  note: { sessionId: string; staffId: string; text: string; actor: Actor; now: Date },
): Promise<void> {
  const { sessionId, staffId, now } = note;
  const text = note.text.trim();
  if (!text) throw new AppError('input_invalid', 'A note needs words.', { refusal: 'note-empty' });
  const subjectId = await customerOf(deps, sessionId);
  const [key] = await deps.vault.keysFor([{ sessionId, subjectId }]);
  if (!key) throw new AppError('key_unknown', `The vault gave no key for session ${sessionId}.`);
  const id = randomUUID();
  const content = { text };
  await deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, sessionId, now);
    requireLive(life, 'note', now, 'write a note in');
    const message = {
      ...{ id, session_id: sessionId, subject_id: subjectId, staff_id: staffId, kind: NOTE_KIND },
      ...{ author_role: 'agent' as const, telegram_message_id: null, staff_message_id: null },
      ...{ reply_to: null, album: null, sent_at: now },
    };
    const sealed = deps.vault.seal(key, revisionContext(id, 1), JSON.stringify(content));
    const entry = { sessionId, subjectId, content };
    await insertFindable(tx, deps.pseudonym, life.projectId, [
      { sealed: { message, sealed, attachments: [] }, entry },
    ]);
    await record(tx, life, { actor: note.actor, action: 'note.added', now });
  });
}

async function customerOf({ db }: ActDeps, sessionId: string): Promise<string> {
  const row = await db
    .selectFrom('session')
    .select('subject_id')
    .where('id', '=', sessionId)
    .executeTakeFirst();
  if (row?.subject_id) return row.subject_id;
  throw new AppError(
    'input_invalid',
    'Several people take part here: write the note in Telegram, as a reply to a message of the one it is about.',
    { refusal: 'note-about-whom' },
  );
}
