import { Command, Option } from 'commander';
import type { ReconcileOrder, ReconcileProgress, ReconcileReport } from '../acts/reconcile-rows.ts';
import { FINDINGS, mendOf, type Finding } from '../domain/reconciling.ts';
import type { CliDeps } from './deps.ts';
import { parseInstant } from './inputs.ts';
import { createOutput, facts, jsonOption, table, type Style } from './output.ts';
import { startProgress, type Progress } from './progress.ts';

/** What comparing rows and workflows needs; closed after it. */
export interface ReconcileServices {
  readonly run: (order: ReconcileOrder) => Promise<ReconcileReport>;
  /** Aborted when whoever sits at the terminal wants it to stop. */
  readonly signal?: AbortSignal;
  close(): Promise<void>;
}

type ReconcileCommandDeps = Pick<CliDeps, 'stdout' | 'stderr' | 'clock' | 'actor'> & {
  readonly open: () => Promise<ReconcileServices>;
};

interface Options {
  readonly project?: string;
  readonly dryRun?: boolean;
  readonly deep?: boolean;
  readonly from?: Date;
}

/** `retention reconcile` */
export function createReconcileCommand(deps: ReconcileCommandDeps): Command {
  return new Command('reconcile')
    .description('compare every session and erasure with its workflow, and mend what differs')
    .option('--project <id>', 'only what belongs to a project')
    .option('--dry-run', 'look and tell, change nothing')
    .option(
      '--deep',
      'look at every single workflow: finds tasks that fail before they are due, takes longer',
    )
    .addOption(
      new Option(
        '--from <instant>',
        'go on where an earlier run stopped: leave out what was due before',
      ).argParser((text: string) => parseInstant(text, 'UTC', '--from')),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
The rows decide: a workflow is started at the step its rows say or made to read them again, nothing is
deleted twice. It runs by itself once a day; run it by hand after a restore of the database or of Temporal.

Examples:
  $ retention reconcile --dry-run
  $ retention reconcile --project support`,
    )
    .action(async (options: Options, command: Command) => {
      const services = await deps.open();
      try {
        await run(deps, services, options, command);
      } finally {
        await services.close();
      }
    });
}

async function run(
  deps: ReconcileCommandDeps,
  services: ReconcileServices,
  { project, from, ...options }: Options,
  command: Command,
): Promise<void> {
  const dryRun = options.dryRun ?? false;
  const output = createOutput(deps, command);
  const watch = watchProgress(deps);
  try {
    const report = await services.run({
      dryRun,
      deep: options.deep ?? false,
      ...(project !== undefined && { projectId: project }),
      ...(from && { from }),
      actor: deps.actor,
      clock: deps.clock,
      ...(services.signal && { signal: services.signal }),
      onProgress: watch.show,
    });
    watch.stop();
    output.data(report, (style) => wordsOf(style, report, dryRun));
    if (report.goOnFrom) output.note(goOn(report.goOnFrom));
  } catch (error) {
    watch.stop();
    const at = watch.at();
    if (at) output.note(goOn(at));
    throw error;
  }
}

function goOn(at: Date): string {
  return `It was stopped. Go on with: retention reconcile --from ${at.toISOString()}`;
}

/** One bar for each stage. */
function watchProgress(deps: Pick<CliDeps, 'stderr'>) {
  let bar: { stage: string; done: number; progress: Progress } | undefined;
  let at: Date | null = null;
  const stop = () => bar?.progress.stop();
  return {
    stop,
    at: () => at,
    show: (progress: ReconcileProgress) => {
      const { stage, done, total } = progress;
      at = progress.at;
      if (bar?.stage !== stage) {
        stop();
        const what = stage === 'comparing' ? 'parts compared' : 'workflows looked at';
        bar = { stage, done: 0, progress: startProgress(deps.stderr, { total, what }) };
      }
      bar.progress.advance(done - bar.done);
      bar.done = done;
    },
  };
}

const WORDS: Record<Finding, string> = {
  missing: 'no workflow: never started, or deleted in Temporal',
  terminated: 'its workflow was terminated',
  cancelled: 'its workflow was cancelled',
  failed: 'its workflow failed',
  'ended-early': 'its workflow ended although it is not over',
  outlived: 'it is over, its workflow still ran',
  behind: 'its workflow knew less than the rows',
  ahead: 'its workflow knew more than the rows',
  stuck: 'its workflow task failed again and again',
  overdue: 'an hour after its date nothing was done',
  'old-run': 'its run was more than a year old',
  unknown: 'a workflow that no row knows',
  'cancel-requested': 'somebody asked Temporal to cancel it, which does nothing',
  'stopped-by-hand': 'somebody terminated a run',
  'reset-by-hand': 'somebody reset a run',
};

function wordsOf(style: Style, report: ReconcileReport, dryRun: boolean): string {
  const found = FINDINGS.filter((finding) => (report.findings[finding] ?? 0) > 0);
  const done = (finding: Finding) =>
    mendOf(finding) ? (dryRun ? 'to be mended' : 'mended') : 'for you to judge';
  return [
    facts([
      ['Sessions', report.sessions],
      ['Erasures', report.erasures],
      ['Workflows', report.workflows],
      [dryRun ? 'Nothing was changed' : 'Mended', dryRun ? undefined : report.mended],
    ]),
    found.length === 0
      ? 'Every row has its workflow.'
      : table(
          style,
          ['FINDING', 'COUNT', 'WHAT IT IS', ''],
          found.map((finding) => [finding, report.findings[finding] ?? 0, WORDS[finding], done(finding)]),
        ),
    report.unknown.length > 0 ? unknownWords(style, report.unknown) : '',
    report.paused.length > 0
      ? style.warning(
          `The database is older than its workflows: deletions are paused in ${report.paused.join(', ')}. Run retention restore-check, check the holds, then: retention breaker resume PROJECT --reason WORD`,
        )
      : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

function unknownWords(style: Style, unknown: readonly string[]): string {
  return `${style.warning('No row knows these workflows. Was the database restored? Then run: retention restore-check')}\n${unknown.join('\n')}`;
}
