import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.ts';
import type { Vault } from '../vault/vault.ts';

/** What the acts work with. */
export interface ActDeps {
  readonly db: Kysely<Tables>;
  readonly vault: Vault;
}
