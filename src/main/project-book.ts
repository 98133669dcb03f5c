import type { ProjectFile } from '../domain/project.ts';

/** What a project's file says, also of one that was added since the process started. */
export type FileOf<File> = (projectId: string) => Promise<File | undefined>;

/**
 * Knows the project files of the start, and reads them anew for a project that was not there then: its data
 * must not go where another's does, nor out with what its own file takes out.
 *
 * @throws AppError `config_invalid` where the files are not right then: the step is tried again
 */
export function createProjectBook<File extends Pick<ProjectFile, 'id'>>(
  files: readonly File[],
  readAnew: () => Promise<readonly File[]>,
): FileOf<File> {
  const known = new Map(files.map((file) => [file.id, file]));
  return async (projectId) => {
    const found = known.get(projectId);
    if (found) return found;
    const added = (await readAnew()).find(({ id }) => id === projectId);
    if (added) known.set(projectId, added);
    return added;
  };
}
