import { Command } from 'commander';
import { listProjectLines } from '../db/status.ts';
import { withServices, type CliDeps } from './deps.ts';
import { createOutput, jsonOption, table } from './output.ts';

/** `retention projects …` */
export function createProjectsCommand(deps: CliDeps): Command {
  const list = new Command('list')
    .description('every project with the policy in force')
    .addOption(jsonOption())
    .action(async (_options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async ({ db }) => {
        const projects = await listProjectLines(db);
        output.data(projects, (style) =>
          table(
            style,
            ['ID', 'NAME', 'TIME ZONE', 'KEEPS', 'REVIEW', 'ON SILENCE', 'POLICY', 'APPLIED'],
            projects.map(({ policy, ...project }) => [
              project.id,
              project.name,
              project.timeZone,
              policy.keep,
              policy.review.window,
              policy.review.onSilence,
              `version ${project.policyVersion}`,
              project.policyAppliedAt,
            ]),
          ),
        );
        if (projects.length === 0) output.note('There is no project yet. npm start reads the project files.');
      });
    });
  return new Command('projects').description('the projects of this installation').addCommand(list);
}
