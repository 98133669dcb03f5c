import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Argument, Command, Option } from 'commander';
import type { Finding, Problem } from '../audit/findings.ts';
import type { VerifyReport } from '../audit/verify.ts';
import { AppError } from '../domain/errors.ts';
import { withAuditLog, type AuditCliDeps } from './audit-deps.ts';
import { createOutput, facts, jsonOption, type Style } from './output.ts';
import { startProgress, type Progress } from './progress.ts';

interface VerifyFlags {
  readonly publicKey?: string[];
  readonly anchor?: string;
}

/** `retention audit verify` */
export function createVerifyCommand(deps: AuditCliDeps): Command {
  return new Command('verify')
    .description('check that nothing in the log was changed, removed, moved, put in or cut off')
    .addArgument(new Argument('[file]', 'an export; without it, the log of the running installation'))
    .addOption(publicKeyOption())
    .option('--anchor <url>', 'where signed heads are kept: gs://BUCKET/PREFIX or file:///DIRECTORY')
    .addOption(jsonOption())
    .action(async (file: string | undefined, flags: VerifyFlags, command: Command) => {
      const output = createOutput(deps, command);
      const report = await verify(deps, file, flags);
      output.data(report, (style) => reportText(style, report));
      if (report.anchored === 0 && report.ok)
        output.note(
          'No anchor was asked: a history rewritten by the holder of the key, or an end cut off, would not show. Name one with --anchor.',
        );
      if (report.first) throw new AppError('audit_damaged', inWords(report.first));
    })
    .addHelpText(
      'after',
      `
With a file it needs nothing else of this installation: no service, no database, no configuration. Ends with 1
where anything is wrong.

Examples:
  $ retention audit verify
  $ retention audit verify audit.jsonl --public-key audit-key.txt --anchor gs://audit-anchor/support`,
    );
}

/** The keys to believe: as text, or in a file of one key a line. */
export function publicKeyOption(): Option {
  return new Option(
    '--public-key <key>',
    'a public key NAME+ID+KEY, or a file of such lines; may be given again',
  ).argParser((text, before: string[] = []) => [...before, text]);
}

/** @throws AppError `input_invalid` when a file holds nothing */
export async function readPublicKeys(given: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(
    given.map((text) => (existsSync(text) ? readFile(text, 'utf8') : Promise.resolve(text))),
  );
  const keys = texts.flatMap((text) => text.split(/\s+/)).filter(Boolean);
  if (keys.length === 0)
    throw new AppError('input_invalid', 'Name a public key of the log: --public-key KEY or a file of keys.');
  return keys;
}

async function verify(
  deps: AuditCliDeps,
  file: string | undefined,
  flags: VerifyFlags,
): Promise<VerifyReport> {
  const bar = countingBar(deps, 'entries checked');
  const anchor = flags.anchor === undefined ? {} : { anchorUrl: flags.anchor };
  try {
    if (file !== undefined) {
      const publicKeys = await readPublicKeys(flags.publicKey ?? []);
      return await deps.tools.verifyFile(file, { publicKeys, ...anchor, onProgress: bar.onProgress });
    }
    const keys = flags.publicKey && { publicKeys: await readPublicKeys(flags.publicKey) };
    return await withAuditLog(deps, (log) => log.check({ ...keys, ...anchor, onProgress: bar.onProgress }));
  } finally {
    bar.stop();
  }
}

/** A bar that begins once it is known how much there is to do. */
export function countingBar(deps: Pick<AuditCliDeps, 'stderr'>, what: string) {
  let bar: Progress | undefined;
  let shown = 0;
  return {
    onProgress: (done: number, of: number) => {
      bar ??= startProgress(deps.stderr, { total: of, what });
      bar.advance(done - shown);
      shown = done;
    },
    stop: () => bar?.stop(),
  };
}

/** What follows from a finding: what can still be relied on, and what to do. */
const CONSEQUENCES: Record<Problem, string> = {
  changed: 'What it says now is not what happened; the other entries are not affected by it.',
  removed: 'What happened there is unknown; the other entries are not affected by it.',
  inserted: 'Nothing of the kind was recorded: do not rely on it.',
  reordered: 'Each entry may be genuine, but not the order in which things happened.',
  rewritten: 'No entry in that range can be relied on. Compare with an older export or a back-up.',
  truncated: 'What happened last is unknown. Compare with an older export or a back-up.',
  diverged: 'Somebody showed two histories: neither can be relied on from there. Treat the key as stolen.',
  unsealed: 'These entries may still be changed unseen, until a head that covers them is signed.',
  bad_checkpoint: 'That signature proves nothing. If you gave the right key, somebody altered the log.',
  unreadable: 'Nothing can be said of that part. Take the file anew from its source.',
};

function inWords({ message, problem }: Finding): string {
  return `${message} ${CONSEQUENCES[problem]}`;
}

const SHOWN = 20;

function reportText(style: Style, report: VerifyReport): string {
  const { findings, findingCount, head } = report;
  const verdict = report.ok
    ? style.heading('Nothing was changed, removed, moved, put in or cut off.')
    : style.warning(
        findingCount === 1 ? 'One thing is wrong.' : `${findingCount} things are wrong; the first:`,
      );
  const wrong = findings.slice(0, SHOWN).map((finding) => `  ${inWords(finding)}`);
  return [
    verdict,
    ...wrong,
    facts([
      ['Log', report.origin],
      ['Entries', `${report.entries}, at positions ${report.from} to ${report.until - 1}`],
      [
        'Before them',
        report.from === 0 ? undefined : report.cut ? 'cut by the retention rule of the log' : '?',
      ],
      ['Signed heads compared', String(report.checkpoints)],
      ['Heads of the anchor compared', String(report.anchored)],
      ['Newest head', head && `${head.size} entries, signed with key ${head.signedBy.id}`],
    ]),
  ].join('\n');
}
