import type { Kysely } from 'kysely';
import type { CliServices } from '../cli/deps.ts';
import type { FileKeyEncryptionKeys } from '../vault/file-kek.ts';
import type { VaultDatabase } from '../vault/tables.ts';
import { rewrapAll } from '../vault/wrapping.ts';

/** The key encryption keys as the command line handles them. */
export function createKeyRing(deps: {
  keysDb: Kysely<VaultDatabase>;
  kek: FileKeyEncryptionKeys;
}): CliServices['keyRing'] {
  const { keysDb, kek } = deps;
  return {
    rotate: () => kek.rotate(new Date()),
    async rewrapAll() {
      const { id: current } = await kek.current();
      return { current, ...(await rewrapAll({ db: keysDb, kek })) };
    },
  };
}
