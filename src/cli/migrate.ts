import { Command } from 'commander';
import type { CliDeps } from './deps.ts';
import { createOutput, jsonOption } from './output.ts';

/** `retention migrate` */
export function createMigrateCommand(deps: CliDeps): Command {
  return new Command('migrate')
    .description('bring both databases to the newest schema, as their owner; safe to repeat')
    .addOption(jsonOption())
    .action(async (_options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      const applied = await deps.migrate();
      output.data({ applied }, () => applied.join('\n'));
      output.note(
        applied.length > 0 ? `${applied.length} migrations applied.` : 'The databases are up to date.',
      );
    });
}
