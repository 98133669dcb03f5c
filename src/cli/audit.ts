import { Command, Option } from 'commander';
import { listAuditEntries, type AuditRow } from '../db/audit.ts';
import { withServices, type CliDeps } from './deps.ts';
import { findSession } from './find-session.ts';
import { parseInstant, parseCount } from './inputs.ts';
import { createOutput, jsonOption, shortId, table, type Style } from './output.ts';

interface ListOptions {
  readonly session?: string;
  readonly action?: string;
  readonly since?: string;
  readonly limit: number;
}

/** `retention audit …` */
export function createAuditCommand(deps: CliDeps): Command {
  const list = new Command('list')
    .description('audit entries, newest first')
    .option('--session <id>', 'only those of this session')
    .option('--action <action>', 'only this action, such as hold.placed, or group of actions, such as hold')
    .option('--since <date>', 'only those since a date or instant (dates are UTC)')
    .addOption(new Option('--limit <number>', 'at most so many').default(50).argParser(parseCount))
    .addOption(jsonOption())
    .action(async (options: ListOptions, command: Command) => {
      const output = createOutput(deps, command);
      const { session, action, limit } = options;
      const since = options.since === undefined ? undefined : parseInstant(options.since, 'UTC', '--since');
      await withServices(deps, async ({ db }) => {
        const found = await listAuditEntries(db, {
          ...(session !== undefined && { sessionId: await findSession(db, session) }),
          ...(action !== undefined && { action }),
          ...(since !== undefined && { since }),
          limit: limit + 1,
        });
        const shown = found.slice(0, limit);
        output.data(shown.map(auditEntryJson), (style) => (shown.length > 0 ? auditTable(style, shown) : ''));
        if (shown.length === 0) output.note('No audit entry is like that.');
        if (found.length > limit)
          output.note(`There are more than these ${limit}: raise --limit or narrow the list.`);
      });
    })
    .addHelpText(
      'after',
      `
Examples:
  $ retention audit list --session 1f0c2d3e
  $ retention audit list --action archive.read --since 2026-01-01 --json`,
    );
  return new Command('audit').description('read what was done, when and by whom').addCommand(list);
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
