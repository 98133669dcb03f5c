import { Command } from 'commander';
import type { Counts } from '../domain/events.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { createOutput, facts, jsonOption } from './output.ts';

/** `retention keys …` */
export function createKeysCommand(deps: CliDeps): Command {
  return new Command('keys')
    .description('the key encryption key, which wraps the key of every session')
    .addCommand(
      new Command('rotate')
        .description('make a new key encryption key and wrap every data key anew under it')
        .addOption(jsonOption())
        .action((_options: unknown, command: Command) =>
          withServices(deps, async (services) => {
            // At once, since the wrapping that follows may be cut short.
            await audit(deps, services, 'keys.rotated', await services.keyRing.rotate(), {});
            await rewrap(deps, services, command);
          }),
        ),
    )
    .addCommand(
      new Command('rewrap')
        .description('go on with a rotation that was cut short')
        .addOption(jsonOption())
        .action((_options: unknown, command: Command) =>
          withServices(deps, (services) => rewrap(deps, services, command)),
        ),
    )
    .addHelpText(
      'after',
      `
The service may run meanwhile: it takes up the new key by itself. Text is not touched, since its own keys
stay the same. Back up the key file afterwards, apart from the databases.

Example:
  $ retention keys rotate`,
    );
}

async function rewrap(deps: CliDeps, services: CliServices, command: Command): Promise<void> {
  const { current, keys, retired } = await services.keyRing.rewrapAll();
  await audit(deps, services, 'keys.rewrapped', current, { keys, retired: retired.length });
  createOutput(deps, command).data({ current, keys, retired }, () =>
    facts([
      ['Current key', current],
      ['Data keys wrapped anew', String(keys)],
      ['Keys no longer needed', retired.join(', ') || 'none'],
    ]),
  );
}

async function audit(deps: CliDeps, services: CliServices, action: string, keyId: string, counts: Counts) {
  await services.appendAuditEntry({
    at: deps.clock(),
    actor: deps.actor,
    action,
    object: { kind: 'key-encryption-key', id: keyId },
    projectId: null,
    counts,
  });
}
