import { html } from 'hono/html';
import type { Context } from 'hono';
import type { z } from 'zod';
import { setFlash } from '../db/web-sessions.ts';
import type { Cookies } from './cookies.ts';
import type { ConsoleDeps } from './deps.ts';
import { TOKEN_FIELD } from './forgery.ts';
import type { Frames, Standpoint } from './frame.ts';
import { SVG_POLICY } from './headers.ts';
import { notFound, type PublicPage, type Sent } from './page.ts';
import { hidden } from './views/fields.ts';

type Given = Record<string, string | File | (string | File)[]>;

const FORM = 'form';
/** Under which a request keeps its line of the table: addresses may hold the secret of a link, lines do not. */
export const ROUTE = 'route';

/** The form of a request, read once. */
export async function readForm(c: Context): Promise<Given> {
  const known = c.get(FORM) as Given | undefined;
  if (known) return known;
  const read = await c.req.parseBody({ all: true });
  c.set(FORM, read);
  return read;
}

/** What a handler gets, as far as it is the same for all. */
export function createPage(of: {
  readonly c: Context;
  readonly now: Date;
  readonly at: Standpoint;
  readonly deps: Pick<ConsoleDeps, 'db'>;
  readonly frames: Frames;
  readonly cookies: Cookies;
}): PublicPage {
  const { c, now, at, deps, frames, cookies } = of;
  return {
    c,
    now,
    theme: cookies.theme(c),
    person: at.person,
    param(name) {
      const value = c.req.param(name);
      if (value === undefined) throw notFound();
      return value;
    },
    query: (schema) => readQuery(c, schema),
    form: async (schema) => readFields(await readForm(c), schema),
    async file(name) {
      const given = (await readForm(c))[name];
      return given instanceof File && given.size > 0 ? given : undefined;
    },
    postForm: ({ to, body, multipart, label }) =>
      html`<form
        method="post"
        action="${to}"
        ${multipart ? html`enctype="multipart/form-data"` : ''}
        ${label ? html`aria-label="${label}"` : ''}
      >
        ${hidden(TOKEN_FIELD, frames.token(c))}${body}
      </form>`,
    html: (view, status = 200) => frames.render(c, at, view, status),
    async redirect(to, flash) {
      if (flash && at.session) await setFlash(deps.db, at.session.id, flash);
      return c.redirect(to, 303);
    },
    svg: (picture) =>
      c.body(picture, 200, { 'content-type': 'image/svg+xml', 'content-security-policy': SVG_POLICY }),
    download: (body, name, type) =>
      c.body(body, 200, {
        'content-type': type,
        'content-disposition': `attachment; filename="${name.replace(/[^\w.-]/g, '_')}"`,
      }),
  };
}

/** Each part of the query by itself, so that one that does not fit costs only itself. */
function readQuery<S extends z.ZodObject>(c: Context, schema: S): Partial<z.output<S>> {
  const given = new URL(c.req.url).searchParams;
  const read = Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([name, part]) => {
    const all = given.getAll(name).filter((value) => value !== '');
    if (all.length === 0) return [];
    const single = part.safeParse(all[0]);
    const parsed = single.success ? single : part.safeParse(all);
    return parsed.success ? [[name, parsed.data] as const] : [];
  });
  return Object.fromEntries(read) as Partial<z.output<S>>;
}

function readFields<S extends z.ZodObject>(given: Given, schema: S): Sent<z.output<S>> {
  const shape = schema.shape as Record<string, z.ZodType>;
  // What was left empty counts as not given; a list is a list with one choice as well.
  const cleaned = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === '' || !(name in shape) ? [] : [[name, value]],
    ),
  );
  const parsed = schema.safeParse(cleaned);
  if (parsed.success) return { ok: true, values: parsed.data };
  const errors: Record<string, string> = {};
  for (const { path, message } of parsed.error.issues) errors[String(path[0] ?? '')] ??= message;
  const texts = Object.entries(given).flatMap(([name, value]) =>
    typeof value === 'string' && name !== TOKEN_FIELD ? [[name, value] as const] : [],
  );
  return { ok: false, state: { values: Object.fromEntries(texts), errors } };
}
