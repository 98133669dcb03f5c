import { readFile } from 'node:fs/promises';
import { Argument, Command } from 'commander';
import { AppError } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import { findingInWords, parsePolicyDocument, type Finding } from '../domain/policy-document.ts';
import type { CliDeps } from './deps.ts';
import { createOutput, jsonOption, type Output } from './output.ts';

export const FILE_HELP = 'a policy in YAML, or the file of the project that holds it';

/** `retention policy validate FILE` */
export function createValidateCommand(deps: CliDeps): Command {
  return new Command('validate')
    .description('say by line and column what is wrong with a file, and what to write instead')
    .addArgument(new Argument('<file>', FILE_HELP))
    .addOption(jsonOption())
    .action(async (file: string, _options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      const document = parsePolicyDocument(await textOf(file), { file });
      const valid = !('errors' in document);
      const findings = valid ? document.warnings : document.errors;
      output.data({ file, valid, findings }, () => findings.map(findingInWords).join('\n'));
      if (!valid) throw unusable(file, document.errors);
      output.note(`${file} can be applied.`);
    });
}

/**
 * Reads the policy of a file for a project. What is wrong with it is said line by line; warnings are said
 * and stop nothing.
 *
 * @throws AppError `input_invalid` when it cannot be used, `not_found` when there is no such file
 */
export async function readPolicyFile(output: Output, file: string, projectId: string): Promise<Policy> {
  const document = parsePolicyDocument(await textOf(file), { file, projectId });
  const refused = 'errors' in document;
  for (const finding of refused ? document.errors : document.warnings) output.note(findingInWords(finding));
  if (refused) throw unusable(file, document.errors);
  const { project, policy } = document;
  if (project && project.id !== projectId)
    throw new AppError('input_invalid', `${file} is the file of project ${project.id}, not of ${projectId}.`);
  return policy;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new AppError('not_found', `The file ${file} cannot be read. Check its name.`, { cause });
  }
}

function unusable(file: string, errors: readonly Finding[]): AppError {
  const places = errors.length === 1 ? 'one place' : `${errors.length} places`;
  return new AppError('input_invalid', `${file} cannot be used: mend ${places}.`);
}
