import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.ts';
import type { Pseudonym } from '../vault/pseudonym.ts';
import type { Vault } from '../vault/vault.ts';

/** What the acts work with. */
export interface ActDeps {
  readonly db: Kysely<Tables>;
  readonly vault: Vault;
  /** Names people where their ids must not be stored. */
  readonly pseudonym: Pseudonym;
  /**
   * The time that counts for a step of a workflow, of its own and the database's; throws `clock_skewed`. Left
   * out only where a test moves the workflow's clock by years.
   */
  readonly agreeOnTime?: (now: Date, databaseNow: Date) => Date;
}
