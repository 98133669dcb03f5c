import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { Kysely } from 'kysely';
import type { Acts } from '../acts/acts.ts';
import { listTokens, type ApiToken } from '../db/tokens.ts';
import type { Tables } from '../db/tables.ts';
import { ROLES, type Role } from '../domain/roles.ts';
import type { CliDeps } from './deps.ts';
import { createOutput, facts, jsonOption, table } from './output.ts';

/** What the commands of tokens work with. */
export interface TokenServices {
  readonly db: Kysely<Tables>;
  readonly acts: Pick<Acts, 'createToken' | 'revokeToken'>;
  close(): Promise<void>;
}

type Deps = Pick<CliDeps, 'stdout' | 'stderr' | 'clock' | 'actor'> & {
  readonly open: () => Promise<TokenServices>;
};

/** `retention token …` */
export function createTokenCommand(deps: Deps): Command {
  return new Command('token')
    .description('tokens of the API: make one, see them, take one out of use')
    .addCommand(createCreateCommand(deps))
    .addCommand(createListCommand(deps))
    .addCommand(createRevokeCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention token create --project support --name helpdesk --role agent --days 90
  $ retention token list --project support
  $ retention token revoke rtk_4k1m9q2x`,
    );
}

async function withTokens(deps: Deps, work: (services: TokenServices) => Promise<void>): Promise<void> {
  const services = await deps.open();
  try {
    await work(services);
  } finally {
    await services.close();
  }
}

interface CreateOptions {
  readonly project: string;
  readonly name: string;
  readonly role: Role[];
  readonly owner?: string;
  readonly days: number;
}

const DAY_MS = 86_400_000;

function createCreateCommand(deps: Deps): Command {
  return new Command('create')
    .description('make a token; it is shown this once')
    .requiredOption('--project <id>', 'the project it is for')
    .requiredOption('--name <name>', 'what it is for, such as helpdesk')
    .addOption(
      new Option('--role <role>', 'what it may do; can be given more than once')
        .choices(ROLES)
        .argParser((role: string, given: Role[] | undefined) => [...(given ?? []), knownRole(role)])
        .makeOptionMandatory(),
    )
    .option(
      '--owner <staff-id>',
      'the member of staff who answers for it: it never may do more than they may',
    )
    .addOption(new Option('--days <number>', 'for how long it is good').default(90).argParser(parseDays))
    .addOption(jsonOption())
    .action(async (options: CreateOptions, command: Command) => {
      await withTokens(deps, async ({ acts }) => {
        const now = deps.clock();
        const { token, row } = await acts.createToken({
          ...{ projectId: options.project, name: options.name, roles: [...new Set(options.role)] },
          ...(options.owner !== undefined && { owner: options.owner }),
          expiresAt: new Date(now.getTime() + options.days * DAY_MS),
          ...{ actor: deps.actor, now },
        });
        const output = createOutput(deps, command);
        output.data({ token, ...tokenJson(row) }, () =>
          facts([
            ['Token', token],
            ['Roles', row.roles],
            ['Good until', row.expires_at],
          ]),
        );
        output.note('This is the only time it is shown. Keep it where secrets are kept.');
      });
    });
}

function knownRole(text: string): Role {
  const role = ROLES.find((one) => one === text);
  if (role) return role;
  throw new InvalidArgumentError(`Choose one of: ${ROLES.join(', ')}.`);
}

function parseDays(text: string): number {
  const days = Number(text);
  if (/^\d{1,3}$/.test(text) && days >= 1 && days <= 366) return days;
  throw new InvalidArgumentError('Expected a number of days from 1 to 366.');
}

function tokenJson(row: ApiToken) {
  return {
    id: row.id,
    prefix: row.prefix,
    projectId: row.project_id,
    name: row.name,
    roles: row.roles,
    owner: row.owner,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
    revokedBy: row.revoked_by,
  };
}

function createListCommand(deps: Deps): Command {
  return new Command('list')
    .description('tokens, the newest first; how each begins, never the whole')
    .option('--project <id>', 'only those of this project')
    .addOption(jsonOption())
    .action(async ({ project }: { project?: string }, command: Command) => {
      await withTokens(deps, async ({ db }) => {
        const output = createOutput(deps, command);
        const tokens = await listTokens(db, project);
        output.data(tokens.map(tokenJson), (style) =>
          tokens.length === 0
            ? ''
            : table(
                style,
                ['TOKEN', 'PROJECT', 'NAME', 'ROLES', 'STATE', 'EXPIRES', 'LAST USED'],
                tokens.map((one) => [
                  ...[one.prefix, one.project_id, one.name, one.roles, stateOf(one, deps.clock())],
                  ...[one.expires_at, one.last_used_at],
                ]),
              ),
        );
        if (tokens.length === 0) output.note('There is no token.');
      });
    });
}

function stateOf({ revoked_at: revokedAt, expires_at: expiresAt }: ApiToken, now: Date): string {
  if (revokedAt) return 'revoked';
  return expiresAt <= now ? 'over' : 'in force';
}

function createRevokeCommand(deps: Deps): Command {
  return new Command('revoke')
    .description('take a token out of use, from its next request on')
    .addArgument(new Argument('<token>', 'how it begins, such as rtk_4k1m9q2x, or its id'))
    .addOption(jsonOption())
    .action(async (token: string, _options: unknown, command: Command) => {
      await withTokens(deps, async ({ acts }) => {
        const row = await acts.revokeToken({ token, actor: deps.actor, now: deps.clock() });
        createOutput(deps, command).data(tokenJson(row), () => `${row.prefix} is revoked.`);
      });
    });
}
