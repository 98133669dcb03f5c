import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Acts } from '../acts/acts.ts';
import type { Tables } from '../db/tables.ts';
import type { Vault } from '../vault/vault.ts';

/** The project a bot serves. */
export interface DeskProject {
  readonly id: string;
  readonly name: string;
  readonly noticeVersion: string;
  readonly staffChatId: number | null;
}

/** What the bot of a project works with. */
export interface DeskDeps {
  readonly project: DeskProject;
  readonly acts: Acts;
  readonly db: Kysely<Tables>;
  readonly vault: Vault;
  readonly log: Logger;
  readonly clock: () => Date;
}
