import { Command, Option } from 'commander';
import { AppError } from '../domain/errors.ts';
import {
  NOT_THE_AUDIT_LOG,
  processingActivity,
  registerDocument,
  type ProcessingSource,
} from '../domain/processing-register.ts';
import type { CliDeps } from './deps.ts';

/** Where the register is made from. */
export interface RegisterServices {
  /** Every project, by its policy in force. */
  sources(): Promise<readonly ProcessingSource[]>;
  close(): Promise<void>;
}

interface RegisterFlags {
  readonly project?: string;
  readonly format: 'markdown' | 'json';
  readonly json?: boolean;
}

/** `retention register` */
export function createRegisterCommand(
  deps: Pick<CliDeps, 'stdout' | 'clock'> & { readonly open: () => Promise<RegisterServices> },
): Command {
  return new Command('register')
    .description('the register of processing activities (GDPR Art. 30), from projects and policies')
    .option('--project <id>', 'only this project')
    .addOption(
      new Option('--format <format>', 'what to print').choices(['markdown', 'json']).default('markdown'),
    )
    .option('--json', 'the same as --format json')
    .action(async ({ project, format, json }: RegisterFlags) => {
      const services = await deps.open();
      try {
        const all = await services.sources();
        const wanted = all.filter(({ projectId }) => project === undefined || projectId === project);
        if (project !== undefined && wanted.length === 0)
          throw new AppError(
            'not_found',
            `There is no project ${project}. See them with: retention projects list`,
          );
        const activities = wanted.map(processingActivity);
        const text =
          json || format === 'json'
            ? JSON.stringify({ madeAt: deps.clock(), note: NOT_THE_AUDIT_LOG, activities }, null, 2)
            : registerDocument(activities, deps.clock());
        deps.stdout.write(`${text}\n`);
      } finally {
        await services.close();
      }
    })
    .addHelpText(
      'after',
      `
Not the audit log: see retention audit --help.

Example:
  $ retention register --project support > register.md`,
    );
}
