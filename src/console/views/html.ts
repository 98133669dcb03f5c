import type { HtmlEscapedString } from 'hono/utils/html';

/** Markup that `html` of `hono/html` made: everything put into it is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** What may stand in a cell or between tags: text is escaped, markup is not. */
export type Content = Html | string | number;
