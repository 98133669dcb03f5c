import type { Kysely } from 'kysely';
import type { KeyEncryptionKeys } from './key-encryption-key.ts';
import { findKeysNotUnder, registerKek, replaceWrapping, retireUnusedKeks } from './queries.ts';
import type { KeyScope } from './queries.ts';
import type { VaultDatabase } from './tables.ts';

/** What a wrapped key is bound to, so that a key cannot be passed off as that of another session or person. */
export function wrappingContext(key: KeyScope & { readonly id: string }): Buffer {
  return Buffer.from(
    `telegram-retention/data-key/1\0${key.id}\0${key.sessionId ?? ''}\0${key.subjectId}`,
    'utf8',
  );
}

export interface Rewrapped {
  /** Data keys that were wrapped anew. */
  readonly keys: number;
  /** Key encryption keys that no data key needs any more. */
  readonly retired: string[];
}

/**
 * Wraps every data key anew under the current key encryption key, in batches. What it has done needs no
 * doing again, so after a crash it is simply called once more.
 */
export async function rewrapAll(deps: {
  readonly db: Kysely<VaultDatabase>;
  readonly kek: KeyEncryptionKeys;
  readonly batchSize?: number;
  readonly onBatch?: (done: number) => void;
}): Promise<Rewrapped> {
  const { db, kek, batchSize = 500 } = deps;
  const current = await kek.current();
  await registerKek(db, { id: current.id, provider: kek.provider });
  let done = 0;
  for (;;) {
    const batch = await findKeysNotUnder(db, current.id, batchSize);
    if (batch.length === 0) break;
    const wrapped = await Promise.all(
      batch.map(async (key) => {
        const context = wrappingContext(key);
        const bytes = await (await kek.byId(key.kekId)).unwrap(key.wrapped, context);
        return { id: key.id, wrapped: await current.wrap(bytes, context) };
      }),
    );
    done += await replaceWrapping(db, current.id, wrapped);
    deps.onBatch?.(done);
  }
  return { keys: done, retired: await retireUnusedKeks(db, current.id) };
}
