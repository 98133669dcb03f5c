import { GrammyError } from 'grammy';
import { putDelivery } from '../db/deliveries.ts';
import { revisionContext } from '../db/messages.ts';
import type { RelayFacts } from '../db/relay-facts.ts';
import { translatedCopies } from '../db/staff-entries.ts';
import type { MessageContent } from '../domain/messages.ts';
import { isTakenBack } from '../domain/notes.ts';
import type { RelaySide } from './relay-side.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';

/**
 * Deletes the customer's copy of an answer that staff took back, and tells them whether Telegram let it.
 *
 * @returns `undefined` for a revision that takes nothing back
 */
export async function takeBackCopy(
  deps: SenderDeps,
  side: RelaySide,
  message: RelayFacts,
): Promise<SendOutcome | undefined> {
  const context = revisionContext(message.id, message.revision);
  const opened = await deps.vault.open(message.sealed, context);
  if (!isTakenBack(JSON.parse(opened.toString()) as MessageContent)) return undefined;
  const { copyId } = side;
  if (copyId === undefined) return 'gone';
  // What it says in the reader's own language goes first: it would outlive what it is a translation of.
  const copies = [...(await translatedCopies(deps.db, message.id)), copyId];
  let allGone = true;
  for (const one of copies) allGone = (await deleteCopy(deps, { ...side, copyId: one })) && allGone;
  const what = allGone ? 'taken-back' : 'not-taken-back';
  const { sessionId } = message;
  await putDelivery(deps.db, {
    ...{ projectId: deps.project.id, sessionId, target: 'staff', now: deps.clock() },
    content: { kind: 'status', what },
  });
  return 'sent';
}

/** Whether it is gone: an attempt before this one, or the customer, may have deleted it. */
async function deleteCopy(
  { api }: SenderDeps,
  { chatId, copyId, businessId }: RelaySide & { readonly copyId: number },
): Promise<boolean> {
  try {
    if (businessId === undefined) await api.deleteMessage(chatId, copyId);
    else await api.deleteBusinessMessages(businessId, [copyId]);
    return true;
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
    return /not found/i.test(error.description);
  }
}
