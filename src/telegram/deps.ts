import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Acts } from '../acts/acts.ts';
import type { CustomerDataActs } from '../acts/customer-data.ts';
import type { Translations } from '../acts/translations.ts';
import type { ArchiveLine } from '../archive/lines.ts';
import type { DeletedInChat } from '../db/deleted-messages.ts';
import type { ArchiveRow, Tables } from '../db/tables.ts';
import type { Jurisdiction } from '../domain/jurisdictions.ts';
import type { ProjectFile } from '../domain/project.ts';
import type { Pseudonym } from '../vault/pseudonym.ts';
import type { Vault } from '../vault/vault.ts';
import type { Texts } from './texts.ts';

/** The project a bot serves. */
export interface DeskProject {
  readonly id: string;
  readonly name: string;
  readonly noticeVersion: string;
  readonly noticeUrl: string | null;
  readonly staffChatId: number | null;
  /** The group that reviews are shown in; without one, each supervisor's own chat with the bot. */
  readonly supervisorsChatId: number | null;
  readonly reviews: NonNullable<ProjectFile['reviews']>;
  readonly language: string;
  readonly timeZone: string;
  /** What the bot takes from groups of customers. */
  readonly groups: ProjectFile['groups'];
  /** Where customers belong of whom nothing else is known. */
  readonly jurisdiction: Jurisdiction;
  /** Whether staff and customers read each other in their own languages. */
  readonly translation: ProjectFile['translation'] | null;
  /** Who runs it. */
  readonly contact: ProjectFile['contact'] | null;
}

/** What the bot of a project works with. */
export interface DeskDeps {
  readonly project: DeskProject;
  readonly texts: Texts;
  readonly acts: Acts;
  readonly customerData: CustomerDataActs;
  readonly db: Kysely<Tables>;
  readonly vault: Vault;
  readonly pseudonym: Pseudonym;
  /** Opens an archive object; all it says is true once the iteration has ended without an error. */
  readonly openArchive: (object: ArchiveRow, projectId: string) => AsyncIterable<ArchiveLine>;
  /** Nothing is translated where there is no translator. */
  readonly translations?: Translations | undefined;
  /** Takes messages that were deleted in the chat of a business account out of its archived sessions. */
  readonly removeFromArchive: (deleted: DeletedInChat & { now: Date }) => Promise<void>;
  readonly log: Logger;
  readonly clock: () => Date;
}
