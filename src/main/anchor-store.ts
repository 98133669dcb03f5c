import type { ArchiveStore } from '../archive/store.ts';
import type { AnchorStore } from '../audit/anchor.ts';
import { AppError } from '../domain/errors.ts';

/**
 * Keeps heads of the audit log in an archive store.
 *
 * @param open opens the store, which is not needed before the first head is signed
 */
export function createAnchorStore(open: () => Promise<ArchiveStore>): AnchorStore {
  async function get(name: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of (await open()).get(name)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  return {
    get,
    async put(name, body) {
      const store = await open();
      try {
        await store.put(name, body, { ifGeneration: '0', metadata: {} });
      } catch (error) {
        // After a lost answer the head is there already.
        if (!(error instanceof AppError) || error.code !== 'object_exists') throw error;
        if (!body.equals(await get(name))) throw error;
      }
    },
    async *list(prefix) {
      const store = await open();
      for await (const { name, state } of store.list(prefix)) if (state === 'live') yield name;
    },
  };
}
