import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { BUNDLED, type TeamTexts } from '../texts.ts';
import { checkTexts, missingTexts } from './check.ts';

/**
 * Reads a team's own texts: `texts/LANGUAGE.ftl` beside its project files, each a language of its own or
 * other words for ours.
 *
 * @returns with a warning for each language that has not all texts, since English stands in for the rest
 * @throws AppError `config_invalid` naming, for everything to be mended, file, line and what to write
 */
export async function readTeamTexts(
  projectsDir: string,
): Promise<{ texts: TeamTexts[]; warnings: string[] }> {
  const directory = join(projectsDir, 'texts');
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith('.ftl')).sort();
  const texts: TeamTexts[] = [];
  const warnings: string[] = [];
  const wrong: string[] = [];
  for (const name of names) {
    const file = join(directory, name);
    const language = name.slice(0, -'.ftl'.length);
    const source = await readFile(file, 'utf8');
    wrong.push(...findingsOf(file, language, source));
    texts.push({ language, source });
    const missing = missingTexts(source);
    if (!isBundled(language) && missing.length > 0)
      warnings.push(
        `${file} has no text for ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}: they stay English.`,
      );
  }
  if (wrong.length > 0) throw new AppError('config_invalid', wrong.join('\n'));
  return { texts, warnings };
}

function isBundled(language: string): boolean {
  return (BUNDLED as readonly string[]).includes(language);
}

function findingsOf(file: string, language: string, source: string): string[] {
  // Telegram tells an app's language by two letters.
  if (!/^[a-z]{2}$/.test(language) || Intl.PluralRules.supportedLocalesOf(language).length === 0)
    return [`${file}: ${language} is no language. Name the file by its two letters, such as texts/fr.ftl.`];
  return checkTexts(source, language).map(({ line, what, mend }) => `${file}:${line}: ${what} ${mend}`);
}
