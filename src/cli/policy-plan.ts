import { Argument, Command } from 'commander';
import { planPolicy } from '../db/dated-sessions.ts';
import { policyInForce, type PolicyVersion } from '../db/policies.ts';
import type { Policy } from '../domain/policy.ts';
import { shortenings } from '../domain/policy-change.ts';
import { confirmationOf, type PlanCounts, type PlanSample, type PolicyPlan } from '../domain/policy-plan.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { createOutput, facts, jsonOption, table, type Cell, type Style } from './output.ts';
import { FILE_HELP, readPolicyFile } from './policy-file.ts';

/** A plan with what applying it would take. */
export interface PlannedPolicy extends PolicyPlan {
  readonly projectId: string;
  /** The version in force that it was compared with. */
  readonly baseVersion: number;
  readonly shortenings: readonly string[];
  readonly needsSecondPerson: boolean;
  /** What has to be typed to apply it; `null` where nothing has to. */
  readonly confirmation: string | null;
}

/** `retention policy plan PROJECT FILE` */
export function createPlanCommand(deps: CliDeps): Command {
  return new Command('plan')
    .description('count what a policy would delete earlier, later and now, before it changes anything')
    .addArgument(new Argument('<project>', 'the id of a project'))
    .addArgument(new Argument('<file>', FILE_HELP))
    .addOption(jsonOption())
    .action(async (projectId: string, file: string, _options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async (services) => {
        const inForce = await policyInForce(services.db, projectId);
        const policy = await readPolicyFile(output, file, projectId);
        const plan = await planFor(deps, services, inForce, policy);
        output.data(plan, (style) => planText(style, plan));
      });
    });
}

/** Plans a policy against the version in force. */
export async function planFor(
  deps: Pick<CliDeps, 'clock'>,
  { db }: Pick<CliServices, 'db'>,
  inForce: PolicyVersion,
  policy: Policy,
): Promise<PlannedPolicy> {
  const { projectId, version } = inForce;
  const plan = await planPolicy(db, { projectId, policy, now: deps.clock() });
  const shorter = shortenings(inForce.policy, policy);
  return {
    projectId,
    baseVersion: version,
    shortenings: shorter,
    needsSecondPerson: shorter.length > 0 && !inForce.policy.demo,
    confirmation: confirmationOf(projectId, plan),
    ...plan,
  };
}

/** Two years of months are read; programs get them all. */
const MONTHS = 24;

function planText(style: Style, plan: PlannedPolicy): string {
  return [
    `Compared with version ${plan.baseVersion} of ${plan.projectId}:`,
    facts([
      ['In the archive', plan.sessions],
      ['Earlier', plan.earlier],
      ['Later', plan.later],
      ['Same date', plan.same],
      ['Into review at once', `${plan.dueNow} (${share(plan.dueNow, plan.sessions)})`],
      ['Out of review', plan.outOfReview],
      ['Decided when archived', `${plan.open} open, ${plan.closed} closed`],
    ]),
    shorteningsText(style, plan),
    plan.byRule.length > 0 ? countsTable(style, ['DECIDES NOW', 'WOULD DECIDE'], plan.byRule, ruleCells) : '',
    plan.byMonth.length > 0
      ? countsTable(style, ['NEW DATE'], plan.byMonth.slice(0, MONTHS), ({ month }) => [month])
      : '',
    plan.byMonth.length > MONTHS ? `… and ${plan.byMonth.length - MONTHS} more months: see --json` : '',
    samplesTable(style, [...plan.samples.earlier, ...plan.samples.later]),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function shorteningsText(style: Style, plan: PlannedPolicy): string {
  if (plan.shortenings.length === 0) return 'Nothing is shortened.';
  const approval = plan.needsSecondPerson
    ? 'A second person has to approve this, since it shortens:'
    : 'It shortens:';
  return [style.warning(approval), ...plan.shortenings.map((one) => `  ${one}`)].join('\n');
}

function countsTable<T extends PlanCounts>(
  style: Style,
  headings: readonly string[],
  rows: readonly T[],
  cells: (row: T) => Cell[],
): string {
  return table(
    style,
    [...headings, 'SESSIONS', 'EARLIER', 'LATER', 'NOW'],
    rows.map((row) => [...cells(row), row.sessions, row.earlier, row.later, row.dueNow]),
  );
}

function ruleCells({ before, after }: PolicyPlan['byRule'][number]): Cell[] {
  return [before, after];
}

function samplesTable(style: Style, samples: readonly PlanSample[]): string {
  if (samples.length === 0) return '';
  return table(
    style,
    ['FOR EXAMPLE', 'DATE NOW', 'NEW DATE', 'WOULD DECIDE'],
    samples.map(({ sessionId, before, after, rule }) => [sessionId, before, after, rule]),
  );
}

function share(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${((part / whole) * 100).toFixed(1)} %`;
}
