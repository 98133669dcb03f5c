import { Command, Option } from 'commander';
import type { ArchiveCheckReport } from '../acts/archive-check.ts';
import { countObjects, everyObject, sampleOfObjects, type ArchivedObject } from '../db/archive-check.ts';
import type { ObjectFault } from '../domain/archive-check.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { EXIT } from './exit-codes.ts';
import { parseCount } from './inputs.ts';
import { createOutput, facts, jsonOption, table, type Style } from './output.ts';
import { startProgress } from './progress.ts';

interface Options {
  readonly project?: string;
  readonly sample?: number;
}

/** `retention archive verify` */
export function createArchiveVerifyCommand(deps: CliDeps): Command {
  return new Command('verify')
    .description('read archive objects and compare size and hash with what was recorded')
    .option('--project <id>', 'only the objects of a project')
    .addOption(
      new Option('--sample <n>', 'only so many, by chance; all of them when left out').argParser(parseCount),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Needs no key and shows no text. The service does the same by itself, each object within
RETENTION_ARCHIVE_CHECK_DAYS; what is found here counts for it, and calls those in charge as it does.

Exit codes: 0 all of it is what was stored; 1 something is not; 5 a store did not answer.

Examples:
  $ retention archive verify --sample 1000
  $ retention archive verify --project support --json`,
    )
    .action(async (options: Options, command: Command) => {
      await withServices(deps, async (services) => {
        const output = createOutput(deps, command);
        const report = await verify(deps, services, options);
        output.data(report, (style) => wordsOf(style, report));
        if (report.unread > 0) process.exitCode = EXIT.unreachable;
        if (report.faults.length > 0) process.exitCode = EXIT.unexpected;
      });
    });
}

async function verify(
  deps: CliDeps,
  { db, checkArchive, appendAuditEntry }: CliServices,
  { project, sample }: Options,
): Promise<ArchiveCheckReport> {
  const all = await countObjects(db, project);
  const total = Math.min(all, sample ?? all);
  const progress = startProgress(deps.stderr, { total, what: 'objects compared' });
  const sum = { objects: 0, unread: 0, faults: [] as ArchiveCheckReport['faults'][number][] };
  const pages =
    sample === undefined ? everyObject(db, project) : [await sampleOfObjects(db, sample, project)];
  try {
    for await (const objects of pages as AsyncIterable<ArchivedObject[]>) {
      const onObject = () => progress.advance();
      const report = await checkArchive({ objects, actor: deps.actor, clock: deps.clock, onObject });
      sum.objects += report.objects;
      sum.unread += objects.length - report.objects;
      sum.faults.push(...report.faults);
      if (report.unread > 0 && report.objects + report.unread < objects.length) break;
    }
  } finally {
    progress.stop();
  }
  await appendAuditEntry({
    at: deps.clock(),
    actor: deps.actor,
    action: 'archive.verified',
    object:
      project === undefined ? { kind: 'installation', id: 'archive' } : { kind: 'project', id: project },
    projectId: project ?? null,
    counts: { objects: sum.objects, unread: sum.unread, faults: sum.faults.length },
  });
  return sum;
}

const WORDS: Record<ObjectFault, string> = {
  missing: 'not in its store',
  exchanged: 'something else was written under its name',
  damaged: 'its size or bytes are not those that were stored',
};

function wordsOf(style: Style, { objects, unread, faults }: ArchiveCheckReport): string {
  const counts = facts([
    ['Objects compared', objects],
    ['Not read', unread > 0 ? unread : undefined],
  ]);
  if (faults.length === 0) return `${counts}\nEach of them is what was stored.`;
  const rows = faults.map(({ projectId, sessionId, name, fault }) => [
    projectId,
    sessionId,
    name,
    WORDS[fault],
  ]);
  return `${counts}\n${table(style, ['PROJECT', 'SESSION', 'OBJECT', 'WHAT IS WRONG'], rows)}`;
}
