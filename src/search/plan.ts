import type { Dimension, Query } from './query.ts';
import { needOf, type Need, type Words } from './words.ts';

export type DimensionQuery = Query & { kind: 'dimension' };

/** What the index can be asked of a query; what it cannot is decided on the opened texts. */
export type Question =
  | { readonly kind: 'need'; readonly need: Need }
  | { readonly kind: 'dimension'; readonly dimension: Dimension; readonly value: string }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Question[] }
  | { readonly kind: 'not'; readonly of: Question }
  | { readonly kind: 'anything' };

/**
 * The question that every session answers with yes which the query asks for, and few others: excluded words
 * are not part of it, since a hash that two words share must not hide a session.
 */
export function questionOf(query: Query): Question {
  switch (query.kind) {
    case 'words':
      return { kind: 'need', need: needOf(query.words) };
    case 'dimension':
      return query;
    case 'not':
      return wordsIn(query.of).length > 0 ? { kind: 'anything' } : { kind: 'not', of: questionOf(query.of) };
    case 'and':
      return { kind: 'and', of: query.of.map(questionOf) };
    case 'or':
      return unionOf(query.of.map(questionOf));
  }
}

/** Alternatives of single words are one question: any of all their forms. */
function unionOf(of: readonly Question[]): Question {
  const lists = of.flatMap((one) => (one.kind === 'need' && one.need.length === 1 ? [...one.need] : []));
  return lists.length === of.length
    ? { kind: 'need', need: [[...new Set(lists.flat())]] }
    : { kind: 'or', of };
}

/** Every words that a query names, excluded ones too. */
export function wordsIn(query: Query): Words[] {
  if (query.kind === 'words') return [query.words];
  if (query.kind === 'dimension') return [];
  return query.kind === 'not' ? wordsIn(query.of) : query.of.flatMap(wordsIn);
}

/** What sessions are ranked by; nothing where all that answer have as much of it. */
export function rankedBy(query: Query): Question[] {
  const looked = hasAlternatives(query) ? wanted(query) : [];
  return [
    ...looked.map(needed),
    // What shows an excluded word in the index is most likely not an answer, and is opened last.
    ...unwanted(query).map((words): Question => ({ kind: 'not', of: needed(words) })),
  ];
}

function needed(words: Words): Question {
  return { kind: 'need', need: needOf(words) };
}

function unwanted(query: Query): Words[] {
  if (query.kind === 'and') return query.of.flatMap(unwanted);
  return query.kind === 'not' && query.of.kind === 'words' ? [query.of.words] : [];
}

/** The words that are looked for, without those that are excluded. */
export function wanted(query: Query): Words[] {
  if (query.kind === 'words') return [query.words];
  return query.kind === 'and' || query.kind === 'or' ? query.of.flatMap(wanted) : [];
}

function hasAlternatives(query: Query): boolean {
  if (query.kind === 'and') return query.of.some(hasAlternatives);
  return query.kind === 'or' && wanted(query).length > 0;
}

/** The dimensions whose answer the texts alone do not settle: those under alternatives or exclusions of words. */
export function mixedDimensions(query: Query): DimensionQuery[] {
  if (wordsIn(query).length === 0 || query.kind === 'dimension') return [];
  return query.kind === 'and' ? query.of.flatMap(mixedDimensions) : dimensionsIn(query);
}

export function dimensionsIn(query: Query): DimensionQuery[] {
  if (query.kind === 'dimension') return [query];
  if (query.kind === 'words') return [];
  return query.kind === 'not' ? dimensionsIn(query.of) : query.of.flatMap(dimensionsIn);
}

/**
 * Whether a session that answers the question is what the query asks for.
 *
 * @param has whether the opened texts hold these words
 * @param meets whether the session meets one of the mixed dimensions; any other is settled by the question
 */
export function isAnsweredBy(
  query: Query,
  has: (words: Words) => boolean,
  meets: (dimension: DimensionQuery) => boolean,
): boolean {
  if (wordsIn(query).length === 0) return true;
  if (query.kind === 'and') return query.of.every((one) => isAnsweredBy(one, has, meets));
  return holds(query, has, meets);
}

function holds(
  query: Query,
  has: (words: Words) => boolean,
  meets: (dimension: DimensionQuery) => boolean,
): boolean {
  switch (query.kind) {
    case 'words':
      return has(query.words);
    case 'dimension':
      return meets(query);
    case 'not':
      return !holds(query.of, has, meets);
    case 'and':
      return query.of.every((one) => holds(one, has, meets));
    case 'or':
      return query.of.some((one) => holds(one, has, meets));
  }
}
