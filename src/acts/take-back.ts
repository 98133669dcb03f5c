import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { lockLife } from '../db/life.ts';
import { entryInTopic } from '../db/staff-entries.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { NOTE_KIND, TAKEN_BACK } from '../domain/notes.ts';
import type { ActDeps } from './deps.ts';
import { record } from './record.ts';
import { addRevision, requireLive } from './revisions.ts';
import { relay } from './take-message.ts';

/**
 * Takes an answer of staff back: the copy the customer has is deleted where Telegram allows it, and a
 * revision says so. What had been said stays in the revisions before it.
 *
 * @throws AppError `input_invalid` for what is no answer, `phase_conflict`
 */
export async function takeBackAnswer(
  deps: ActDeps,
  act: {
    sessionId: string;
    staffMessageId: number | undefined;
    botId: number;
    updateId: number;
    actor: Actor;
    now: Date;
  },
): Promise<void> {
  const { sessionId, staffMessageId, botId, updateId, now } = act;
  if (await wasHandled(deps.db, botId, updateId)) return;
  const entry = staffMessageId && (await entryInTopic(deps.db, { sessionId, staffMessageId }));
  if (!entry || entry.authorRole !== 'agent' || entry.kind === NOTE_KIND)
    throw new AppError(
      'input_invalid',
      'Reply with /delete to the answer that is to be taken back. What customers wrote, notes, and what is archived stays.',
      { refusal: 'not-an-answer' },
    );
  const [key] = await deps.vault.keysFor([entry]);
  if (!key) throw new AppError('key_unknown', `The vault gave no key for session ${sessionId}.`);
  await deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, sessionId, now);
    requireLive(life, 'take-back', now, 'take an answer back in');
    if (!(await recordUpdate(tx, { botId, updateId, kind: 'message', outcome: 'stored', now }))) return;
    const change = { messageId: entry.id, key, content: TAKEN_BACK, at: now };
    const revision = await addRevision(tx, deps, life, change);
    await relay(tx, life, 'customer', { messageId: entry.id, revision }, now);
    await record(tx, life, { actor: act.actor, action: 'answer.taken-back', now });
  });
}
