import { createHmac, createSecretKey } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { latinLanguagesOf, stemsOf } from './stems.ts';
import { gramsOf, linkOf, tokensOf, type Token } from './tokens.ts';

/** A text with its tokens, and the languages that its words are taken for once somebody asks. */
export interface Analysed {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly languages: () => readonly string[];
}

export function analyse(text: string): Analysed {
  const tokens = tokensOf(text);
  let languages: readonly string[] | undefined;
  return {
    text,
    tokens,
    languages: () => (languages ??= latinLanguagesOf(tokens.map(({ folded }) => folded))),
  };
}

/** Everything that texts are found by, in clear: stems of words, joined words, parts of runs, signs. */
export function termsOf(texts: Iterable<string>): Set<string> {
  const terms = new Set<string>();
  for (const text of texts) {
    const { tokens, languages } = analyse(text);
    for (const [at, token] of tokens.entries()) {
      const own = token.kind === 'run' ? gramsOf(token.folded) : stemsOf(token.folded, languages());
      for (const term of own) terms.add(term);
      const before = tokens[at - 1];
      if (token.linked && token.kind === 'word' && before?.kind === 'word')
        terms.add(linkOf(before.folded, token.folded));
    }
  }
  return terms;
}

/** What the answers of a staff member are found by. */
export function agentTerm(staffId: string): string {
  return `agent:${staffId}`;
}

/** Names terms by what says nothing to whoever lacks the key. */
export type TermHasher = (term: string) => number;

/**
 * The first 32 bits of HMAC-SHA-256. So short that different words can meet, about two in 100,000 of a large
 * vocabulary: what is found is looked at before it is shown.
 */
export function createTermHasher(key: Buffer): TermHasher {
  const secret = createSecretKey(key);
  const known = new LRUCache<string, number>({ max: 50_000 });
  return (term) => {
    const before = known.get(term);
    if (before !== undefined) return before;
    const hash = createHmac('sha256', secret).update(term).digest().readInt32BE(0);
    known.set(term, hash);
    return hash;
  };
}

/** The terms of texts, hashed, each once, in order. */
export function hashTerms(hash: TermHasher, terms: Iterable<string>): number[] {
  return [...new Set(Array.from(terms, hash))].sort((a, b) => a - b);
}
