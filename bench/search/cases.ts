import type { Language } from './corpus.ts';
import type { Asked } from './peers.ts';

export type Words = readonly { readonly language: Language; readonly word: string }[];

/** Queries of one kind. */
export interface Case {
  readonly name: string;
  readonly queries: readonly {
    readonly query: string;
    /** What a peer is asked; absent where only tables that all share are. */
    readonly plain?: Asked;
  }[];
}

/** Each dimension alone, and what people put together. */
export function casesOf(words: Readonly<Record<'rare' | 'middle' | 'frequent', Words>>): Case[] {
  const { rare, middle, frequent } = words;
  const single = (name: string, some: Words): Case => ({
    name,
    queries: some.map(({ word }) => ({ query: word, plain: { words: [word] } })),
  });
  const pairs = (name: string, one: Words, other: Words, by: string): Case => ({
    name,
    queries: one.flatMap(({ language, word }, at) => {
      const second = other.filter((same) => same.language === language)[at % 3]?.word;
      if (!second || second === word) return [];
      return [{ query: `${word}${by}${second}`, ...(by === ' ' && { plain: { words: [word, second] } }) }];
    }),
  });
  const narrowed = (name: string, suffix: string, more?: 'tag' | 'range'): Case => ({
    name,
    queries: middle.map(({ word }) => ({
      query: `${word} ${suffix}`,
      ...(more && { plain: { words: [word], more } }),
    })),
  });
  const dimension = (name: string, ...queries: string[]): Case => ({
    name,
    queries: queries.flatMap((query) => [{ query }, { query }, { query }]),
  });
  return [
    single('a rare word', rare),
    single('a word of middling frequency', middle),
    single('a frequent word', frequent),
    pairs('two words: frequent and middling', frequent, middle, ' '),
    pairs('two words: middling and rare', middle, rare, ' '),
    pairs('either of two words', middle, rare, ' OR '),
    pairs('one word without another', middle, frequent, ' -'),
    narrowed('word and tag', 'tag:complaint', 'tag'),
    narrowed('word and days', 'from:2025-06-01 to:2025-08-31', 'range'),
    narrowed('word and person', 'user:10000100'),
    narrowed(
      'word, tag, days, attachment, agent',
      'tag:complaint from:2025-01-01 to:2025-12-31 has:photo agent:601',
    ),
    dimension('tag', 'tag:complaint', 'tag:sensitive'),
    dimension('days', 'from:2025-06-01 to:2025-06-30', 'from:2024-12-24 to:2024-12-24'),
    dimension('user', 'user:10000100', 'user:10001000'),
    dimension('agent', 'agent:601', 'agent:630'),
    dimension('attachment', 'has:photo', 'has:voice'),
    dimension('language', 'lang:es', 'lang:zh'),
    dimension('project and phase', 'project:bench phase:closed'),
    dimension('tag, days, attachment, language', 'tag:refund from:2025-01-01 has:document lang:ru'),
  ];
}
