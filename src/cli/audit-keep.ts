import { Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../domain/errors.ts';
import { withAuditLog, type AuditCliDeps } from './audit-deps.ts';
import { createOutput, facts, jsonOption, table } from './output.ts';

/** `retention audit keys` */
export function createAuditKeysCommand(deps: AuditCliDeps): Command {
  return new Command('keys')
    .description('the public keys of the log, oldest first: give them to those who check')
    .addOption(jsonOption())
    .action(async (_options: unknown, command: Command) => {
      const keys = await withAuditLog(deps, (log) => log.keys());
      createOutput(deps, command).data(keys, (style) =>
        table(
          style,
          ['PUBLIC KEY', 'CREATED', 'RETIRED'],
          keys.map(({ verifier, createdAt, retiredAt }) => [
            verifier,
            new Date(createdAt),
            retiredAt === undefined ? null : new Date(retiredAt),
          ]),
        ),
      );
    });
}

/** `retention audit rotate-key` */
export function createRotateKeyCommand(deps: AuditCliDeps): Command {
  return new Command('rotate-key')
    .description('make a new signing key; the old one hands over to it and signs no more')
    .addOption(jsonOption())
    .action(async (_options: unknown, command: Command) => {
      const act = { actor: deps.actor, now: deps.clock() };
      const publicKey = await withAuditLog(deps, (log) => log.rotateKey(act));
      const output = createOutput(deps, command);
      output.data({ publicKey }, () => facts([['Public key', publicKey]]));
      output.note(
        'Whoever has an older public key need not be told: exports and receipts lead from it to this one.',
      );
    });
}

/** `retention audit cut` */
export function createCutCommand(deps: AuditCliDeps): Command {
  return new Command('cut')
    .description('remove what the log has kept for long enough, up to a signed and anchored head')
    .addOption(
      new Option('--months <number>', 'how long entries are kept: 24 or more').argParser(parseMonths),
    )
    .option('--dry-run', 'only say what would go')
    .addOption(jsonOption())
    .action(async (options: { months?: number; dryRun?: boolean }, command: Command) => {
      const output = createOutput(deps, command);
      await withAuditLog(deps, async (log) => {
        const months = options.months ?? log.keepMonths;
        if (months === undefined)
          throw new AppError(
            'input_invalid',
            'Nothing says how long the audit log is kept: it is kept for ever. Name --months, or set RETENTION_AUDIT_KEEP_MONTHS.',
          );
        const now = deps.clock();
        const plan = await log.planCut(months, now);
        const done = plan && !options.dryRun ? await log.cut(plan, { actor: deps.actor, now }) : 0;
        output.data({ months, plan: plan ?? null, removed: done }, () =>
          plan
            ? facts([
                ['Kept for', `${months} months`],
                [
                  options.dryRun ? 'Would go' : 'Gone',
                  `${plan.entries} entries, before position ${plan.size}`,
                ],
                ['Head signed', plan.signedAt],
              ])
            : '',
        );
        if (!plan) output.note(`Nothing is older than ${months} months under an anchored head.`);
      });
    })
    .addHelpText(
      'after',
      `
The service does the same once a day where RETENTION_AUDIT_KEEP_MONTHS is set. What is left still proves itself.

Example:
  $ retention audit cut --months 72 --dry-run`,
    );
}

function parseMonths(text: string): number {
  const months = Number(text);
  if (!Number.isInteger(months) || months < 24 || months > 1200)
    throw new InvalidArgumentError('Expected a whole number of months, 24 or more.');
  return months;
}
