import { Command } from 'commander';
import { PACKS } from '../domain/packs.ts';
import { PACK_NOTICE } from '../domain/packs/pack.ts';
import type { CliDeps } from './deps.ts';
import { createOutput, jsonOption, table } from './output.ts';
import { createApplyCommand } from './policy-apply.ts';
import { createExplainCommand } from './policy-explain.ts';
import { createValidateCommand } from './policy-file.ts';
import { createPlanCommand } from './policy-plan.ts';
import { createDiffCommand, createHistoryCommand, createStatusCommand } from './policy-versions.ts';

/** `retention policy …` */
export function createPolicyCommand(deps: CliDeps): Command {
  return new Command('policy')
    .description('how long sessions are kept and why: check, plan, apply and explain the rules')
    .addCommand(createValidateCommand(deps))
    .addCommand(createPlanCommand(deps))
    .addCommand(createApplyCommand(deps))
    .addCommand(createStatusCommand(deps))
    .addCommand(createExplainCommand(deps))
    .addCommand(createHistoryCommand(deps))
    .addCommand(createDiffCommand(deps))
    .addCommand(createPacksCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention policy validate support.yaml
  $ retention policy plan support support.yaml
  $ retention policy apply support support.yaml --reason "guidance of March"
  $ retention policy status support
  $ retention policy explain 1f0c2d3e
  $ retention policy diff support 2 3`,
    );
}

function createPacksCommand(deps: CliDeps): Command {
  return new Command('packs')
    .description('the ready-made sets of rules that a policy can name')
    .addOption(jsonOption())
    .action((_options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      const packs = Object.entries(PACKS).map(([id, pack]) => ({ id, ...pack }));
      output.data(packs, (style) =>
        table(
          style,
          ['PACK', 'FOR', 'LOOKS AT TAGS', 'RULES'],
          packs.map(({ id, title, tags, rules }) => [id, title, tags, rules.map((rule) => rule.id)]),
        ),
      );
      output.note(PACK_NOTICE);
    });
}
