import type { Kysely, Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { accountById, lockAccounts, otherAdministrators, type Account } from '../db/accounts.ts';
import { addStaffRows, joinRoles } from '../db/staff.ts';
import type { Tables } from '../db/tables.ts';
import { endWebSessions } from '../db/web-sessions.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { ROLES, type Role } from '../domain/roles.ts';
import { recordAccount } from './account-audit.ts';
import { tellInTelegram } from './account-news.ts';
import { accountForTelegramStaff, bindProvider, enrolAccount, setTelegramId } from './accounts-enrolment.ts';
import {
  accountOfLink,
  inviteAccount,
  putLink,
  refuseSilentLink,
  showAuthenticator,
} from './accounts-links.ts';
import {
  beginSession,
  changeAuthenticator,
  changePassword,
  confirmSession,
  endSessions,
  recordFailure,
  takeRecoveryCode,
  takeStep,
} from './accounts-sign-in.ts';

interface Deps {
  readonly db: Kysely<Tables>;
}

interface Change {
  readonly accountId: string;
  readonly actor: Actor;
  readonly now: Date;
}

/** Everything that is done to accounts; each act is one transaction with its audit entry. */
export type AccountActs = ReturnType<typeof createAccountActs>;

export function createAccountActs(deps: Deps) {
  return {
    invite: bind(deps, inviteAccount),
    accountOfLink: bind(deps, accountOfLink),
    showAuthenticator: bind(deps, showAuthenticator),
    enrol: bind(deps, enrolAccount),
    bindProvider: bind(deps, bindProvider),
    accountForTelegramStaff: bind(deps, accountForTelegramStaff),
    beginSession: bind(deps, beginSession),
    recordFailure: bind(deps, recordFailure),
    confirmSession: bind(deps, confirmSession),
    endSessions: bind(deps, endSessions),
    takeStep: bind(deps, takeStep),
    takeRecoveryCode: bind(deps, takeRecoveryCode),
    changePassword: bind(deps, changePassword),
    changeAuthenticator: bind(deps, changeAuthenticator),
    setRoles: bind(deps, setRoles),
    setAdministrator: bind(deps, setAdministrator),
    setDisabled: bind(deps, setDisabled),
    reset: bind(deps, resetAccount),
    setTelegram: bind(deps, setTelegram),
  };
}

function bind<A, R>(deps: Deps, act: (deps: Deps, act: A) => R): (act: A) => R {
  return (given) => act(deps, given);
}

/**
 * Sets the roles that the console gives an account in a project; those that the project's file gives stay
 * beside them. Nobody changes their own: two people are needed to widen a right.
 *
 * @throws AppError `not_found`, `not_allowed`, `input_invalid`
 */
export async function setRoles(
  { db }: Deps,
  act: Change & { readonly projectId: string; readonly roles: readonly Role[]; readonly by?: string },
): Promise<void> {
  const roles = ROLES.filter((role) => act.roles.includes(role));
  await db.transaction().execute(async (tx) => {
    await lockAccounts(tx);
    const { id: accountId } = await existing(tx, act.accountId);
    refuseOwn(act);
    await existingProject(tx, act.projectId);
    await addStaffRows(tx, { accountId, projectIds: [act.projectId], now: act.now });
    const { id: staffId } = await tx
      .updateTable('staff')
      .set({ console_roles: roles })
      .where('project_id', '=', act.projectId)
      .where('account_id', '=', accountId)
      .returning('id')
      .executeTakeFirstOrThrow();
    await joinRoles(tx, { projectId: act.projectId, staffId });
    await appendAuditEntry(tx, {
      at: act.now,
      actor: act.actor,
      action: 'staff.roles-changed',
      object: { kind: 'staff', id: staffId },
      projectId: act.projectId,
      counts: { roles: roles.length },
      reason: roles.join(' ') || 'none',
    });
  });
}

/**
 * Makes an account an administrator of the installation, or ends that.
 *
 * @throws AppError `not_allowed` for the last one, and for one's own account
 */
export async function setAdministrator(
  { db }: Deps,
  act: Change & { readonly administrator: boolean; readonly by?: string },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockAccounts(tx);
    const account = await existing(tx, act.accountId);
    refuseOwn(act);
    if (account.administrator === act.administrator) return;
    if (!act.administrator) await refuseLast(tx, account);
    await tx
      .updateTable('account')
      .set({ administrator: act.administrator })
      .where('id', '=', account.id)
      .execute();
    const reason = act.administrator ? 'given' : 'taken';
    await recordAccount(tx, { ...act, action: 'account.administrator-changed', reason });
  });
}

/**
 * Disables an account, which signs it out everywhere, or enables it again. Its roles stay as they are.
 *
 * @throws AppError `not_allowed` for the last administrator, and for one's own account
 */
export async function setDisabled(
  { db }: Deps,
  act: Change & { readonly disabled: boolean; readonly by?: string },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockAccounts(tx);
    const account = await existing(tx, act.accountId);
    refuseOwn(act);
    if ((account.disabled_at !== null) === act.disabled) return;
    if (act.disabled) await refuseLast(tx, account);
    await tx
      .updateTable('account')
      .set({ disabled_at: act.disabled ? act.now : null })
      .where('id', '=', account.id)
      .execute();
    const sessions = await endWebSessions(tx, { accountId: account.id });
    await tx.deleteFrom('account_link').where('account_id', '=', account.id).execute();
    const action = act.disabled ? 'account.disabled' : 'account.enabled';
    await recordAccount(tx, { ...act, action, counts: { sessions } });
  });
}

/**
 * Takes away password, authenticator, recovery codes and the identity at a provider, signs the account out
 * everywhere, and puts a new link in their place. Whose account it is reads of it in Telegram.
 *
 * @throws AppError `not_allowed` for a disabled account, and from the console for the last administrator
 */
export async function resetAccount(
  { db }: Deps,
  act: Change & { readonly tokenHash: Buffer },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockAccounts(tx);
    const account = await existing(tx, act.accountId);
    if (account.disabled_at)
      throw new AppError('not_allowed', 'This account is disabled. Enable it first, then reset it.');
    // Whoever holds the machine is the way back for the last one.
    if (act.actor.kind === 'staff') await refuseLast(tx, account);
    await tx
      .updateTable('account')
      .set({ password_hash: null, totp_sealed: null, totp_step: 0, issuer: null, subject: null })
      .where('id', '=', account.id)
      .execute();
    await tx.deleteFrom('recovery_code').where('account_id', '=', account.id).execute();
    const sessions = await endWebSessions(tx, { accountId: account.id });
    await putLink(tx, act);
    const telegramUserId = account.telegram_user_id;
    const told = await tellInTelegram(tx, { ...act, telegramUserId, news: 'reset' });
    await recordAccount(tx, { ...act, action: 'account.reset', counts: { sessions, told } });
  });
}

/** Ties an account to a Telegram id, so that one human counts as one person in chat and console. */
export async function setTelegram(
  { db }: Deps,
  act: Change & { readonly telegramUserId: number },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockAccounts(tx);
    await existing(tx, act.accountId);
    await refuseSilentLink(tx, act);
    await setTelegramId(tx, act);
    const told = await tellInTelegram(tx, { ...act, news: 'linked' });
    await recordAccount(tx, { ...act, action: 'account.telegram-linked', counts: { told } });
  });
}

async function existing(tx: Transaction<Tables>, id: string): Promise<Account> {
  const account = await accountById(tx, id, { disabledToo: true });
  if (!account) throw new AppError('not_found', `There is no account ${id}.`);
  return account;
}

async function existingProject(tx: Transaction<Tables>, id: string): Promise<void> {
  const project = await tx.selectFrom('project').select('id').where('id', '=', id).executeTakeFirst();
  if (!project) throw new AppError('not_found', `There is no project ${id}.`);
}

function refuseOwn({ accountId, by }: { readonly accountId: string; readonly by?: string }): void {
  if (by === accountId)
    throw new AppError(
      'not_allowed',
      'Nobody changes their own rights in the console. Ask another administrator, or an operator of the machine.',
    );
}

async function refuseLast(tx: Transaction<Tables>, account: Account): Promise<void> {
  if (!account.administrator || (await otherAdministrators(tx, account.id)) > 0) return;
  throw new AppError(
    'not_allowed',
    'This is the last administrator who can sign in. Make somebody else one first, and have them sign in.',
  );
}
