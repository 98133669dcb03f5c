import type { Transaction } from 'kysely';
import { insertMessages, type SealedMessage } from '../db/messages.ts';
import { addTerms, type NewTerms } from '../db/search.ts';
import type { Tables } from '../db/tables.ts';
import type { AttachmentContent, MessageContent } from '../domain/messages.ts';
import { searchableTexts } from '../search/searchable.ts';
import { filterOf } from '../search/term-filter.ts';
import { agentTerm, createTermHasher, hashTerms, termsOf, type TermHasher } from '../search/terms.ts';
import type { Pseudonym } from '../vault/pseudonym.ts';

/** An entry, or a new revision of it, as it is before it is sealed. */
export interface IndexedEntry {
  readonly sessionId: string;
  readonly subjectId: string;
  readonly staffId?: string | null;
  readonly content: MessageContent;
  readonly attachments?: readonly { readonly content: AttachmentContent }[];
}

const hashers = new WeakMap<Pseudonym, Map<string, TermHasher>>();

/**
 * The hasher of a project's terms. Its key is derived from the installation's pepper, so that an index in
 * other hands says nothing, and the same word is another number in another project.
 */
export function termHasherOf(pseudonym: Pseudonym, projectId: string): TermHasher {
  const known = hashers.get(pseudonym) ?? new Map<string, TermHasher>();
  hashers.set(pseudonym, known);
  const hasher =
    known.get(projectId) ?? createTermHasher(Buffer.from(pseudonym('search index', projectId), 'hex'));
  known.set(projectId, hasher);
  return hasher;
}

/** What one entry is found by. */
export function termsOfEntry(
  pseudonym: Pseudonym,
  projectId: string,
  { sessionId, subjectId, staffId, content, attachments = [] }: IndexedEntry,
): NewTerms {
  const files = attachments.map((file) => file.content);
  const terms = termsOf(searchableTexts(content, files));
  if (staffId) terms.add(agentTerm(staffId));
  return { sessionId, subjectId, terms: hashTerms(termHasherOf(pseudonym, projectId), terms) };
}

/** The terms of many entries, a list for each person in each session. */
export function gatherTerms(entries: readonly NewTerms[]): NewTerms[] {
  const parts = Map.groupBy(entries, ({ sessionId, subjectId }) => `${sessionId}/${subjectId}`);
  return [...parts.values()].map((part) => ({
    ...(part[0] as NewTerms),
    terms: [...new Set(part.flatMap(({ terms }) => terms))].sort((a, b) => a - b),
  }));
}

/** What entries are found by, a list for each person in each session. */
export function termsOfEntries(
  pseudonym: Pseudonym,
  projectId: string,
  entries: readonly IndexedEntry[],
): NewTerms[] {
  return gatherTerms(entries.map((entry) => termsOfEntry(pseudonym, projectId, entry)));
}

/** Makes entries findable, in the transaction that stores them. */
export async function indexEntries(
  tx: Transaction<Tables>,
  pseudonym: Pseudonym,
  projectId: string,
  entries: readonly IndexedEntry[],
): Promise<void> {
  await addTerms(tx, termsOfEntries(pseudonym, projectId, entries));
}

/** Writes entries with what they are found by, each beside its sealed message. */
export async function insertFindable(
  tx: Transaction<Tables>,
  pseudonym: Pseudonym,
  projectId: string,
  entries: readonly { readonly sealed: SealedMessage; readonly entry: IndexedEntry }[],
): Promise<void> {
  const found = entries.map(({ entry }) => termsOfEntry(pseudonym, projectId, entry));
  await insertMessages(
    tx,
    entries.map(({ sealed }, at) => ({
      ...sealed,
      message: { ...sealed.message, term_filter: filterOf(found[at]?.terms ?? []) },
    })),
  );
  await addTerms(tx, gatherTerms(found));
}
