import { Argument, Command, Option } from 'commander';
import { readBreaker, type BreakerStatus } from '../db/breaker.ts';
import { AppError } from '../domain/errors.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { parseReadReason } from './inputs.ts';
import { createOutput, facts, jsonOption, when } from './output.ts';

/** `retention breaker …` */
export function createBreakerCommand(deps: CliDeps): Command {
  return new Command('breaker')
    .description('see whether the deletions of a project are paused, and let them go on')
    .addCommand(createStatusCommand(deps))
    .addCommand(createResumeCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention breaker status support
  $ retention breaker resume support --reason TICKET-4711`,
    );
}

function createStatusCommand(deps: CliDeps): Command {
  return new Command('status')
    .description('how many deletions began today, how many may, and whether they are paused')
    .addArgument(new Argument('<project>', 'the id of a project'))
    .addOption(jsonOption())
    .action(async (projectId: string, _options: unknown, command: Command) => {
      await withServices(deps, async (services) => {
        const status = await breakerOf(deps, services, projectId);
        createOutput(deps, command).data(status, () => inWords(status));
      });
    });
}

function createResumeCommand(deps: CliDeps): Command {
  return new Command('resume')
    .description('let the deletions go on, with the allowance of the day anew')
    .addArgument(new Argument('<project>', 'the id of a project'))
    .addOption(
      new Option('--reason <word>', 'a word or a ticket number, for the audit')
        .argParser(parseReadReason)
        .makeOptionMandatory(),
    )
    .addOption(jsonOption())
    .action(async (projectId: string, { reason }: { reason: string }, command: Command) => {
      await withServices(deps, async (services) => {
        const act = { projectId, reason, actor: deps.actor, now: deps.clock() };
        const resumed = await services.acts.resumeDeletions(act);
        createOutput(deps, command).data(
          { projectId, ...resumed },
          () => `The deletions of ${projectId} go on. Sessions that waited for it: ${resumed.sessions}.`,
        );
      });
    });
}

async function breakerOf(deps: CliDeps, { db }: CliServices, projectId: string): Promise<BreakerStatus> {
  const status = await readBreaker(db, projectId, deps.clock());
  if (status) return status;
  throw new AppError('not_found', `There is no project ${projectId}. See: retention projects list`);
}

function inWords(status: BreakerStatus): string {
  return facts([
    ['Project', status.projectId],
    ['Deletions', status.pausedAt ? `paused since ${when(status.pausedAt)}` : 'go on'],
    ['Began today', `${status.began} of ${status.allowed} that may`],
    ['Archive', `${status.archived} sessions`],
    ['Waiting', `${status.waiting} sessions whose deletion is decided`],
  ]);
}
