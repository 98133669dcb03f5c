import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Acts } from '../acts/acts.ts';
import type { CustomerDataActs } from '../acts/customer-data.ts';
import type { ArchiveLine } from '../archive/lines.ts';
import type { ArchiveRow, Tables } from '../db/tables.ts';
import type { Jurisdiction } from '../domain/jurisdictions.ts';
import type { ProjectFile } from '../domain/project.ts';
import type { Pseudonym } from '../vault/pseudonym.ts';
import type { Vault } from '../vault/vault.ts';

/** The project a bot serves. */
export interface DeskProject {
  readonly id: string;
  readonly name: string;
  readonly noticeVersion: string;
  readonly noticeUrl: string | null;
  readonly staffChatId: number | null;
  readonly language: string;
  readonly timeZone: string;
  /** Where customers belong of whom nothing else is known. */
  readonly jurisdiction: Jurisdiction;
  /** Who runs it. */
  readonly contact: ProjectFile['contact'] | null;
}

/** What the bot of a project works with. */
export interface DeskDeps {
  readonly project: DeskProject;
  readonly acts: Acts;
  readonly customerData: CustomerDataActs;
  readonly db: Kysely<Tables>;
  readonly vault: Vault;
  readonly pseudonym: Pseudonym;
  /** Opens an archive object; all it says is true once the iteration has ended without an error. */
  readonly openArchive: (object: ArchiveRow, projectId: string) => AsyncIterable<ArchiveLine>;
  readonly log: Logger;
  readonly clock: () => Date;
}
