import { Argument, Command } from 'commander';
import { readLife } from '../db/life.ts';
import { withServices, type CliDeps } from './deps.ts';
import { findSession, ID_HELP } from './find-session.ts';
import { parseInstant } from './inputs.ts';
import { createOutput, jsonOption } from './output.ts';
import { reportStanding } from './standing.ts';

/** `retention hold …` */
export function createHoldCommand(deps: CliDeps): Command {
  return new Command('hold')
    .description('stop any destruction of a session, or let it go on')
    .addCommand(createPlaceCommand(deps))
    .addCommand(createReleaseCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention hold place 1f0c2d3e --reason "claim 4711"
  $ retention hold place 1f0c2d3e --reason audit --until 2030-01-31
  $ retention hold release 1f0c2d3e`,
    );
}

function createPlaceCommand(deps: CliDeps): Command {
  return new Command('place')
    .description('hold a session: nothing of it is destroyed until the hold ends')
    .addArgument(new Argument('<id>', ID_HELP))
    .requiredOption('--reason <text>', 'why; stored in clear, so without names')
    .option('--until <date>', 'when it ends by itself: a date in the time zone of the project, or an instant')
    .addOption(jsonOption())
    .action(async (id: string, { reason, until }: { reason: string; until?: string }, command: Command) => {
      await withServices(deps, async (services) => {
        const now = deps.clock();
        const sessionId = await findSession(services.db, id);
        const { timeZone } = await readLife(services.db, sessionId, now);
        await services.acts.placeHold({
          sessionId,
          reason,
          ...(until !== undefined && { endsAt: parseInstant(until, timeZone, '--until') }),
          actor: deps.actor,
          now,
        });
        await reportStanding(deps, services, createOutput(deps, command), sessionId);
      });
    });
}

function createReleaseCommand(deps: CliDeps): Command {
  return new Command('release')
    .description('release every hold on a session')
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(jsonOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      await withServices(deps, async (services) => {
        const sessionId = await findSession(services.db, id);
        await services.acts.releaseHolds({ sessionId, actor: deps.actor, now: deps.clock() });
        await reportStanding(deps, services, createOutput(deps, command), sessionId);
      });
    });
}
