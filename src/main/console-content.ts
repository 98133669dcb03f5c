import { exportFiles } from '../../activities/export-files.ts';
import type { ArchiveStores } from '../../activities/deps.ts';
import type { Translations } from '../acts/translations.ts';
import { attachmentContext } from '../archive/names.ts';
import type { ConsoleContent } from '../console/content.ts';
import { profileContext } from '../db/messages.ts';
import { AppError } from '../domain/errors.ts';
import type { SubjectProfile } from '../domain/messages.ts';
import { openStream } from '../vault/sealed-stream.ts';
import { createArchiveReader } from './archive-reader.ts';
import type { Services } from './services.ts';

/** Opens for the console's pages what is sealed: archives, files, names, exports. */
export function openContent(
  services: Pick<Services, 'db' | 'vault'> & {
    readonly stores: ArchiveStores;
    readonly translations: Translations | undefined;
    readonly exportTo: readonly string[];
  },
): ConsoleContent {
  const { vault, stores, translations, exportTo } = services;
  return {
    openArchive: createArchiveReader(services),
    async *openFile(file, project) {
      const store = await stores.at(file.store);
      const place = { project, session: file.session_id, attachment: file.attachment_id ?? '' };
      yield* openStream(vault, attachmentContext(place))(store.get(file.object_name, file.generation));
    },
    async openProfile(subjectId, sealed) {
      try {
        return JSON.parse(String(await vault.open(sealed, profileContext(subjectId)))) as SubjectProfile;
      } catch (error) {
        // An erasure destroys the key before the row goes.
        if (error instanceof AppError && error.code === 'key_destroyed') return undefined;
        throw error;
      }
    },
    exportFiles: (row) => exportFiles(services, row),
    exportTo,
    translations,
  };
}
