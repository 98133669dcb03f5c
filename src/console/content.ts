import type { OpenArchive } from '../acts/search-texts.ts';
import type { Translations } from '../acts/translations.ts';
import type { ExportRow } from '../db/exports-tables.ts';
import type { ArchiveRow } from '../db/tables.ts';
import type { SubjectProfile } from '../domain/messages.ts';
import type { ExportFile } from '../export/files.ts';

/** What opens sealed things for pages. Each is handed to an act that audits the reading before it is used. */
export interface ConsoleContent {
  readonly openArchive: OpenArchive;
  /** The bytes of a file that is kept with an archived session. */
  readonly openFile: (file: ArchiveRow, projectId: string) => AsyncIterable<Buffer>;
  /** A customer's names, for those who may read what they wrote; `undefined` once their key is destroyed. */
  readonly openProfile: (subjectId: string, sealed: Buffer) => Promise<SubjectProfile | undefined>;
  /** The files of an export that is done, made while they are read. */
  readonly exportFiles: (row: ExportRow) => AsyncIterable<ExportFile>;
  /** Where exports may be delivered to. */
  readonly exportTo: readonly string[];
  /** Absent where nothing translates. */
  readonly translations: Translations | undefined;
}
