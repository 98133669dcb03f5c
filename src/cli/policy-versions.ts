import { Argument, Command } from 'commander';
import { policyInForce, policyVersion, policyVersions, type PolicyVersion } from '../db/policies.ts';
import { rolloutsOf, waitingToBeTold } from '../db/rollouts.ts';
import { AppError } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import { shortenings } from '../domain/policy-change.ts';
import { diff, type PolicyDifference } from '../domain/policy-diff.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { createOutput, jsonOption, table, type Output } from './output.ts';
import { readPolicyFile } from './policy-file.ts';

/** `retention policy history PROJECT` */
export function createHistoryCommand(deps: CliDeps): Command {
  return new Command('history')
    .description('every version of a policy: who applied it, who approved it, and why')
    .addArgument(new Argument('<project>', 'the id of a project'))
    .addOption(jsonOption())
    .action(async (projectId: string, _options: unknown, command: Command) => {
      await withServices(deps, async ({ db }) => {
        await policyInForce(db, projectId);
        const versions = await policyVersions(db, projectId);
        createOutput(deps, command).data(versions, (style) =>
          table(
            style,
            ['VERSION', 'APPLIED', 'AUTHOR', 'APPROVED BY', 'KEEPS', 'RULES', 'REASON'],
            versions.map(({ policy, ...one }) => [
              ...[one.version, one.appliedAt, one.author, one.approvedBy],
              ...[policy.keep, policy.rules.length, one.reason],
            ]),
          ),
        );
      });
    });
}

/** `retention policy status PROJECT` */
export function createStatusCommand(deps: CliDeps): Command {
  return new Command('status')
    .description('how far each version has come on its way to the sessions of the archive')
    .addArgument(new Argument('<project>', 'the id of a project'))
    .addOption(jsonOption())
    .action(async (projectId: string, _options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async ({ db }) => {
        await policyInForce(db, projectId);
        const rollouts = await rolloutsOf(db, projectId);
        output.data(rollouts.map(rolloutJson), (style) =>
          rollouts.length === 0
            ? ''
            : table(
                style,
                ['VERSION', 'PHASE', 'SESSIONS', 'DECIDED', 'EARLIER', 'LATER', 'STARTED', 'FINISHED'],
                rollouts.map((one) => [
                  ...[one.version, one.phase, one.sessions, one.decided, one.earlier, one.later],
                  ...[one.started_at, one.finished_at],
                ]),
              ),
        );
        const waiting = await waitingToBeTold(db, projectId);
        if (waiting > 0) output.note(`${waiting} workflows wait to be told of their new date.`);
        if (rollouts.length === 0)
          output.note(`The first version of ${projectId} is in force: nothing to bring.`);
      });
    });
}

function rolloutJson(one: Awaited<ReturnType<typeof rolloutsOf>>[number]) {
  const { version, phase, sessions, decided, earlier, later } = one;
  return {
    ...{ version, phase, sessions, decided, earlier, later },
    startedAt: one.started_at,
    finishedAt: one.finished_at,
  };
}

/** `retention policy diff PROJECT [FILE | V1 [V2]]` */
export function createDiffCommand(deps: CliDeps): Command {
  return new Command('diff')
    .description('how two versions differ, rule by rule, or the one in force and a file')
    .addArgument(new Argument('<project>', 'the id of a project'))
    .addArgument(new Argument('[before]', 'a version, or a file; without it, the version before'))
    .addArgument(new Argument('[after]', 'a version; without it, the one in force'))
    .addOption(jsonOption())
    .action(
      async (
        projectId: string,
        before: string | undefined,
        after: string | undefined,
        _options: unknown,
        command: Command,
      ) => {
        const output = createOutput(deps, command);
        await withServices(deps, async ({ db }) => {
          const [old, now] = await sidesOf(db, output, projectId, before, after);
          const differences = diff(old.policy, now.policy);
          const shorter = shortenings(old.policy, now.policy);
          output.data(
            { projectId, before: old.name, after: now.name, differences, shortenings: shorter },
            () => differencesText(differences),
          );
          if (differences.length === 0) output.note(`${old.name} and ${now.name} say the same.`);
          for (const one of shorter) output.note(`Shorter: ${one}`);
        });
      },
    );
}

interface Side {
  readonly name: string;
  readonly policy: Policy;
}

async function sidesOf(
  db: CliServices['db'],
  output: Output,
  projectId: string,
  before: string | undefined,
  after: string | undefined,
): Promise<[Side, Side]> {
  const inForce = await policyInForce(db, projectId);
  if (before !== undefined && after === undefined && !isNumber(before))
    return [sideOf(inForce), { name: before, policy: await readPolicyFile(output, before, projectId) }];
  const number = (text: string) => {
    if (isNumber(text)) return Number(text);
    throw new AppError('input_invalid', `${JSON.stringify(text)} is not the number of a version.`);
  };
  const now = after === undefined ? inForce : await policyVersion(db, projectId, number(after));
  const previous = before === undefined ? Math.max(1, now.version - 1) : number(before);
  return [sideOf(await policyVersion(db, projectId, previous)), sideOf(now)];
}

function sideOf({ version, policy }: PolicyVersion): Side {
  return { name: `Version ${version}`, policy };
}

function isNumber(text: string): boolean {
  return /^\d{1,6}$/.test(text);
}

const MARKS = { added: '+', removed: '-', changed: '~' } as const;

/** One line for each rule, and below it one for each of its settings. */
export function differencesText(differences: readonly PolicyDifference[]): string {
  return differences
    .flatMap(({ part, id, change, fields }) => [
      `${MARKS[change]} ${part === 'policy' ? 'policy' : `${part} ${id}`}`,
      ...fields.map(({ field, before, after }) => `    ${field}: ${sidesText(before, after)}`),
    ])
    .join('\n');
}

function sidesText(before: unknown, after: unknown): string {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  if (before === undefined) return text(after);
  return after === undefined ? `${text(before)} (gone)` : `${text(before)} → ${text(after)}`;
}
