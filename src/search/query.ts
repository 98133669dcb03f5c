import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import { languageTag } from '../domain/languages.ts';
import { ATTACHMENT_KINDS, SESSION_KINDS } from '../domain/messages.ts';
import { PHASES } from '../domain/phases.ts';
import { cutQuery, type Piece } from './query-pieces.ts';
import { wordsOf, type Words } from './words.ts';

const NAMES = 'user tag project phase agent has lang kind from to';
export type Dimension =
  'user' | 'tag' | 'project' | 'phase' | 'agent' | 'has' | 'lang' | 'kind' | 'from' | 'to';
export const DIMENSIONS = NAMES.split(' ') as readonly Dimension[];

/** What a query asks of a session. */
export type Query =
  | { readonly kind: 'words'; readonly words: Words }
  | { readonly kind: 'dimension'; readonly dimension: Dimension; readonly value: string }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Query[] }
  | { readonly kind: 'not'; readonly of: Query };

/** A query that cannot be read, and where in it. Says nothing of its words: they may be a person's. */
export class QueryError extends AppError {
  /** Counted from 0, in UTF-16 units. */
  readonly at: number;

  constructor(at: number, what: string) {
    super('input_invalid', `The query cannot be read at character ${at + 1}: ${what}`);
    this.at = at;
  }
}

/**
 * Reads a query: words (all of them), `OR`, "phrases", `-exclusion`, brackets, and dimensions such as
 * `tag:refund` or `from:2026-01-31`.
 *
 * @throws QueryError
 */
export function parseQuery(text: string): Query {
  const pieces = cutQuery(text, (at, what) => new QueryError(at, what));
  const reader = new Reader(pieces, text.length);
  const query = reader.alternatives();
  reader.end();
  if (!asksForSomething(query))
    throw new QueryError(0, 'it only excludes. Add a word or a dimension to look for.');
  return query;
}

const MOST_DEPTH = 20;

class Reader {
  readonly #pieces: readonly Piece[];
  readonly #length: number;
  #next = 0;
  #depth = 0;

  constructor(pieces: readonly Piece[], length: number) {
    this.#pieces = pieces;
    this.#length = length;
  }

  alternatives(): Query {
    const of = [this.#all()];
    while (this.#take('or')) of.push(this.#all());
    return joined('or', of);
  }

  end(): void {
    const rest = this.#pieces[this.#next];
    if (rest) throw new QueryError(rest.at, 'this bracket closes nothing. Remove it.');
  }

  #all(): Query {
    const of: Query[] = [];
    for (;;) {
      if (of.length > 0 && this.#take('and')) {
        of.push(this.#one());
        continue;
      }
      const piece = this.#pieces[this.#next];
      if (of.length > 0 && (!piece || piece.kind === 'or' || piece.kind === 'close'))
        return joined('and', of);
      of.push(this.#one());
    }
  }

  #one(): Query {
    const piece = this.#pieces[this.#next];
    if (!piece) throw new QueryError(this.#length, 'a word, a "phrase" or a dimension is missing here.');
    this.#next += 1;
    if (piece.kind === 'not') return { kind: 'not', of: this.#one() };
    if (piece.kind === 'open') return this.#bracket(piece.at);
    if (piece.kind === 'text') return textQuery(piece);
    if (piece.kind === 'dimension') return dimensionQuery(piece);
    throw new QueryError(piece.at, 'a word, a "phrase" or a dimension is missing before this.');
  }

  #bracket(at: number): Query {
    if (++this.#depth > MOST_DEPTH)
      throw new QueryError(at, `brackets are ${MOST_DEPTH} deep at most. Write it with fewer.`);
    const query = this.alternatives();
    if (!this.#take('close')) throw new QueryError(at, 'this bracket is never closed. Add ")".');
    this.#depth -= 1;
    return query;
  }

  #take(kind: Piece['kind']): boolean {
    if (this.#pieces[this.#next]?.kind !== kind) return false;
    this.#next += 1;
    return true;
  }
}

function joined(kind: 'and' | 'or', of: readonly Query[]): Query {
  const [only, ...others] = of;
  return only && others.length === 0 ? only : { kind, of };
}

function textQuery({ at, text, quoted }: Piece & { kind: 'text' }): Query {
  const found = wordsOf(text, quoted);
  if (found.length === 0)
    throw new QueryError(at, 'there is no letter, digit or emoji in this. Write a word.');
  return joined(
    'and',
    found.map((words) => ({ kind: 'words', words })),
  );
}

const uuid = z.uuid();

const VALUES: Readonly<
  Record<Dimension, { readonly is: (value: string) => boolean; readonly expected: string }>
> = {
  user: { is: isPerson, expected: 'a Telegram id or the id of a subject' },
  agent: { is: isPerson, expected: 'a Telegram id or the id of a staff member' },
  tag: { is: (value) => value.length > 0, expected: 'a tag' },
  project: { is: (value) => value.length > 0, expected: 'the id of a project' },
  phase: oneOf(PHASES),
  has: oneOf(['attachment', ...ATTACHMENT_KINDS]),
  kind: oneOf(SESSION_KINDS),
  lang: { is: (value) => languageTag.safeParse(value).success, expected: 'a language such as en or pt-br' },
  from: { is: isDay, expected: 'a day such as 2026-01-31' },
  to: { is: isDay, expected: 'a day such as 2026-01-31' },
};

function dimensionQuery({ at, name, value, valueAt }: Piece & { kind: 'dimension' }): Query {
  const dimension = DIMENSIONS.find((one) => one === name);
  if (!dimension)
    throw new QueryError(
      at,
      `there is no such dimension. Write ${DIMENSIONS.join(', ')}; or put quotes around a text with a colon.`,
    );
  const wanted = dimension === 'tag' || dimension === 'project' ? value : value.toLowerCase();
  const { is, expected } = VALUES[dimension];
  if (!is(wanted)) throw new QueryError(valueAt, `${dimension}: takes ${expected}.`);
  return { kind: 'dimension', dimension, value: wanted };
}

function oneOf(values: readonly string[]) {
  return { is: (value: string) => values.includes(value), expected: `one of ${values.join(', ')}` };
}

function isPerson(value: string): boolean {
  return /^\d{1,15}$/.test(value) || uuid.safeParse(value).success;
}

function isDay(value: string): boolean {
  return z.iso.date().safeParse(value).success;
}

/** Whether it names something that a session has to have. */
function asksForSomething(query: Query): boolean {
  if (query.kind === 'not') return false;
  if (query.kind === 'and') return query.of.some(asksForSomething);
  return query.kind !== 'or' || query.of.every(asksForSomething);
}
