import { Argument, Command, Option } from 'commander';
import type { Kysely } from 'kysely';
import type { AccountActs } from '../acts/accounts.ts';
import { accountByLogin, listAccounts, type Account } from '../db/accounts.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import { ROLES, type Role } from '../domain/roles.ts';
import type { CliDeps } from './deps.ts';
import { createOutput, jsonOption, table } from './output.ts';

/** What the commands of accounts work with. */
export interface AccountServices {
  readonly db: Kysely<Tables>;
  readonly accounts: AccountActs;
  /** A new secret for a link, with its hash. */
  readonly newLink: () => { readonly url: string; readonly tokenHash: Buffer };
  close(): Promise<void>;
}

type Deps = Pick<CliDeps, 'stdout' | 'stderr' | 'clock' | 'actor'> & {
  readonly open: () => Promise<AccountServices>;
};

const LOGIN_HELP = 'the name the person signs in with';

/** `retention account …` */
export function createAccountCommand(deps: Deps): Command {
  return new Command('account')
    .description('who may sign in to the console, and what they are in each project')
    .addCommand(createInvite(deps))
    .addCommand(createList(deps))
    .addCommand(createRoles(deps))
    .addCommand(createDisable(deps, 'disable', 'sign a person out everywhere and let them in no more'))
    .addCommand(createDisable(deps, 'enable', 'let a disabled account in again'))
    .addCommand(createReset(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention account invite ann --admin
  $ retention account roles bob support agent supervisor
  $ retention account disable bob`,
    );
}

function createInvite(deps: Deps): Command {
  return new Command('invite')
    .description('make an account and the link by which its owner takes it up')
    .argument('<login>', LOGIN_HELP)
    .option('--admin', 'an administrator of the installation')
    .addOption(new Option('--telegram <id>', 'the Telegram id of the same person').argParser(parseTelegramId))
    .addOption(jsonOption())
    .action(async (login: string, options: { admin?: true; telegram?: number }, command: Command) => {
      const output = createOutput(deps, command);
      await withAccounts(deps, async ({ accounts, newLink }) => {
        const { url, tokenHash } = newLink();
        const accountId = await accounts.invite({
          login,
          ...(options.admin && { administrator: true }),
          ...(options.telegram !== undefined && { telegramUserId: options.telegram }),
          tokenHash,
          actor: deps.actor,
          now: deps.clock(),
        });
        output.data({ id: accountId, link: url }, () => url);
        output.note('The link works once, and for three days. Whoever has it becomes this person.');
      });
    });
}

function createList(deps: Deps): Command {
  return new Command('list')
    .description('every account')
    .addOption(jsonOption())
    .action(async (_options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      await withAccounts(deps, async ({ db }) => {
        const lines = await listAccounts(db);
        output.data(lines, (style) =>
          table(
            style,
            ['LOGIN', 'STATE', 'ROLES', 'LAST SIGNED IN'],
            lines.map((line) => [
              line.login,
              [
                ...(line.administrator ? ['administrator'] : []),
                ...(line.invited ? ['invited'] : []),
                ...(line.disabledAt ? ['disabled'] : []),
              ],
              line.roles.map(({ projectId, roles }) => `${projectId}: ${roles.join(' ')}`),
              line.signedInAt,
            ]),
          ),
        );
        if (lines.length === 0)
          output.note('Nobody has an account. Make one with: retention account invite NAME --admin');
      });
    });
}

function createRoles(deps: Deps): Command {
  return new Command('roles')
    .description('set the roles that an account has in a project, beside those of the project file')
    .argument('<login>', LOGIN_HELP)
    .argument('<project>', 'the id of the project')
    .addArgument(new Argument('[roles...]', 'none takes them all back').choices(ROLES))
    .action(async (login: string, projectId: string, roles: Role[], _options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      await withAccounts(deps, async ({ db, accounts }) => {
        const { id } = await find(db, login);
        await accounts.setRoles({ accountId: id, projectId, roles, actor: deps.actor, now: deps.clock() });
        output.note(`${login} in ${projectId}: ${roles.join(', ') || 'no roles'}.`);
      });
    });
}

function createDisable(deps: Deps, name: 'disable' | 'enable', description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<login>', LOGIN_HELP)
    .action(async (login: string, _options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      await withAccounts(deps, async ({ db, accounts }) => {
        const { id } = await find(db, login);
        const disabled = name === 'disable';
        await accounts.setDisabled({ accountId: id, disabled, actor: deps.actor, now: deps.clock() });
        output.note(`${login} is ${name}d.`);
      });
    });
}

function createReset(deps: Deps): Command {
  return new Command('reset')
    .description(
      'forget password, authenticator and provider of an account, and make a link to take it up anew',
    )
    .argument('<login>', LOGIN_HELP)
    .addOption(jsonOption())
    .action(async (login: string, _options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      await withAccounts(deps, async ({ db, accounts, newLink }) => {
        const { id } = await find(db, login);
        const { url, tokenHash } = newLink();
        await accounts.reset({ accountId: id, tokenHash, actor: deps.actor, now: deps.clock() });
        output.data({ id, link: url }, () => url);
        output.note('The link works once, and for three days. Whoever has it becomes this person.');
      });
    });
}

async function find(db: Kysely<Tables>, login: string): Promise<Account> {
  const account = await accountByLogin(db, login);
  if (account) return account;
  throw new AppError('not_found', `Nobody signs in as ${login}. See: retention account list`);
}

async function withAccounts(deps: Deps, work: (services: AccountServices) => Promise<void>): Promise<void> {
  const services = await deps.open();
  try {
    await work(services);
  } finally {
    await services.close();
  }
}

function parseTelegramId(text: string): number {
  const id = Number(text);
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new AppError('input_invalid', `${text} is no Telegram id. Expected a number such as 123456789.`);
}
