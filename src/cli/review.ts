import { Argument, Command, Option } from 'commander';
import { readLife } from '../db/life.ts';
import { pendingReviews, type PendingReview } from '../db/reviews.ts';
import type { ReviewDecision } from '../domain/review.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { findSession, ID_HELP } from './find-session.ts';
import { parseInstant, parseCount } from './inputs.ts';
import { createOutput, jsonOption, shortId, table, type Style } from './output.ts';
import { reportStanding } from './standing.ts';
import { previewWords } from './tag-preview.ts';

/** What a decision carries besides its name. */
interface Details {
  readonly until?: Date;
  readonly tag?: string;
  readonly reason?: string;
}

/** The options of a decision, as the command line gives them. */
interface DecisionOptions {
  readonly until?: string;
  readonly tag?: string;
  readonly reason?: string;
  readonly round?: number;
  readonly dryRun?: boolean;
}

/** `retention review …` */
export function createReviewCommand(deps: CliDeps): Command {
  return new Command('review')
    .description('see which sessions wait for a decision on their deletion, and decide')
    .addCommand(createListCommand(deps))
    .addCommand(createDecisionCommand(deps, 'approve', 'delete the session for good, now'))
    .addCommand(
      createDecisionCommand(deps, 'extend', 'keep the session until a later date').requiredOption(
        '--until <date>',
        'a date, beginning in the time zone of the project, or an instant',
      ),
    )
    .addCommand(
      createDecisionCommand(deps, 'hold', 'keep the session until the hold is released').requiredOption(
        '--reason <text>',
        'why; stored in clear, so without names',
      ),
    )
    .addCommand(
      createDecisionCommand(deps, 'relabel', 'add a tag that keeps the session longer')
        .requiredOption('--tag <tag>', 'a tag that a rule of the policy names')
        .option('--dry-run', 'say which date the session would have, and change nothing'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ retention review list
  $ retention review approve 1f0c2d3e
  $ retention review extend 1f0c2d3e --until 2030-01-31
  $ retention review relabel 1f0c2d3e --tag transaction`,
    );
}

function createListCommand(deps: CliDeps): Command {
  return new Command('list')
    .description('reviews that wait for a decision, the most urgent first')
    .option('--project <id>', 'only those of this project')
    .addOption(new Option('--limit <number>', 'at most so many').default(50).argParser(parseCount))
    .addOption(jsonOption())
    .action(async ({ project, limit }: { project?: string; limit: number }, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async ({ db }) => {
        const filter = { ...(project !== undefined && { projectId: project }), limit: limit + 1 };
        const found = await pendingReviews(db, filter);
        const shown = found.slice(0, limit);
        output.data(shown, (style) => (shown.length > 0 ? reviewTable(style, shown) : ''));
        if (shown.length === 0) output.note('No review waits for a decision.');
        if (found.length > limit) output.note(`There are more than these ${limit}: raise --limit.`);
      });
    });
}

function reviewTable(style: Style, reviews: readonly PendingReview[]): string {
  return table(
    style,
    ['ID', 'PROJECT', 'ROUND', 'OPENED', 'ENDS', 'ON SILENCE', 'MESSAGES', 'TAGS', 'APPROVED BY'],
    reviews.map((review) => [
      shortId(review.sessionId),
      review.projectId,
      review.round,
      review.openedAt,
      review.dueAt,
      review.onSilence,
      review.messages,
      review.tags,
      review.approvedBy,
    ]),
  );
}

function createDecisionCommand(deps: CliDeps, decision: ReviewDecision, description: string): Command {
  return new Command(decision)
    .description(description)
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(new Option('--round <number>', 'refuse if another round is running').argParser(parseCount))
    .addOption(jsonOption())
    .action(async (id: string, options: DecisionOptions, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async (services) => {
        const sessionId = await findSession(services.db, id);
        if (options.tag !== undefined) {
          // The date is shown before it is saved.
          const act = { sessionId, tag: options.tag, change: 'add', now: deps.clock() } as const;
          const preview = await services.acts.previewTag(act);
          if (options.dryRun) output.data({ id: sessionId, ...preview }, () => previewWords(preview));
          else output.note(previewWords(preview));
        }
        if (options.dryRun) return;
        const outcome = await services.acts.decideReview({
          sessionId,
          decision,
          ...(options.round !== undefined && { round: options.round }),
          ...(await detailsOf(deps, services, sessionId, options)),
          actor: deps.actor,
          now: deps.clock(),
        });
        if (outcome === 'approved-once')
          output.note('Your approval is recorded. A second person has to approve the deletion too.');
        await reportStanding(deps, services, output, sessionId);
      });
    });
}

async function detailsOf(
  deps: CliDeps,
  services: CliServices,
  sessionId: string,
  { until, tag, reason }: DecisionOptions,
): Promise<Details> {
  const details = { ...(tag !== undefined && { tag }), ...(reason !== undefined && { reason }) };
  if (until === undefined) return details;
  const { timeZone } = await readLife(services.db, sessionId, deps.clock());
  return { ...details, until: parseInstant(until, timeZone, '--until') };
}
