import { Argument, Command } from 'commander';
import { AREAS, type Area, type Finding } from '../domain/doctor.ts';
import type { CliDeps } from './deps.ts';
import { EXIT } from './exit-codes.ts';
import { createOutput, jsonOption, type Style } from './output.ts';

/** What looking at an installation needs; closed after it. */
export interface DoctorServices {
  /** Everything, or one area alone. */
  readonly run: (area?: Area) => Promise<Finding[]>;
  close(): Promise<void>;
}

type DoctorDeps = Pick<CliDeps, 'stdout' | 'stderr'> & { readonly open: () => Promise<DoctorServices> };

interface Options {
  readonly strict?: boolean;
}

/** `retention doctor` */
export function createDoctorCommand(deps: DoctorDeps): Command {
  return new Command('doctor')
    .description('look at everything this installation depends on, and say what mends what is wrong')
    .addArgument(new Argument('[area]', 'one area alone').choices(AREAS))
    .option('--strict', 'end with 5 for warnings too, not only for failures')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A failure is a promise that does not hold while it lasts; a warning may become one.

Exit codes: 0 nothing failed; 5 something did, or with --strict there are warnings.

Examples:
  $ retention doctor
  $ retention doctor telegram
  $ retention doctor --strict --json`,
    )
    .action(async (area: Area | undefined, { strict }: Options, command: Command) => {
      const services = await deps.open();
      try {
        const findings = await services.run(area);
        const count = (level: Finding['level']) => findings.filter((one) => one.level === level).length;
        const counts = { ok: count('ok'), warnings: count('warning'), failures: count('failure') };
        createOutput(deps, command).data({ ...counts, findings }, (style) =>
          inWords(style, findings, counts),
        );
        if (area === 'telegram' && findings.length === 0)
          createOutput(deps, command).note(
            'No project has a bot. Set RETENTION_BOT_TOKEN_ and the id of the project in capitals.',
          );
        if (counts.failures > 0 || (strict && counts.warnings > 0)) process.exitCode = EXIT.unreachable;
      } finally {
        await services.close();
      }
    });
}

const MARKS = { ok: 'ok      ', warning: 'WARNING ', failure: 'FAILURE ' } as const;

function inWords(
  style: Style,
  findings: readonly Finding[],
  { ok, warnings, failures }: { ok: number; warnings: number; failures: number },
): string {
  const parts = AREAS.flatMap((area) => {
    const theirs = findings.filter((one) => one.area === area);
    return theirs.length === 0
      ? []
      : [[style.heading(area), ...theirs.map((one) => lineOf(style, one))].join('\n')];
  });
  return [...parts, `${ok} ok, ${warnings} warnings, ${failures} failures`].join('\n\n');
}

function lineOf(style: Style, finding: Finding): string {
  const line = `  ${MARKS[finding.level]}${finding.check}: ${finding.found}`;
  if (finding.level === 'ok') return line;
  return `${style.warning(line)}\n            ${finding.consequence}\n            Mend it: ${finding.mend}`;
}
