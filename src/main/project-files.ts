import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { AppError } from '../domain/errors.ts';
import { projectSchema, type ProjectFile } from '../domain/project.ts';

/**
 * Reads every project file of a directory.
 *
 * @throws AppError `config_invalid` naming the file, the place in it, and what was expected
 */
export async function readProjectFiles(directory: string): Promise<ProjectFile[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length === 0)
    throw new AppError(
      'config_invalid',
      `There is no project file (*.yaml) in ${directory}. Put one there, or name another directory in RETENTION_PROJECTS.`,
    );
  const projects = await Promise.all(names.map((name) => readProjectFile(join(directory, name))));
  const twice = projects.find((project, at) => projects.findIndex((other) => other.id === project.id) < at);
  if (twice)
    throw new AppError(
      'config_invalid',
      `Two files in ${directory} have the project id ${twice.id}. Give one of them another.`,
    );
  return projects;
}

/** Reads one project file. @throws AppError `config_invalid` */
export async function readProjectFile(file: string): Promise<ProjectFile> {
  const document = parseDocument(await readFile(file, 'utf8'));
  const [broken] = document.errors;
  if (broken) throw new AppError('config_invalid', `${file}: not YAML. ${broken.message}`);
  const parsed = projectSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(
    (issue) => `${file}: ${issue.path.join('.') || 'the file'}: ${issue.message}`,
  );
  throw new AppError('config_invalid', issues.join('\n'));
}
