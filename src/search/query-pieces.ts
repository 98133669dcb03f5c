/** A query cut into what the grammar knows. */
export type Piece =
  | { readonly kind: 'open' | 'close' | 'or' | 'and' | 'not'; readonly at: number }
  | { readonly kind: 'text'; readonly at: number; readonly text: string; readonly quoted: boolean }
  | {
      readonly kind: 'dimension';
      readonly at: number;
      readonly name: string;
      readonly value: string;
      readonly valueAt: number;
    };

/** Quotes as keyboards and messengers write them. */
const QUOTES: Readonly<Record<string, string>> = {
  '"': '"“”',
  '“': '”“"',
  '”': '”"',
  '„': '“”"',
  '«': '»',
  '「': '」',
};
const DIMENSION = /^([a-z]+):(?!\/\/)/i;
const PLAIN = /[^\s()]+/y;

/**
 * Cuts a query. A dash excludes where a piece begins with it; inside a word it is part of the word.
 *
 * @param error makes the error for a place that cannot be read
 */
export function cutQuery(query: string, error: (at: number, what: string) => Error): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < query.length;) {
    const sign = query[at] ?? '';
    if (/\s/.test(sign)) at += 1;
    else if (sign === '(' || sign === ')') pieces.push({ kind: sign === '(' ? 'open' : 'close', at: at++ });
    else if (isExclusion(query, at)) pieces.push({ kind: 'not', at: at++ });
    else {
      const { piece, end } = sign in QUOTES ? quoted(query, at, error) : plain(query, at, error);
      pieces.push(piece);
      at = end;
    }
  }
  return pieces;
}

function isExclusion(query: string, at: number): boolean {
  return query[at] === '-' && /[^\s)-]/.test(query[at + 1] ?? ' ');
}

function quoted(query: string, at: number, error: (at: number, what: string) => Error) {
  const closing = QUOTES[query[at] ?? ''] ?? '';
  let end = at + 1;
  while (end < query.length && !closing.includes(query[end] ?? '')) end += 1;
  if (end === query.length) throw error(at, 'this quote is never closed. Add its end.');
  const text = query.slice(at + 1, end);
  return { piece: { kind: 'text', at, text, quoted: true } as const, end: end + 1 };
}

function plain(query: string, at: number, error: (at: number, what: string) => Error) {
  PLAIN.lastIndex = at;
  const [text = ''] = PLAIN.exec(query) ?? [];
  if (text === 'OR' || text === 'AND')
    return { piece: { kind: text === 'OR' ? 'or' : 'and', at } as const, end: at + text.length };
  const [head, name] = DIMENSION.exec(text) ?? [];
  if (head === undefined || name === undefined)
    return { piece: { kind: 'text', at, text, quoted: false } as const, end: at + text.length };
  const valueAt = at + head.length;
  const inQuotes = (query[valueAt] ?? ' ') in QUOTES ? quoted(query, valueAt, error) : undefined;
  const value = inQuotes ? inQuotes.piece.text : text.slice(head.length);
  return {
    piece: { kind: 'dimension', at, name: name.toLowerCase(), value, valueAt } as const,
    end: inQuotes?.end ?? at + text.length,
  };
}
