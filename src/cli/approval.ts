import { Argument, Command } from 'commander';
import type { PolicyRequest } from '../acts/policies.ts';
import { waitingApprovals, type Approval } from '../db/approvals.ts';
import { policyInForce } from '../db/policies.ts';
import { AppError } from '../domain/errors.ts';
import { shortenings } from '../domain/policy-change.ts';
import { diff } from '../domain/policy-diff.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { createOutput, facts, jsonOption, shortId, table } from './output.ts';
import { differencesText } from './policy-versions.ts';

const ID_HELP = 'the id of a request, or enough of its beginning';

/** `retention approval …` */
export function createApprovalCommand(deps: CliDeps): Command {
  return new Command('approval')
    .description('see what waits for a second person, and decide it')
    .addCommand(createListCommand(deps))
    .addCommand(createShowCommand(deps))
    .addCommand(createDecisionCommand(deps, 'approve', 'approved', 'do what somebody else asked for'))
    .addCommand(
      createDecisionCommand(deps, 'refuse', 'refused', 'turn a request down, or take your own back'),
    )
    .addHelpText(
      'after',
      `
Whoever asked cannot approve: on the command line, people are users of the operating system.

Examples:
  $ retention approval list
  $ retention approval show 5b1e9f
  $ retention approval approve 5b1e9f`,
    );
}

function createListCommand(deps: CliDeps): Command {
  return new Command('list')
    .description('requests that wait for a second person, the oldest first')
    .option('--project <id>', 'only those of this project')
    .addOption(jsonOption())
    .action(async ({ project }: { project?: string }, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async ({ db }) => {
        const waiting = await waitingApprovals(db, project);
        output.data(waiting.map(approvalJson), (style) =>
          waiting.length === 0
            ? ''
            : table(
                style,
                ['ID', 'PROJECT', 'KIND', 'OBJECT', 'ASKED BY', 'ASKED', 'REASON'],
                waiting.map((one) => [
                  ...[shortId(one.id), one.project_id, one.kind, one.object_id],
                  ...[one.requested_by, one.requested_at, one.reason],
                ]),
              ),
        );
        if (waiting.length === 0) output.note('Nothing waits for a second person.');
      });
    });
}

function createShowCommand(deps: CliDeps): Command {
  return new Command('show')
    .description('what a request would do')
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(jsonOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      await withServices(deps, async ({ db }) => {
        const approval = await findWaiting(db, id);
        const effect = approval.kind === 'policy' ? await policyEffect(db, approval) : null;
        createOutput(deps, command).data({ ...approvalJson(approval), ...effect }, () =>
          [
            facts([
              ['Request', approval.id],
              ['Kind', approval.kind],
              ['Project', approval.project_id],
              ['Object', approval.object_id],
              ['Asked by', approval.requested_by],
              ['Asked', approval.requested_at],
              ['Reason', approval.reason],
            ]),
            ...(effect
              ? [
                  differencesText(effect.differences),
                  effect.shortenings.map((one) => `Shorter: ${one}`).join('\n'),
                ]
              : []),
          ].join('\n\n'),
        );
      });
    });
}

async function policyEffect(db: CliServices['db'], approval: Approval) {
  const { policy, baseVersion } = approval.payload as unknown as PolicyRequest;
  const inForce = await policyInForce(db, approval.project_id);
  return {
    baseVersion,
    differences: diff(inForce.policy, policy),
    shortenings: shortenings(inForce.policy, policy),
  };
}

function createDecisionCommand(
  deps: CliDeps,
  name: string,
  outcome: 'approved' | 'refused',
  description: string,
): Command {
  return new Command(name)
    .description(description)
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(jsonOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      await withServices(deps, async ({ db, acts }) => {
        // The whole id of a decided one goes on: the act says who decided it.
        const approvalId = UUID.test(id) ? id : (await findWaiting(db, id)).id;
        await acts.decideApproval({ approvalId, outcome, actor: deps.actor, now: deps.clock() });
        createOutput(deps, command).data(
          { id: approvalId, outcome },
          () => `${shortId(approvalId)}  ${outcome}`,
        );
      });
    });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws AppError `not_found`, or `input_invalid` when it may mean several */
async function findWaiting(db: CliServices['db'], id: string): Promise<Approval> {
  const found = (await waitingApprovals(db)).filter((one) => one.id.startsWith(id.toLowerCase()));
  const [only, ...others] = found;
  if (!only) throw new AppError('not_found', `No request ${id} waits. See: retention approval list`);
  if (others.length > 0)
    throw new AppError('input_invalid', `${id} may mean ${found.length} requests. Give more of the id.`);
  return only;
}

function approvalJson(one: Approval) {
  return {
    id: one.id,
    projectId: one.project_id,
    kind: one.kind,
    objectId: one.object_id,
    reason: one.reason,
    requestedBy: one.requested_by,
    requestedAt: one.requested_at,
  };
}
