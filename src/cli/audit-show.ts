import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Argument, Command } from 'commander';
import type { AuditRow } from '../db/audit.ts';
import { checkpointCovering } from '../db/audit-checkpoints.ts';
import { placeOfEntry } from '../db/audit-tree.ts';
import { auditEntryJson } from './audit.ts';
import { withAuditLog, type AuditCliDeps, type AuditLogServices } from './audit-deps.ts';
import { entryOfNumber } from './audit-receipt.ts';
import { countingBar } from './audit-verify.ts';
import { createOutput, facts, jsonOption } from './output.ts';

/** `retention audit show` */
export function createShowCommand(deps: AuditCliDeps): Command {
  return new Command('show')
    .description('everything about one entry, its place in the log, and its run in the Temporal UI')
    .addArgument(new Argument('<seq>', 'the number of the entry'))
    .addOption(jsonOption())
    .action(async (seq: string, _options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      await withAuditLog(deps, async (log) => {
        const entry = await entryOfNumber(log.db, seq);
        const found = await placeOf(log, entry);
        output.data({ ...auditEntryJson(entry), ...found }, () => entryText(entry, found));
      });
    });
}

interface Found {
  readonly position: number | null;
  readonly head: { readonly size: number; readonly at: Date; readonly anchoredAt: Date | null } | null;
  readonly temporalUi: string | null;
}

async function placeOf(log: AuditLogServices, entry: AuditRow): Promise<Found> {
  const position = (await placeOfEntry(log.db, entry.seq)) ?? null;
  const head = position === null ? undefined : await checkpointCovering(log.db, position);
  const { workflow_id: workflowId, run_id: runId } = entry;
  return {
    position,
    head: head ? { size: head.size, at: head.at, anchoredAt: head.anchoredAt } : null,
    temporalUi: workflowId === null ? null : log.urlOfRun({ workflowId, runId: runId ?? '' }),
  };
}

function entryText(entry: AuditRow, { position, head, temporalUi }: Found): string {
  return facts([
    ['Number', String(entry.seq)],
    ['At', entry.at],
    ['Action', entry.action],
    ['Object', `${entry.object_kind} ${entry.object_id}`],
    ['Actor', [entry.actor_kind, entry.actor_id, entry.actor_role ?? ''].join(' ').trim()],
    ['Project', entry.project_id],
    ['Counts', Object.entries(entry.counts).map(([name, count]) => `${name} ${count}`)],
    ['Reason', entry.reason],
    ['Request', entry.request_id],
    ['Operation', entry.op_id],
    ['Workflow', entry.workflow_id],
    ['Run', entry.run_id],
    ['Activity', entry.activity],
    ['Temporal UI', temporalUi],
    ['Position', position === null ? 'not yet: it gets one within seconds' : String(position)],
    ['Signed head', head ? `${head.size} entries` : 'not yet: one is signed within minutes'],
    ['Signed', head?.at],
    ['Anchored', head?.anchoredAt],
  ]);
}

/** `retention audit export` */
export function createExportCommand(deps: AuditCliDeps): Command {
  return new Command('export')
    .description('write the whole log, up to its newest signed head, as JSON Lines')
    .option('--to <file>', 'a file instead of the output')
    .option('--json', 'the export is JSON Lines in any case')
    .action(async ({ to }: { to?: string }) => {
      await withAuditLog(deps, (log) => exportTo(deps, log, to));
    })
    .addHelpText(
      'after',
      `
Examples:
  $ retention audit export --to audit.jsonl
  $ retention audit export | jq -c 'select(.entry.action == "session.deleted").entry'`,
    );
}

async function exportTo(deps: AuditCliDeps, log: AuditLogServices, to: string | undefined): Promise<void> {
  const { from, to: end } = await log.exportedRange();
  await log.appendAuditEntry({
    at: deps.clock(),
    actor: deps.actor,
    action: 'audit.exported',
    object: { kind: 'audit', id: String(end) },
    projectId: null,
    counts: { entries: end - from },
  });
  const bar = countingBar(deps, 'entries written');
  const sink = to === undefined ? deps.stdout : createWriteStream(to, { mode: 0o600 });
  try {
    const lines = counted(log.exportLog(), (entries) => bar.onProgress(entries, end - from));
    await pipeline(Readable.from(lines), sink, { end: to !== undefined });
  } finally {
    bar.stop();
  }
}

const TOLD_EVERY = 1_000;

async function* counted(lines: AsyncIterable<string>, tell: (entries: number) => void) {
  let entries = 0;
  for await (const line of lines) {
    if (line.startsWith('{"position"') && ++entries % TOLD_EVERY === 0) tell(entries);
    yield line;
  }
}
