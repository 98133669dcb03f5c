import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { findingInWords, parseProjectDocument } from '../domain/policy-document.ts';
import type { ProjectFile } from '../domain/project.ts';

/**
 * Reads every project file of a directory.
 *
 * @throws AppError `config_invalid` naming, for everything to be mended, file, line, column and what to write
 */
export async function readProjectFiles(directory: string): Promise<ProjectFile[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length === 0)
    throw new AppError(
      'config_invalid',
      `There is no project file (*.yaml) in ${directory}. Put one there, or name another directory in RETENTION_PROJECTS.`,
    );
  const files = names.map((name) => join(directory, name));
  const read = await Promise.all(
    files.map(async (file) => parseProjectDocument(await readFile(file, 'utf8'), { file })),
  );
  const errors = read.flatMap((document) => ('errors' in document ? document.errors : []));
  if (errors.length > 0) throw new AppError('config_invalid', errors.map(findingInWords).join('\n'));
  const projects = read.flatMap((document) => ('errors' in document ? [] : [document.project]));
  const twice = projects.find((project, at) => projects.findIndex((other) => other.id === project.id) < at);
  if (twice)
    throw new AppError(
      'config_invalid',
      `Two files in ${directory} have the project id ${twice.id}. Give one of them another.`,
    );
  return projects;
}
