import { Argument, Command, Option } from 'commander';
import type { Release } from '../acts/holds.ts';
import type { WiderHold } from '../acts/hold-scopes.ts';
import { holdsInForce, type Hold } from '../db/holds.ts';
import { readLife } from '../db/life.ts';
import { AppError } from '../domain/errors.ts';
import { describeTarget } from '../domain/holds.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { findSession, ID_HELP } from './find-session.ts';
import { parseCount, parseInstant } from './inputs.ts';
import { createOutput, jsonOption, table, type Output, type Style } from './output.ts';
import { reportStanding } from './standing.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `retention hold …` */
export function createHoldCommand(deps: CliDeps): Command {
  return new Command('hold')
    .description('stop any destruction of sessions, or let it go on')
    .addCommand(createPlaceCommand(deps))
    .addCommand(createListCommand(deps))
    .addCommand(createReleaseCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention hold place 1f0c2d3e --reason "claim 4711"
  $ retention hold place 1f0c2d3e --reason audit --until 2030-01-31
  $ retention hold place --project support --tag complaint --opened-from 2026-01-01 --reason audit
  $ retention hold list --session 1f0c2d3e
  $ retention hold release 1f0c2d3e`,
    );
}

interface PlaceOptions {
  readonly reason: string;
  readonly until?: string;
  readonly subject?: string;
  readonly project?: string;
  readonly tag?: string;
  readonly openedFrom?: string;
  readonly openedTo?: string;
}

function createPlaceCommand(deps: CliDeps): Command {
  return new Command('place')
    .description('hold a session, all of a subject, or all that a query finds: nothing of it is destroyed')
    .addArgument(new Argument('[id]', ID_HELP))
    .requiredOption('--reason <text>', 'why; stored in clear, so without names')
    .option('--until <date>', 'when it ends by itself: a date in the time zone of the project, or an instant')
    .option('--subject <id>', 'all sessions of this subject, past and future')
    .option('--project <id>', 'all sessions of this project that the following find, past and future')
    .option('--tag <tag>', 'those that carry this tag; one that loses it stays held, by a hold of its own')
    .option('--opened-from <day>', 'those opened on this day or later, in the time zone of the project')
    .option('--opened-to <day>', 'those opened on this day or earlier')
    .addOption(jsonOption())
    .action(async (id: string | undefined, options: PlaceOptions, command: Command) => {
      const named = [id, options.subject, options.project].filter((one) => one !== undefined);
      if (named.length !== 1)
        throw new AppError('input_invalid', 'Name what to hold: a session, or --subject, or --project.');
      const output = createOutput(deps, command);
      await withServices(deps, async (services) => {
        if (id !== undefined) return placeOnSession(deps, services, output, id, options);
        const placed = await placeWider(deps, services, options);
        output.data(placed, () => widerText(placed));
      });
    });
}

async function placeOnSession(
  deps: CliDeps,
  services: CliServices,
  output: Output,
  id: string,
  { reason, until }: PlaceOptions,
) {
  const now = deps.clock();
  const sessionId = await findSession(services.db, id);
  const { timeZone } = await readLife(services.db, sessionId, now);
  const endsAt = until === undefined ? {} : { endsAt: parseInstant(until, timeZone, '--until') };
  await services.acts.placeHold({ sessionId, reason, ...endsAt, actor: deps.actor, now });
  await reportStanding(deps, services, output, sessionId);
}

async function placeWider(
  deps: CliDeps,
  { acts, db }: CliServices,
  options: PlaceOptions,
): Promise<WiderHold> {
  const { subject: subjectId, project: projectId = '', reason, until } = options;
  if (subjectId !== undefined && !UUID.test(subjectId))
    throw new AppError(
      'input_invalid',
      `${JSON.stringify(subjectId)} is not the id of a subject. retention session show --json names that of a session.`,
    );
  const timeZone = await timeZoneOf(db, { subjectId, projectId });
  const act = {
    reason,
    ...(until !== undefined && { endsAt: parseInstant(until, timeZone, '--until') }),
    actor: deps.actor,
    now: deps.clock(),
  };
  if (subjectId !== undefined) return acts.holdSubject({ ...act, subjectId });
  return acts.holdQuery({
    ...act,
    projectId,
    ...(options.tag !== undefined && { tag: options.tag }),
    ...(options.openedFrom !== undefined && { firstDay: options.openedFrom }),
    ...(options.openedTo !== undefined && { lastDay: options.openedTo }),
  });
}

/** UTC where there is no such project or subject: the act says so itself. */
async function timeZoneOf(
  db: CliServices['db'],
  of: { subjectId: string | undefined; projectId: string },
): Promise<string> {
  const project = await db
    .selectFrom('project')
    .select('time_zone')
    .where((eb) =>
      of.subjectId === undefined
        ? eb('id', '=', of.projectId)
        : eb('id', 'in', eb.selectFrom('subject').select('project_id').where('id', '=', of.subjectId)),
    )
    .executeTakeFirst();
  return project?.time_zone ?? 'UTC';
}

function widerText({ holdId, sessions, tooLate }: WiderHold): string {
  const late = tooLate > 0 ? ` Too late for ${tooLate}: their deletion had begun.` : '';
  return `Hold ${holdId} keeps ${sessions} sessions now, and later ones as they come.${late}`;
}

function createListCommand(deps: CliDeps): Command {
  return new Command('list')
    .description('holds in force, the oldest first')
    .option('--project <id>', 'only those of this project')
    .option('--session <id>', 'only those on this session, its own and wider ones')
    .addOption(
      new Option('--scope <scope>', 'only those of this scope').choices(['session', 'subject', 'query']),
    )
    .addOption(new Option('--limit <number>', 'at most so many').default(50).argParser(parseCount))
    .addOption(jsonOption())
    .action(async (options: ListOptions, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async ({ db }) => {
        const { project, session, scope, limit } = options;
        const found = await holdsInForce(db, {
          ...(project !== undefined && { projectId: project }),
          ...(session !== undefined && { sessionId: await findSession(db, session) }),
          ...(scope !== undefined && { scope }),
          now: deps.clock(),
          limit: limit + 1,
        });
        const shown = found.slice(0, limit);
        output.data(shown.map(holdJson), (style) => (shown.length > 0 ? holdTable(style, shown) : ''));
        if (shown.length === 0) output.note('No hold is in force.');
        if (found.length > limit) output.note(`There are more than these ${limit}: raise --limit.`);
      });
    });
}

interface ListOptions {
  readonly project?: string;
  readonly session?: string;
  readonly scope?: Hold['scope'];
  readonly limit: number;
}

function holdTable(style: Style, holds: readonly Hold[]): string {
  return table(
    style,
    ['ID', 'PROJECT', 'ON', 'REASON', 'AUTHOR', 'PLACED', 'ENDS'],
    holds.map((hold) => [
      hold.id,
      hold.project_id,
      describeTarget(hold),
      hold.reason,
      hold.author,
      hold.placed_at,
      hold.ends_at,
    ]),
  );
}

function holdJson(hold: Hold) {
  return {
    id: hold.id,
    projectId: hold.project_id,
    scope: hold.scope,
    sessionId: hold.session_id,
    subjectId: hold.subject_id,
    tag: hold.tag,
    openedFrom: hold.opened_from,
    openedBefore: hold.opened_before,
    reason: hold.reason,
    author: hold.author,
    placedAt: hold.placed_at,
    endsAt: hold.ends_at,
  };
}

function createReleaseCommand(deps: CliDeps): Command {
  return new Command('release')
    .description('release every hold of a session, or one hold; a second person approves it')
    .addArgument(new Argument('[id]', ID_HELP))
    .option('--hold <id>', 'release this hold, whatever it is on')
    .option('--reason <text>', 'why, for the second person; without names')
    .addOption(jsonOption())
    .action(async (id: string | undefined, options: { hold?: string; reason?: string }, command: Command) => {
      if ((id === undefined) === (options.hold === undefined))
        throw new AppError('input_invalid', 'Name what to release: a session, or --hold.');
      if (options.hold !== undefined && !UUID.test(options.hold))
        throw new AppError('input_invalid', 'Give the whole id of the hold. See: retention hold list');
      await withServices(deps, async ({ acts, db }) => {
        const { hold: holdId, reason } = options;
        const act = { ...(reason !== undefined && { reason }), actor: deps.actor, now: deps.clock() };
        const release =
          holdId === undefined
            ? await acts.releaseHolds({ ...act, sessionId: await findSession(db, id ?? '') })
            : await acts.releaseHold({ ...act, holdId });
        createOutput(deps, command).data(release, () => releaseText(release));
      });
    });
}

function releaseText(release: Release): string {
  return release.outcome === 'released'
    ? `Released: ${release.holds}.`
    : `Waits for a second person: request ${release.approvalId}. See: retention approval list`;
}
