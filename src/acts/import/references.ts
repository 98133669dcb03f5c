import type { Kysely } from 'kysely';
import { findSubjects } from '../../db/imports.ts';
import type { Tables } from '../../db/tables.ts';
import { personIdsIn, referToPersons } from '../../domain/person-references.ts';
import type { Cut } from './cut-sessions.ts';
import type { PeerId } from './peers.ts';
import type { ExportedMessage } from './read-message.ts';

/** The subjects of people whom messages mention. */
export type References = ReadonlyMap<PeerId, string>;

/** The subjects of everybody whom a batch's messages mention: those of the batch, and those known before it. */
export async function referencesOf(
  db: Kysely<Tables>,
  projectId: string,
  subjects: ReadonlyMap<PeerId, { readonly id: string }>,
  cuts: readonly { readonly cut: Cut }[],
): Promise<References> {
  const mentioned = new Set(
    cuts.flatMap(({ cut }) => cut.entries.flatMap(({ message }) => personIdsIn(message.content))),
  );
  const refs = new Map([...subjects].map(([peer, { id }]) => [peer, id]));
  const elsewhere = [...mentioned].filter((peer) => !refs.has(peer));
  if (elsewhere.length > 0)
    for (const { telegramUserId, id } of await findSubjects(db, projectId, elsewhere))
      refs.set(telegramUserId, id);
  return refs;
}

/** A message with everybody but its own subject turned into references. */
export function referenceOthers(message: ExportedMessage, own: PeerId, refs: References): ExportedMessage {
  const { entities, extra } = message.content;
  if (!entities && !extra) return message;
  const known = { own, ownQuote: false, refOf: (id: PeerId) => refs.get(id) };
  return { ...message, content: referToPersons(message.content, known) };
}
