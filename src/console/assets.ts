import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Hono } from 'hono';

const FILES = { style: 'console.css', script: 'console.js', icon: 'icon.svg' } as const;
const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The files beside the pages, under names that change with what is in them, so that browsers keep them for good. */
export interface Assets {
  readonly paths: Readonly<Record<keyof typeof FILES, string>>;
  /** Serves them below `/assets`. */
  readonly app: Hono;
}

/** Reads the files once. */
export async function openAssets(directory = join(import.meta.dirname, 'assets')): Promise<Assets> {
  const app = new Hono();
  const named = await Promise.all(
    Object.entries(FILES).map(async ([name, file]) => {
      const bytes = await readFile(join(directory, file));
      const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 12);
      const type = extname(file);
      const path = `/${name}-${hash}${type}`;
      app.get(path, (c) =>
        c.body(bytes, 200, {
          'content-type': TYPES[type] ?? 'application/octet-stream',
          'cache-control': 'public, max-age=31536000, immutable',
          'x-content-type-options': 'nosniff',
        }),
      );
      return [name, `/assets${path}`] as const;
    }),
  );
  return { paths: Object.fromEntries(named) as Assets['paths'], app };
}
