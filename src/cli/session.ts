import { Argument, Command, Option } from 'commander';
import { readLife } from '../db/life.ts';
import { listSessions, type SessionLine } from '../db/sessions.ts';
import { AppError } from '../domain/errors.ts';
import { PHASES, type Phase } from '../domain/phases.ts';
import type { Policy } from '../domain/policy.ts';
import { withServices, type CliDeps } from './deps.ts';
import { findSession, ID_HELP } from './find-session.ts';
import { parseCount, parseInstant } from './inputs.ts';
import { createOutput, jsonOption, shortId, table, type Style } from './output.ts';
import { createShowCommand } from './session-show.ts';
import { reportStanding } from './standing.ts';
import { previewWords } from './tag-preview.ts';

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
    .addCommand(createEventCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention session list --project support --phase review
  $ retention session show 1f0c2d3e
  $ retention session tag 1f0c2d3e refund --dry-run
  $ retention session tag 1f0c2d3e refund
  $ retention session event 1f0c2d3e contract-end --on 2027-03-01`,
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
          now: deps.clock(),
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
    .option('--dry-run', 'say which date the session would have, and change nothing')
    .addOption(jsonOption())
    .action(async (id: string, tag: string, { dryRun }: { dryRun?: boolean }, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async (services) => {
        const sessionId = await findSession(services.db, id);
        const { actor } = deps;
        if (dryRun) {
          const preview = await services.acts.previewTag({ sessionId, tag, change, now: deps.clock() });
          output.data({ id: sessionId, ...preview }, () => previewWords(preview));
          return;
        }
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

function createEventCommand(deps: CliDeps): Command {
  return new Command('event')
    .description('tell when an event happened, or will, that rules count a period from')
    .addArgument(new Argument('<id>', ID_HELP))
    .addArgument(new Argument('<event>', 'the name that the policy gives it, such as contract-end'))
    .option('--on <date>', 'a date in the time zone of the project, or an instant')
    .option('--unknown', 'take back what was told')
    .addOption(jsonOption())
    .action(
      async (id: string, event: string, options: { on?: string; unknown?: boolean }, command: Command) => {
        const { on, unknown } = options;
        if ((on === undefined) !== (unknown === true))
          throw new AppError('input_invalid', 'Name either --on with the date of the event, or --unknown.');
        await withServices(deps, async (services) => {
          const now = deps.clock();
          const sessionId = await findSession(services.db, id);
          const { timeZone, policy } = await readLife(services.db, sessionId, now);
          const at = on === undefined ? null : parseInstant(on, timeZone, '--on');
          await services.acts.dateEvent({ sessionId, event, at, actor: deps.actor, now });
          const output = createOutput(deps, command);
          if (!countsFrom(policy, event))
            output.note(`No rule of the policy counts from ${event}: check its name.`);
          await reportStanding(deps, services, output, sessionId);
        });
      },
    );
}

function countsFrom({ rules }: Policy, event: string): boolean {
  const name = event.trim().toLowerCase();
  return rules.some(({ from }) => typeof from !== 'string' && from.event === name);
}
