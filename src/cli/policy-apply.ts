import { Argument, Command } from 'commander';
import type { PolicyOutcome } from '../acts/policies.ts';
import { policyInForce } from '../db/policies.ts';
import { AppError } from '../domain/errors.ts';
import { withServices, type CliDeps } from './deps.ts';
import { createOutput, jsonOption } from './output.ts';
import { FILE_HELP, readPolicyFile } from './policy-file.ts';
import { planFor, type PlannedPolicy } from './policy-plan.ts';

/** `retention policy apply PROJECT FILE` */
export function createApplyCommand(deps: CliDeps): Command {
  return new Command('apply')
    .description('put a policy into force; one that shortens anything waits for a second person')
    .addArgument(new Argument('<project>', 'the id of a project'))
    .addArgument(new Argument('<file>', FILE_HELP))
    .requiredOption('--reason <text>', 'why; stored with the version, so without names')
    .option('--confirm <sentence>', 'what the plan asks to type, where much would be due at once')
    .addOption(jsonOption())
    .action(async (projectId: string, file: string, options: ApplyOptions, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async (services) => {
        const inForce = await policyInForce(services.db, projectId);
        const policy = await readPolicyFile(output, file, projectId);
        await confirm(deps, await planFor(deps, services, inForce, policy), options.confirm);
        const outcome = await services.acts.applyPolicy({
          projectId,
          policy,
          baseVersion: inForce.version,
          reason: options.reason,
          actor: deps.actor,
          now: deps.clock(),
        });
        output.data({ projectId, ...outcome }, () => outcomeText(projectId, outcome));
      });
    });
}

interface ApplyOptions {
  readonly reason: string;
  readonly confirm?: string;
}

/** @throws AppError `not_allowed` unless it was typed what a large deletion asks for */
async function confirm(deps: CliDeps, plan: PlannedPolicy, given: string | undefined): Promise<void> {
  const { confirmation, dueNow, sessions } = plan;
  if (confirmation === null) return;
  const what = `This policy brings ${dueNow} of ${sessions} sessions into review at once.`;
  const typed = given ?? (await deps.ask?.(`${what}\nType "${confirmation}" to go on: `));
  if (typed === confirmation) return;
  throw new AppError(
    'not_allowed',
    `${what} Nothing was changed. To go on, add: --confirm "${confirmation}"`,
  );
}

function outcomeText(projectId: string, outcome: PolicyOutcome): string {
  switch (outcome.outcome) {
    case 'unchanged':
      return `Version ${outcome.version} of ${projectId} says the same already.`;
    case 'applied':
      return `Version ${outcome.version} of ${projectId} is in force. See how far it is: retention policy status ${projectId}`;
    case 'waiting':
      return [
        `It shortens, so a second person has to approve it: retention approval approve ${outcome.approvalId}`,
        ...outcome.shortenings.map((one) => `  ${one}`),
      ].join('\n');
  }
}
