import { Command } from 'commander';
import { projectStatus, queueStatus, type ProjectStatus, type QueueStatus } from '../db/status.ts';
import { waitingStatus } from '../db/waiting-updates.ts';
import { PHASES } from '../domain/phases.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { createOutput, facts, jsonOption, table, when, type Style } from './output.ts';

/** How the whole installation stands. */
interface Status {
  readonly at: Date;
  readonly projects: readonly ProjectStatus[];
  readonly outbox: QueueStatus;
  readonly deliveries: QueueStatus;
  /** What came in faster than it could be handled, and was put by. */
  readonly updates: QueueStatus;
  readonly temporal: { readonly address: string; readonly reachable: boolean };
}

/** `retention status` */
export function createStatusCommand(deps: CliDeps): Command {
  return new Command('status')
    .description('how many sessions stand where, what is late, and what waits')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Temporal being away does not fail this command: it is part of what it tells.

Example:
  $ retention status --json | jq '.projects[] | select(.lateArchives > 0)'`,
    )
    .action(async (_options: unknown, command: Command) => {
      await withServices(deps, async (services) => {
        const status = await readStatus(services, deps.clock());
        createOutput(deps, command).data(status, (style) => statusText(style, status));
      });
    });
}

async function readStatus({ db, temporal }: CliServices, now: Date): Promise<Status> {
  const { address } = temporal;
  // Temporal may take its whole deadline to not answer; the database need not wait for that.
  const [projects, queues, updates, reachable] = await Promise.all([
    projectStatus(db, now),
    queueStatus(db),
    waitingStatus(db),
    temporal.isReachable(),
  ]);
  return { at: now, projects, ...queues, updates, temporal: { address, reachable } };
}

function statusText(style: Style, status: Status): string {
  const headings = [
    'PROJECT',
    ...PHASES.map((phase) => phase.toUpperCase()),
    'HELD',
    'LATE ARCHIVES',
    'REVIEWS',
    'NEXT REVIEW ENDS',
  ];
  const rows = status.projects.map((one) => [
    one.projectId,
    ...PHASES.map((phase) => one.phases[phase]),
    one.held,
    one.lateArchives,
    one.reviewsWaiting,
    one.nearestReviewDueAt,
  ]);
  const late = status.projects.reduce((sum, one) => sum + one.lateArchives, 0);
  const { address, reachable } = status.temporal;
  return [
    table(style, headings, rows),
    facts([
      [
        'Temporal',
        reachable ? `reachable at ${address}` : `NOT REACHABLE at ${address}: events wait in the outbox`,
      ],
      ['Outbox', queueText(status.outbox, 'events')],
      ['Deliveries', queueText(status.deliveries, 'deliveries')],
      ['Updates', queueText(status.updates, 'updates from Telegram')],
    ]),
    late > 0
      ? style.warning(`${late} archives are late. See them with: retention session list --phase closed`)
      : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

function queueText({ waiting, oldestAt }: QueueStatus, what: string): string {
  return oldestAt ? `${waiting} ${what} wait, the oldest since ${when(oldestAt)}` : 'nothing waits';
}
