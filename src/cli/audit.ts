import { Command, InvalidArgumentError, Option } from 'commander';
import { listAuditEntries, type AuditFilter, type AuditRow } from '../db/audit.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { findSession } from './find-session.ts';
import { parseInstant, parseCount } from './inputs.ts';
import { createOutput, jsonOption, shortId, table, type Style } from './output.ts';

interface ListOptions {
  readonly session?: string;
  readonly action?: string;
  readonly actor?: string;
  readonly request?: string;
  readonly project?: string;
  readonly workflow?: string;
  readonly since?: string;
  readonly until?: string;
  readonly before?: number;
  readonly limit: number;
}

/**
 * `retention audit …`
 *
 * @param more its commands that are made elsewhere, such as `verify`
 */
export function createAuditCommand(deps: CliDeps, more: readonly Command[] = []): Command {
  const audit = new Command('audit')
    .description('read what was done, when and by whom, and prove it')
    .addCommand(createListCommand(deps));
  for (const command of more) audit.addCommand(command);
  return audit;
}

function createListCommand(deps: CliDeps): Command {
  return new Command('list')
    .description('audit entries, newest first')
    .option('--session <id>', 'only those of this session')
    .option('--action <action>', 'only this action, such as hold.placed, or group of actions, such as hold')
    .option('--actor <id>', 'only what they did: an id, or a kind such as operator or workflow')
    .option('--request <number>', 'only what belongs to a request, such as an erasure by its number')
    .option('--project <id>', 'only those of a project')
    .option('--workflow <id>', 'only those of a workflow, as the Temporal UI names it')
    .option('--since <date>', 'only those since a date or instant (dates are UTC)')
    .option('--until <date>', 'only those before a date or instant')
    .addOption(
      new Option('--before <seq>', 'only entries with a lower number: the next page').argParser(parseSeq),
    )
    .addOption(new Option('--limit <number>', 'at most so many').default(50).argParser(parseCount))
    .addOption(jsonOption())
    .action(async (options: ListOptions, command: Command) => {
      const output = createOutput(deps, command);
      const { limit } = options;
      await withServices(deps, async ({ db }) => {
        const found = await listAuditEntries(db, { ...(await filterOf(db, options)), limit: limit + 1 });
        const shown = found.slice(0, limit);
        output.data(shown.map(auditEntryJson), (style) => (shown.length > 0 ? auditTable(style, shown) : ''));
        if (shown.length === 0) output.note('No audit entry is like that.');
        if (found.length > limit)
          output.note(`There are more than these ${limit}: go on with --before ${shown.at(-1)?.seq ?? 0}.`);
      });
    })
    .addHelpText(
      'after',
      `
Examples:
  $ retention audit list --session 1f0c2d3e
  $ retention audit list --actor operator --since 2026-01-01 --until 2026-02-01
  $ retention audit list --action archive.read --since 2026-01-01 --json`,
    );
}

async function filterOf(db: CliServices['db'], options: ListOptions): Promise<Omit<AuditFilter, 'limit'>> {
  const { session, action, actor, request, project, workflow, since, until, before } = options;
  return {
    ...(session !== undefined && { sessionId: await findSession(db, session) }),
    ...(action !== undefined && { action }),
    ...(actor !== undefined && { actor }),
    ...(request !== undefined && { requestId: request }),
    ...(project !== undefined && { projectId: project }),
    ...(workflow !== undefined && { workflowId: workflow }),
    ...(since !== undefined && { since: parseInstant(since, 'UTC', '--since') }),
    ...(until !== undefined && { until: parseInstant(until, 'UTC', '--until') }),
    ...(before !== undefined && { before }),
  };
}

function parseSeq(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected the number of an entry.');
  return Number(text);
}

/** An audit entry for programs. */
export function auditEntryJson(entry: AuditRow) {
  return {
    seq: entry.seq,
    at: entry.at,
    actor: { kind: entry.actor_kind, id: entry.actor_id, role: entry.actor_role },
    action: entry.action,
    object: { kind: entry.object_kind, id: entry.object_id },
    projectId: entry.project_id,
    counts: entry.counts,
    reason: entry.reason,
    requestId: entry.request_id,
    opId: entry.op_id,
    source: entry.workflow_id && {
      workflowId: entry.workflow_id,
      runId: entry.run_id,
      activity: entry.activity,
    },
  };
}

/** Audit entries of many objects, for people. */
export function auditTable(style: Style, entries: readonly AuditRow[]): string {
  const [first, second, third, ...rest] = TIMELINE_HEADINGS;
  return table(
    style,
    [first, second, third, 'OBJECT', ...rest],
    entries.map((entry) => {
      const [seq, at, action, ...others] = timelineRow(entry);
      return [seq, at, action, shortened(`${entry.object_kind} ${entry.object_id}`), ...others];
    }),
  );
}

const TIMELINE_HEADINGS = ['SEQ', 'AT', 'ACTION', 'ACTOR', 'COUNTS', 'REASON'] as const;

/** Audit entries of one object, for people. */
export function timelineTable(style: Style, entries: readonly AuditRow[]): string {
  return table(style, TIMELINE_HEADINGS, entries.map(timelineRow));
}

function timelineRow(entry: AuditRow) {
  return [
    entry.seq,
    entry.at,
    entry.action,
    shortened(`${entry.actor_kind} ${entry.actor_id}`),
    Object.entries(entry.counts).map(([name, count]) => `${name} ${count}`),
    entry.reason,
  ] as const;
}

function shortened(text: string): string {
  return text.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => shortId(id));
}
