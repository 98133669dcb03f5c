import type { Transaction } from 'kysely';
import { addTerms, type NewTerms } from '../db/search.ts';
import type { Tables } from '../db/tables.ts';
import type { AttachmentContent, MessageContent } from '../domain/messages.ts';
import { searchableTexts } from '../search/searchable.ts';
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

/** What entries are found by, a list for each person in each session. */
export function termsOfEntries(
  pseudonym: Pseudonym,
  projectId: string,
  entries: readonly IndexedEntry[],
): NewTerms[] {
  const hash = termHasherOf(pseudonym, projectId);
  const found = new Map<string, { sessionId: string; subjectId: string; terms: Set<string> }>();
  for (const { sessionId, subjectId, staffId, content, attachments = [] } of entries) {
    const key = `${sessionId}/${subjectId}`;
    const { terms } = found.get(key) ?? { terms: new Set<string>() };
    found.set(key, { sessionId, subjectId, terms });
    const files = attachments.map((file) => file.content);
    for (const term of termsOf(searchableTexts(content, files))) terms.add(term);
    if (staffId) terms.add(agentTerm(staffId));
  }
  return [...found.values()].map(({ terms, ...whose }) => ({ ...whose, terms: hashTerms(hash, terms) }));
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
