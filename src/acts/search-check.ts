import type { AuthorRole } from '../domain/messages.ts';
import { isAnsweredBy, wanted, wordsIn, type DimensionQuery } from '../search/plan.ts';
import type { Query } from '../search/query.ts';
import { findIn, snippetOf, type Snippet } from '../search/snippet.ts';
import type { Words } from '../search/words.ts';
import type { OpenedText } from './search-texts.ts';

/** What the opened texts of a session show. */
export interface CheckedSession {
  /** The first entries that hold a word, each with its words marked. */
  readonly snippets: readonly {
    readonly author: AuthorRole;
    readonly at: Date;
    readonly pieces: Snippet;
  }[];
}

const MOST_SNIPPETS = 3;

/** Looks a session's texts through; `null` where they are not what the query asks for. */
export function checkTexts(
  query: Query,
  texts: readonly OpenedText[],
  meets: (dimension: DimensionQuery) => boolean,
): CheckedSession | null {
  const all = wordsIn(query);
  const shown = new Set(wanted(query));
  const seen = new Set<Words>();
  const snippets: CheckedSession['snippets'][number][] = [];
  for (const { text, author, at } of texts) {
    const places = findIn(text, all);
    for (const words of places.keys()) seen.add(words);
    const marked = [...places].flatMap(([words, found]) => (shown.has(words) ? found : []));
    if (marked.length > 0 && snippets.length < MOST_SNIPPETS)
      snippets.push({ author, at, pieces: snippetOf(text, marked) });
    if (seen.size === all.length && snippets.length === MOST_SNIPPETS) break;
  }
  return isAnsweredBy(query, (words) => seen.has(words), meets) ? { snippets } : null;
}
