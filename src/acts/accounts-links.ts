import { randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import { accountById, accountByLogin, accountBySubject, type Account } from '../db/accounts.ts';
import { joinAccounts, staffPlacesOf } from '../db/staff.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { ownActor, recordAccount } from './account-audit.ts';
import { tellInTelegram } from './account-news.ts';

/** For so long an invitation can be taken up. */
export const LINK_MS = 3 * 24 * 3600_000;

const LOGIN = /^[a-z0-9][a-z0-9._@+-]{1,62}$/;

interface Deps {
  readonly db: Kysely<Tables>;
}

/**
 * Makes an account that nobody can sign in with yet, and the link by which its owner takes it up. Inviting the
 * same name again makes a new link; earlier ones end.
 *
 * @param act.tokenHash the hash of the secret in the link, which is known to its owner alone
 * @throws AppError `input_invalid`, `already_decided` when the account was taken up, `not_allowed` from the console
 *   for the Telegram id of a supervisor or compliance officer
 */
export async function inviteAccount(
  { db }: Deps,
  act: {
    readonly login: string;
    readonly administrator?: boolean;
    readonly telegramUserId?: number;
    readonly tokenHash: Buffer;
    readonly actor: Actor;
    readonly now: Date;
  },
): Promise<string> {
  const login = act.login.trim().toLowerCase();
  if (!LOGIN.test(login))
    throw new AppError(
      'input_invalid',
      'A name to sign in with has 2 to 63 letters, digits or . _ @ + -, and begins with a letter or digit.',
    );
  return db.transaction().execute(async (tx) => {
    const known = await accountByLogin(tx, login);
    if (known && (known.password_hash !== null || known.subject !== null || known.disabled_at))
      throw new AppError(
        'already_decided',
        'This name has an account already. To let its owner in again, reset the account.',
      );
    const id = known?.id ?? randomUUID();
    const { telegramUserId = null } = act;
    if (telegramUserId !== null) await refuseSilentLink(tx, { ...act, telegramUserId });
    const values = {
      ...(act.administrator !== undefined && { administrator: act.administrator }),
      ...(act.telegramUserId !== undefined && { telegram_user_id: act.telegramUserId }),
    };
    if (!known)
      await tx
        .insertInto('account')
        .values({ id, login, created_at: act.now, ...values })
        .execute();
    else if (Object.keys(values).length > 0)
      await tx.updateTable('account').set(values).where('id', '=', id).execute();
    await joinAccounts(tx, { accountId: id });
    await putLink(tx, { accountId: id, tokenHash: act.tokenHash, now: act.now });
    await recordAccount(tx, { accountId: id, action: 'account.invited', ...act });
    if (telegramUserId !== null) {
      const { actor, now } = act;
      const told = await tellInTelegram(tx, { accountId: id, telegramUserId, news: 'linked', now });
      const action = 'account.telegram-linked';
      await recordAccount(tx, { accountId: id, action, actor, now, counts: { told } });
    }
    return id;
  });
}

/**
 * Refuses that somebody who manages staff in the console links an account of their making to a person who decides:
 * they could decide as that person. Whoever holds the machine may.
 *
 * @throws AppError `not_allowed`
 */
export async function refuseSilentLink(
  tx: Transaction<Tables>,
  act: { readonly telegramUserId: number; readonly actor: Actor },
): Promise<void> {
  if (act.actor.kind !== 'staff') return;
  const places = await staffPlacesOf(tx, act.telegramUserId);
  if (!places.some(({ roles }) => roles.includes('supervisor') || roles.includes('compliance'))) return;
  throw new AppError(
    'not_allowed',
    'This Telegram id is that of a supervisor or compliance officer, so the console does not link it. An operator invites the account with it on the machine, or the person signs in with Telegram themselves.',
  );
}

/** Puts a link in the place of all earlier ones of an account. */
export async function putLink(
  tx: Transaction<Tables>,
  link: { readonly accountId: string; readonly tokenHash: Buffer; readonly now: Date },
): Promise<void> {
  await tx.deleteFrom('account_link').where('account_id', '=', link.accountId).execute();
  await tx
    .insertInto('account_link')
    .values({
      token_hash: link.tokenHash,
      account_id: link.accountId,
      created_at: link.now,
      expires_at: new Date(link.now.getTime() + LINK_MS),
    })
    .execute();
}

/** The account that a link is for, and the authenticator its page showed; `undefined` when it is of no use. */
export async function accountOfLink(
  { db }: Deps,
  link: { readonly tokenHash: Buffer; readonly now: Date },
): Promise<{ account: Account; totpSealed: Buffer | null } | undefined> {
  const row = await db
    .selectFrom('account_link')
    .select(['account_id', 'totp_sealed'])
    .where('token_hash', '=', link.tokenHash)
    .where('expires_at', '>', link.now)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  const account = row && (await accountById(db, row.account_id));
  return account && { account, totpSealed: row.totp_sealed };
}

/** Keeps the authenticator that a link's page shows. The first one stays, whoever loads the page again. */
export async function showAuthenticator(
  { db }: Deps,
  link: { readonly tokenHash: Buffer; readonly sealed: Buffer },
): Promise<void> {
  await db
    .updateTable('account_link')
    .set({ totp_sealed: link.sealed })
    .where('token_hash', '=', link.tokenHash)
    .where('totp_sealed', 'is', null)
    .execute();
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

async function useLink(
  tx: Transaction<Tables>,
  link: { readonly tokenHash: Buffer; readonly now: Date },
): Promise<string> {
  const used = await tx
    .updateTable('account_link')
    .set({ used_at: link.now, totp_sealed: null })
    .where('token_hash', '=', link.tokenHash)
    .where('expires_at', '>', link.now)
    .where('used_at', 'is', null)
    .returning('account_id')
    .executeTakeFirst();
  const account = used && (await accountById(tx, used.account_id));
  if (!account)
    throw new AppError(
      'not_found',
      'This link was used already or is too old. Ask whoever invited you for a new one.',
    );
  return account.id;
}
