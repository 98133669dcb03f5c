import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AppError } from '../domain/errors.ts';
import { openDirectoryStore } from './directory.ts';
import { openGcsStore } from './gcs.ts';
import type { GcsOptions } from './gcs.ts';
import type { ArchiveStore } from './store.ts';

/**
 * Opens the store behind an address: `gs://bucket/prefix` or `file:///directory`. Throws `config_invalid`
 * for any other.
 */
export async function openStore(
  url: string,
  deps: { readonly gcs?: GcsOptions } = {},
): Promise<ArchiveStore> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'gs:') return openGcsStore(url, deps.gcs);
  if (parsed?.protocol === 'file:') return await openDirectoryStore(fileURLToPath(parsed));
  throw new AppError(
    'config_invalid',
    `${JSON.stringify(url)} is not the address of an archive store. Use gs://bucket/prefix or file:///directory.`,
  );
}

/** The one spelling of an address, whichever way somebody wrote it; what is no address stays as it is. */
export function storeAddress(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'file:') return pathToFileURL(resolve(fileURLToPath(parsed))).href;
  if (parsed?.protocol === 'gs:') return url.replace(/\/+$/, '');
  return url;
}
