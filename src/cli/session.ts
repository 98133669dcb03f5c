import { Argument, Command, Option } from 'commander';
import { listSessions, type SessionLine } from '../db/sessions.ts';
import { PHASES, type Phase } from '../domain/phases.ts';
import { withServices, type CliDeps } from './deps.ts';
import { findSession, ID_HELP } from './find-session.ts';
import { parseCount } from './inputs.ts';
import { createOutput, jsonOption, shortId, table, type Style } from './output.ts';
import { createShowCommand } from './session-show.ts';
import { reportStanding } from './standing.ts';

/** `retention session …` */
export function createSessionCommand(deps: CliDeps): Command {
  return new Command('session')
    .description('look at sessions, close, reopen and tag them')
    .addCommand(createListCommand(deps))
    .addCommand(createShowCommand(deps))
    .addCommand(createCloseCommand(deps))
    .addCommand(createReopenCommand(deps))
    .addCommand(createTagCommand(deps, 'add'))
    .addCommand(createTagCommand(deps, 'remove'))
    .addHelpText(
      'after',
      `
Examples:
  $ retention session list --project support --phase review
  $ retention session show 1f0c2d3e
  $ retention session tag 1f0c2d3e refund`,
    );
}

interface ListOptions {
  readonly project?: string;
  readonly phase?: Phase;
  readonly tag?: string;
  readonly limit: number;
}

function createListCommand(deps: CliDeps): Command {
  return new Command('list')
    .description('sessions, newest first')
    .option('--project <id>', 'only those of this project')
    .addOption(new Option('--phase <phase>', 'only those that stand here').choices(PHASES))
    .option('--tag <tag>', 'only those with this tag')
    .addOption(new Option('--limit <number>', 'at most so many').default(50).argParser(parseCount))
    .addOption(jsonOption())
    .action(async (options: ListOptions, command: Command) => {
      const output = createOutput(deps, command);
      const { project, phase, tag, limit } = options;
      await withServices(deps, async ({ db }) => {
        const found = await listSessions(db, {
          ...(project !== undefined && { projectId: project }),
          ...(phase !== undefined && { phase }),
          ...(tag !== undefined && { tag }),
          limit: limit + 1,
        });
        const shown = found.slice(0, limit);
        output.data(shown, (style) => (shown.length > 0 ? sessionTable(style, shown) : ''));
        if (shown.length === 0) output.note('No session is like that.');
        if (found.length > limit)
          output.note(`There are more than these ${limit}: raise --limit or narrow the list.`);
      });
    });
}

/** What is due of an archived session is the end of its retention, of one in review the end of its window. */
function sessionTable(style: Style, sessions: readonly SessionLine[]): string {
  return table(
    style,
    ['ID', 'PROJECT', 'PHASE', 'OPENED', 'CLOSED', 'DUE', 'HELD', 'TAGS'],
    sessions.map((one) => [
      shortId(one.id),
      one.projectId,
      one.phase,
      one.openedAt,
      one.closedAt,
      one.phase === 'review' ? one.reviewDueAt : one.keepUntil,
      one.held,
      one.tags,
    ]),
  );
}

function createCloseCommand(deps: CliDeps): Command {
  return new Command('close')
    .description('close an open session')
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(jsonOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      await withServices(deps, async (services) => {
        const sessionId = await findSession(services.db, id);
        await services.acts.closeSession({ sessionId, reason: 'api', actor: deps.actor, now: deps.clock() });
        await reportStanding(deps, services, createOutput(deps, command), sessionId);
      });
    });
}

function createReopenCommand(deps: CliDeps): Command {
  return new Command('reopen')
    .description('reopen a closed session, as long as its archive has not begun')
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(jsonOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      await withServices(deps, async (services) => {
        const sessionId = await findSession(services.db, id);
        await services.acts.reopenSession({ sessionId, actor: deps.actor, now: deps.clock() });
        await reportStanding(deps, services, createOutput(deps, command), sessionId);
      });
    });
}

const TAG_COMMANDS = {
  add: { name: 'tag', description: 'add a tag; "spam" closes an open session', unchanged: 'has it already' },
  remove: { name: 'untag', description: 'remove a tag', unchanged: 'does not have it' },
} as const;

function createTagCommand(deps: CliDeps, change: keyof typeof TAG_COMMANDS): Command {
  const { name, description, unchanged } = TAG_COMMANDS[change];
  return new Command(name)
    .description(description)
    .addArgument(new Argument('<id>', ID_HELP))
    .addArgument(new Argument('<tag>', 'a word such as refund, transaction, complaint, spam'))
    .addOption(jsonOption())
    .action(async (id: string, tag: string, _options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async (services) => {
        const sessionId = await findSession(services.db, id);
        const { actor } = deps;
        const { changed } = await services.acts.changeTag({
          sessionId,
          tag,
          change,
          actor,
          now: deps.clock(),
        });
        if (!changed) output.note(`Nothing changed: the session ${unchanged}.`);
        await reportStanding(deps, services, output, sessionId);
      });
    });
}
