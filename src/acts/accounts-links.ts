import { randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import { accountById, accountByLogin, type Account } from '../db/accounts.ts';
import { joinAccounts, staffPlacesOf } from '../db/staff.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { recordAccount } from './account-audit.ts';
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

/** Uses a link up. @returns the account it is for. @throws AppError `not_found` when it is of no use any more */
export async function useLink(
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
