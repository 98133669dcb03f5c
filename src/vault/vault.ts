import { randomBytes, randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import { AppError } from '../domain/errors.ts';
import type { KeyEncryptionKeys } from './key-encryption-key.ts';
import {
  countDestroyedScopes,
  countKeysOfSession,
  destroyKeys,
  findEmptiedSessions,
  findKeysById,
  findKeysOfScopes,
  insertKeys,
  registerKek,
} from './queries.ts';
import type { DestroyScope, KeyScope, WrappedKey } from './queries.ts';
import { keyIdOf, openText, sealText } from './sealed-text.ts';
import type { DataKey } from './sealed-text.ts';
import type { VaultDatabase } from './tables.ts';
import { wrappingContext } from './wrapping.ts';

export type { DataKey } from './sealed-text.ts';
export type { DestroyScope, KeyScope } from './queries.ts';

export interface SealedItem {
  readonly sealed: Buffer;
  readonly context: string;
}

/** Makes, keeps and destroys data keys, and seals and opens texts with them. */
export interface Vault {
  /**
   * The keys of these scopes, in the same order, made where they are missing: one round trip for all when
   * they exist, two when some are made. Two processes that ask at once get the same key.
   *
   * Throws `key_destroyed` for a session's scope whose key was destroyed: what is deleted is not written again.
   */
  keysFor(scopes: readonly KeyScope[]): Promise<DataKey[]>;
  /** @param context where the text belongs, for instance table, column and row id; opening asks for the same */
  seal(key: DataKey, context: string, plaintext: Buffer | string): Buffer;
  /** Throws `sealed_text_damaged`, `key_destroyed` or `key_unknown`. */
  open(sealed: Buffer, context: string): Promise<Buffer>;
  /** Opens many, with one round trip for the keys that are not at hand. The first that fails fails all. */
  openMany(items: readonly SealedItem[]): Promise<Buffer[]>;
  /** Throws `key_destroyed` or `key_unknown`. */
  keyById(id: string): Promise<DataKey>;
  /**
   * Destroys the keys and returns how many went now; a repetition returns 0. Other processes may hold a
   * destroyed key in memory for `cacheTtlMs` more.
   */
  destroy(scope: DestroyScope): Promise<number>;
  /** How many of these keys were destroyed, now or before. */
  destroyedAmong(scopes: readonly KeyScope[]): Promise<number>;
  /** Which of these sessions had keys and have none any more. */
  emptied(sessionIds: readonly string[]): Promise<string[]>;
  /** How many keys the session still has, read back from the database. */
  stillThere(sessionId: string): Promise<number>;
}

export interface VaultDeps {
  readonly db: Kysely<VaultDatabase>;
  readonly kek: KeyEncryptionKeys;
  /** How long a key stays in memory, and so how long another process can use one that was destroyed. */
  readonly cacheTtlMs?: number;
  readonly cacheMax?: number;
}

interface CachedKey extends KeyScope {
  readonly key: DataKey;
}

/** How often a lost race for a scope is looked up again before giving up. */
const RACE_ATTEMPTS = 3;

export function createVault({ db, kek, cacheTtlMs = 60_000, cacheMax = 20_000 }: VaultDeps): Vault {
  const byId = new LRUCache<string, CachedKey>({ max: cacheMax, ttl: cacheTtlMs });
  const byScope = new LRUCache<string, CachedKey>({ max: cacheMax, ttl: cacheTtlMs });
  const registered = new Set<string>();
  // Grows with each destruction: keys read before it must not enter the cache after it.
  let destructions = 0;

  function remember(keys: readonly CachedKey[], readAt: number): void {
    if (readAt !== destructions) return;
    for (const cached of keys) {
      byId.set(cached.key.id, cached);
      byScope.set(scopeText(cached), cached);
    }
  }

  function forget(scope: DestroyScope): void {
    destructions += 1;
    for (const cache of [byId, byScope]) {
      for (const [name, cached] of cache.entries()) {
        const hit =
          (scope.sessionId === undefined || scope.sessionId === cached.sessionId) &&
          (scope.subjectId === undefined || scope.subjectId === cached.subjectId);
        if (hit) cache.delete(name);
      }
    }
  }

  async function unwrap(wrapped: WrappedKey): Promise<CachedKey> {
    const wrapping = await kek.byId(wrapped.kekId);
    const bytes = await wrapping.unwrap(wrapped.wrapped, wrappingContext(wrapped));
    return { sessionId: wrapped.sessionId, subjectId: wrapped.subjectId, key: { id: wrapped.id, bytes } };
  }

  async function makeKeys(scopes: readonly KeyScope[]): Promise<CachedKey[]> {
    const wrapping = await kek.current();
    if (!registered.has(wrapping.id)) {
      await registerKek(db, { id: wrapping.id, provider: kek.provider });
      registered.add(wrapping.id);
    }
    const made = scopes.map((scope) => ({ ...scope, key: { id: randomUUID(), bytes: randomBytes(32) } }));
    const rows = await Promise.all(
      made.map(async ({ sessionId, subjectId, key }): Promise<WrappedKey> => {
        const wrapped = await wrapping.wrap(key.bytes, wrappingContext({ id: key.id, sessionId, subjectId }));
        return { id: key.id, sessionId, subjectId, kekId: wrapping.id, wrapped };
      }),
    );
    const taken = await insertKeys(db, rows);
    return made.filter(({ key }) => taken.has(key.id));
  }

  async function findOrMake(missing: Map<string, KeyScope>): Promise<Map<string, DataKey>> {
    const found = new Map<string, DataKey>();
    const take = (keys: readonly CachedKey[], readAt: number) => {
      remember(keys, readAt);
      for (const cached of keys) {
        found.set(scopeText(cached), cached.key);
        missing.delete(scopeText(cached));
      }
    };
    for (let attempt = 0; attempt < RACE_ATTEMPTS && missing.size > 0; attempt++) {
      const readAt = destructions;
      const rows = await findKeysOfScopes(db, [...missing.values()]);
      take(await Promise.all(rows.map(unwrap)), readAt);
      if (missing.size > 0) take(await makeKeys([...missing.values()]), readAt);
    }
    if (missing.size > 0) await refuse([...missing.values()]);
    return found;
  }

  async function refuse(scopes: readonly KeyScope[]): Promise<never> {
    const destroyed = await countDestroyedScopes(db, scopes);
    if (destroyed > 0) {
      throw new AppError(
        'key_destroyed',
        `${destroyed} of the (session, subject) pairs had their key destroyed, among them session ${scopes[0]?.sessionId}. Nothing more can be written to them.`,
      );
    }
    throw new AppError(
      'store_unavailable',
      `${scopes.length} keys are made and destroyed by others at this moment. Try again.`,
    );
  }

  async function keysById(ids: readonly string[]): Promise<Map<string, DataKey>> {
    const found = new Map<string, DataKey>();
    for (const id of ids) {
      const cached = byId.get(id);
      if (cached !== undefined) found.set(id, cached.key);
    }
    const missing = [...new Set(ids)].filter((id) => !found.has(id));
    if (missing.length === 0) return found;
    const readAt = destructions;
    const rows = await findKeysById(db, missing);
    if (rows.destroyed.length > 0) {
      throw new AppError(
        'key_destroyed',
        `Key ${rows.destroyed[0]} was destroyed, so what it sealed is gone for good.`,
      );
    }
    const unwrapped = await Promise.all(rows.keys.map(unwrap));
    remember(unwrapped, readAt);
    for (const { key } of unwrapped) found.set(key.id, key);
    const unknown = missing.find((id) => !found.has(id));
    if (unknown !== undefined) {
      throw new AppError(
        'key_unknown',
        `The vault has never held key ${unknown}. Check that this is the vault that belongs to the data.`,
      );
    }
    return found;
  }

  async function openMany(items: readonly SealedItem[]): Promise<Buffer[]> {
    const ids = items.map((item) => keyIdOf(item.sealed));
    const keys = await keysById(ids);
    return items.map((item, at) => openText(mustHave(keys, ids[at]), item.sealed, item.context));
  }

  return {
    async keysFor(scopes) {
      const found = new Map<string, DataKey>();
      const missing = new Map<string, KeyScope>();
      for (const scope of scopes) {
        const cached = byScope.get(scopeText(scope));
        if (cached !== undefined) found.set(scopeText(scope), cached.key);
        else missing.set(scopeText(scope), { sessionId: scope.sessionId, subjectId: scope.subjectId });
      }
      const rest = await findOrMake(missing);
      return scopes.map((scope) => found.get(scopeText(scope)) ?? mustHave(rest, scopeText(scope)));
    },
    seal: sealText,
    async open(sealed, context) {
      const [opened] = await openMany([{ sealed, context }]);
      return opened as Buffer;
    },
    openMany,
    async keyById(id) {
      return mustHave(await keysById([id]), id);
    },
    async destroy(scope) {
      if (scope.sessionId === undefined && scope.subjectId === undefined) {
        // Reached only past the type: an absent id would match every key there is.
        throw new AppError('input_invalid', 'Destroying keys needs a session or a subject.');
      }
      try {
        return await destroyKeys(db, scope);
      } finally {
        forget(scope);
      }
    },
    destroyedAmong: (scopes) => countDestroyedScopes(db, scopes),
    emptied: (sessionIds) => findEmptiedSessions(db, sessionIds),
    stillThere: (sessionId) => countKeysOfSession(db, sessionId),
  };
}

function scopeText(scope: KeyScope): string {
  return `${scope.sessionId ?? ''}/${scope.subjectId}`;
}

function mustHave(keys: Map<string, DataKey>, name: string | undefined): DataKey {
  const key = name === undefined ? undefined : keys.get(name);
  if (key === undefined) throw new AppError('key_unknown', `No key was found for ${name}.`);
  return key;
}
