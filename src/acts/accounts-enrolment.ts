import { randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import { accountBySubject } from '../db/accounts.ts';
import { joinAccounts } from '../db/staff.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import { ownActor, recordAccount } from './account-audit.ts';
import { useLink } from './accounts-links.ts';

interface Deps {
  readonly db: Kysely<Tables>;
}

/**
 * Takes up an account with a password and an authenticator.
 *
 * @throws AppError `not_found` when the link is of no use any more
 */
export async function enrolAccount(
  { db }: Deps,
  act: {
    readonly tokenHash: Buffer;
    readonly passwordHash: string;
    readonly totpSealed: Buffer;
    readonly totpStep: number;
    readonly recoveryHashes: readonly Buffer[];
    readonly now: Date;
  },
): Promise<string> {
  return db.transaction().execute(async (tx) => {
    const accountId = await useLink(tx, act);
    await tx
      .updateTable('account')
      .set({ password_hash: act.passwordHash, totp_sealed: act.totpSealed, totp_step: act.totpStep })
      .where('id', '=', accountId)
      .execute();
    await putRecoveryCodes(tx, accountId, act.recoveryHashes);
    await recordAccount(tx, {
      accountId,
      action: 'account.enrolled',
      actor: ownActor(accountId),
      now: act.now,
      reason: 'password',
    });
    return accountId;
  });
}

/** Who a provider says somebody is. */
export interface ProviderIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly telegramUserId?: number | undefined;
}

/**
 * Takes up an account with an identity at a provider.
 *
 * @throws AppError `not_found` when the link is of no use, `already_decided` when the identity has an account
 */
export async function bindProvider(
  { db }: Deps,
  act: { readonly tokenHash: Buffer; readonly who: ProviderIdentity; readonly now: Date },
): Promise<string> {
  return db.transaction().execute(async (tx) => {
    const accountId = await useLink(tx, act);
    const { issuer, subject, telegramUserId } = act.who;
    if (await accountBySubject(tx, act.who))
      throw new AppError(
        'already_decided',
        'You have another account already: sign in with it. The invitation stays open for whoever it is meant for.',
      );
    await tx.updateTable('account').set({ issuer, subject }).where('id', '=', accountId).execute();
    if (telegramUserId !== undefined) await setTelegramId(tx, { accountId, telegramUserId });
    await recordAccount(tx, {
      accountId,
      action: 'account.enrolled',
      actor: ownActor(accountId),
      now: act.now,
      reason: 'provider',
    });
    return accountId;
  });
}

/**
 * The account of a member of staff who is known by a Telegram id: made when they first sign in with Telegram,
 * since the project's file has invited them already. `undefined` for whoever is no staff.
 */
export async function accountForTelegramStaff(
  { db }: Deps,
  act: { readonly who: Required<ProviderIdentity>; readonly now: Date },
): Promise<string | undefined> {
  const { issuer, subject } = act.who;
  const telegramUserId = act.who.telegramUserId;
  if (telegramUserId === undefined) return undefined;
  return db.transaction().execute(async (tx) => {
    const staff = await tx
      .selectFrom('staff')
      .select('id')
      .where('telegram_user_id', '=', telegramUserId)
      .where((eb) => eb(eb.fn<number>('cardinality', ['roles']), '>', 0))
      .executeTakeFirst();
    const invited = await tx
      .selectFrom('account')
      .select(['id', 'disabled_at', 'subject'])
      .where('telegram_user_id', '=', telegramUserId)
      .executeTakeFirst();
    if (!staff && !invited) return undefined;
    if (invited && (invited.disabled_at ?? invited.subject)) return undefined;
    const id = invited?.id ?? randomUUID();
    if (invited) await tx.updateTable('account').set({ issuer, subject }).where('id', '=', id).execute();
    else
      await tx
        .insertInto('account')
        .values({
          id,
          login: `telegram-${telegramUserId}`,
          issuer,
          subject,
          telegram_user_id: telegramUserId,
          created_at: act.now,
        })
        .execute();
    await joinAccounts(tx, { accountId: id });
    await recordAccount(tx, {
      accountId: id,
      action: 'account.enrolled',
      actor: ownActor(id),
      now: act.now,
      reason: 'telegram',
    });
    return id;
  });
}

/** Ties an account to a Telegram id; what both are in a project becomes one. */
export async function setTelegramId(
  tx: Transaction<Tables>,
  act: { readonly accountId: string; readonly telegramUserId: number },
): Promise<void> {
  const other = await tx
    .selectFrom('account')
    .select('id')
    .where('telegram_user_id', '=', act.telegramUserId)
    .where('id', '!=', act.accountId)
    .executeTakeFirst();
  if (other)
    throw new AppError(
      'already_decided',
      'This Telegram id belongs to another account. Take it away there first.',
    );
  await tx
    .updateTable('account')
    .set({ telegram_user_id: act.telegramUserId })
    .where('id', '=', act.accountId)
    .execute();
  await joinAccounts(tx, { accountId: act.accountId });
}

/** Puts recovery codes in the place of all earlier ones. */
export async function putRecoveryCodes(
  tx: Transaction<Tables>,
  accountId: string,
  hashes: readonly Buffer[],
): Promise<void> {
  await tx.deleteFrom('recovery_code').where('account_id', '=', accountId).execute();
  await tx
    .insertInto('recovery_code')
    .values(hashes.map((hash) => ({ account_id: accountId, code_hash: hash })))
    .execute();
}
