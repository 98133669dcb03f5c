import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Argument, Command, Option } from 'commander';
import { manifestsOf } from '../db/archives.ts';
import { readLife, type Life } from '../db/life.ts';
import type { ArchiveRow } from '../db/tables.ts';
import { matches, readersOf } from '../domain/decision.ts';
import { AppError } from '../domain/errors.ts';
import { standingOf } from '../domain/phases.ts';
import { createArchiveVerifyCommand } from './archive-verify.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { findSession, ID_HELP } from './find-session.ts';
import { parseReadReason } from './inputs.ts';
import { startProgress } from './progress.ts';

/** `retention archive …` */
export function createArchiveCommand(deps: CliDeps): Command {
  return new Command('archive')
    .description('read and verify what is archived')
    .addCommand(createCatCommand(deps))
    .addCommand(createArchiveVerifyCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention archive cat 1f0c2d3e --reason TICKET-4711
  $ retention archive cat 1f0c2d3e --reason dispute | jq -r '.revisions[-1].content.text'
  $ retention archive verify --sample 1000`,
    );
}

function createCatCommand(deps: CliDeps): Command {
  return new Command('cat')
    .description('print the archived entries of a session as JSON Lines; the audit records who read them')
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(
      new Option('--reason <word>', 'why they are read: a word or a ticket number, which the audit keeps')
        .argParser(parseReadReason)
        .makeOptionMandatory(),
    )
    .action(async (id: string, { reason }: { reason: string }) => {
      await withServices(deps, async (services) => {
        const now = deps.clock();
        const life = await readLife(services.db, await findSession(services.db, id), now);
        const objects = await entryObjects(services, life);
        const narrowed = narrowedBy(life);
        if (narrowed) deps.stderr.write(`It is ${narrowed}. The audit records this reading with that.\n`);
        await recordReading(deps, services, life, objects, narrowed ? `${reason}; ${narrowed}` : reason);
        await verify(deps, services, life, objects);
        await pipeline(Readable.from(jsonLines(services, life, objects)), deps.stdout, { end: false });
      });
    });
}

/** The objects that hold entries; attachments lie in objects of their own. */
async function entryObjects({ db }: CliServices, life: Life): Promise<ArchiveRow[]> {
  const { sessionId } = life;
  if (life.phase === 'open' || life.phase === 'closed')
    throw new AppError(
      'phase_conflict',
      `Session ${sessionId} is ${standingOf(life)} and not archived yet. Try again when it is.`,
    );
  // From its confirmation on an erasure hides it from everybody, whether its keys are gone yet or not.
  if (life.phase === 'deleted' || life.erased)
    throw new AppError(
      'phase_conflict',
      `Session ${sessionId} is deleted: nothing of its archive is left to read.`,
    );
  return (await manifestsOf(db, sessionId)).filter((object) => object.attachment_id === null);
}

/** Who alone may read it and why, where an erasure or the policy narrows that. */
function narrowedBy(life: Life): string | null {
  if (life.restrictedAt) return 'readable by compliance alone (kept against an erasure request)';
  const readers = readersOf(life.policy, life);
  if (!readers) return null;
  const rules = life.policy.rules.filter((rule) => rule.readers && matches(rule.when, life));
  const who = readers.length > 0 ? `${readers.join(' and ')} alone` : 'nobody';
  return `readable by ${who} (${rules.map(({ id }) => id).join(', ')})`;
}

/** Written before anything is opened, so that no reading goes unrecorded. */
async function recordReading(
  deps: CliDeps,
  services: CliServices,
  life: Life,
  objects: readonly ArchiveRow[],
  reason: string,
): Promise<void> {
  await services.appendAuditEntry({
    at: deps.clock(),
    actor: deps.actor,
    action: 'archive.read',
    object: { kind: 'session', id: life.sessionId },
    projectId: life.projectId,
    counts: { objects: objects.length, messages: objects.reduce((sum, object) => sum + object.messages, 0) },
    reason,
  });
}

/** Reads every object to its end: only then is it certain that nothing of it is missing or altered. */
async function verify(deps: CliDeps, services: CliServices, life: Life, objects: readonly ArchiveRow[]) {
  const progress = startProgress(deps.stderr, { total: objects.length, what: 'objects verified' });
  try {
    for (const object of objects) {
      for await (const _line of services.openArchive(object, life.projectId));
      progress.advance();
    }
  } finally {
    progress.stop();
  }
}

async function* jsonLines(services: CliServices, life: Life, objects: readonly ArchiveRow[]) {
  for (const object of objects)
    for await (const line of services.openArchive(object, life.projectId))
      if (line.type === 'message') yield `${JSON.stringify(line)}\n`;
}
