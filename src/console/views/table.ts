import { html } from 'hono/html';
import type { Content, Html } from './html.ts';

/** A column of a table: its heading, and what stands in it. */
export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => Content;
  /** Numbers stand right. */
  readonly numeric?: boolean;
  /** The cell that names its row to a screen reader; one column has it. */
  readonly names?: boolean;
}

/**
 * A table with a caption. On a phone it scrolls by itself, so the page does not. Without rows it is the
 * sentence `empty`.
 */
export function table<Row>(look: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** What to say, and what to do, where there is nothing. */
  readonly empty: Content;
  /** The caption is read out and not shown, where a heading says the same. */
  readonly captionHidden?: boolean;
}): Html {
  const { caption, columns, rows } = look;
  if (rows.length === 0) return emptyState(look.empty);
  return html`<div class="scrolls" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption class="${look.captionHidden ? 'unseen' : ''}">
        <span>${caption}</span>
      </caption>
      <thead>
        <tr>
          ${columns.map(
            ({ heading, numeric }) =>
              html`<th scope="col" class="${numeric ? 'numeric' : ''}">${heading}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map((column) => cell(column, row))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function cell<Row>({ cell: contentOf, numeric, names }: Column<Row>, row: Row): Html {
  const content = contentOf(row);
  if (names) return html`<th scope="row">${content}</th>`;
  return html`<td class="${numeric ? 'numeric' : ''}">${content}</td>`;
}

/** What stands where a list has nothing: why, and what to do. */
export function emptyState(content: Content): Html {
  return html`<p class="empty">${content}</p>`;
}

/**
 * Links to the first and the next page of a list that is read by key: the address of the next page carries the
 * last row's key, so that rows which come and go in between are neither skipped nor shown twice.
 */
export function pager(look: {
  /** The address of this list without the key, with whatever filters it has. */
  readonly first: string;
  /** The address with the key; absent on the last page. */
  readonly next?: string | undefined;
  /** Whether this is the first page. */
  readonly isFirst: boolean;
}): Html | '' {
  if (look.isFirst && !look.next) return '';
  return html`<nav class="pager" aria-label="Pages of this list">
    ${look.isFirst ? '' : html`<a href="${look.first}">Back to the first page</a>`}
    ${look.next ? html`<a href="${look.next}" rel="next">Next page</a>` : html`<span>That is all.</span>`}
  </nav>`;
}

/** An address with some of its query changed; what is `undefined` is taken out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') params.set(name, String(value));
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}
