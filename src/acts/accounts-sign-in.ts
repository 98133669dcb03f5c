import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { SignInMethod } from '../db/console-tables.ts';
import type { Tables } from '../db/tables.ts';
import { endWebSessions, insertWebSession, removeEnded, renewWebSession } from '../db/web-sessions.ts';
import type { Actor } from '../domain/events.ts';
import { ownActor, recordAccount } from './account-audit.ts';
import { putRecoveryCodes } from './accounts-enrolment.ts';

interface Deps {
  readonly db: Kysely<Tables>;
}

/** Begins a session of somebody who proved who they are. */
export async function beginSession(
  { db }: Deps,
  act: {
    readonly accountId: string;
    readonly method: SignInMethod;
    readonly tokenHash: Buffer;
    readonly browser: string;
    /** When they proved it: now, or when the provider says they did. */
    readonly confirmedAt: Date;
    readonly now: Date;
  },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await removeEnded(tx, act.now);
    await insertWebSession(tx, { id: randomUUID(), createdAt: act.now, ...act });
    await tx.updateTable('account').set({ signed_in_at: act.now }).where('id', '=', act.accountId).execute();
    await recordAccount(tx, {
      accountId: act.accountId,
      action: 'account.signed-in',
      actor: ownActor(act.accountId),
      now: act.now,
      reason: act.method,
    });
  });
}

/** Notes a failed attempt. Of a name that nobody has, nothing is kept: it may be a password typed too early. */
export async function recordFailure(
  { db }: Deps,
  act: {
    readonly accountId: string | undefined;
    readonly what: 'sign-in' | 'step-up' | 'provider' | 'limit';
    readonly now: Date;
  },
): Promise<void> {
  const accountId = act.accountId ?? 'unknown';
  await db.transaction().execute((tx) =>
    recordAccount(tx, {
      accountId,
      action: 'account.sign-in-failed',
      actor: { kind: 'system', id: 'console' },
      now: act.now,
      reason: act.what,
    }),
  );
}

/** Notes that somebody proved anew who they are; their session goes on under a new secret. */
export async function confirmSession(
  { db }: Deps,
  act: {
    readonly accountId: string;
    readonly sessionId: string;
    readonly tokenHash: Buffer;
    readonly confirmedAt: Date;
    readonly now: Date;
  },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await renewWebSession(tx, { id: act.sessionId, ...act });
    await recordAccount(tx, {
      accountId: act.accountId,
      action: 'account.confirmed',
      actor: ownActor(act.accountId),
      now: act.now,
    });
  });
}

/** Ends sessions of an account: one, all but one, or all. */
export async function endSessions(
  { db }: Deps,
  act: {
    readonly accountId: string;
    readonly id?: string;
    readonly but?: string;
    readonly actor?: Actor;
    readonly now: Date;
  },
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const ended = await endWebSessions(tx, act);
    if (ended > 0)
      await recordAccount(tx, {
        accountId: act.accountId,
        action: 'account.signed-out',
        actor: act.actor ?? ownActor(act.accountId),
        now: act.now,
        counts: { sessions: ended },
      });
    return ended;
  });
}

/** Takes the code of a time step, once: `false` for a step that was taken, or an earlier one. */
export async function takeStep(
  { db }: Deps,
  act: { readonly accountId: string; readonly step: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('account')
    .set({ totp_step: act.step })
    .where('id', '=', act.accountId)
    .where('totp_step', '<', act.step)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Takes a recovery code, once. */
export async function takeRecoveryCode(
  { db }: Deps,
  act: { readonly accountId: string; readonly codeHash: Buffer; readonly now: Date },
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('recovery_code')
      .set({ used_at: act.now })
      .where('account_id', '=', act.accountId)
      .where('code_hash', '=', act.codeHash)
      .where('used_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await recordAccount(tx, {
      accountId: act.accountId,
      action: 'account.recovery-code-used',
      actor: ownActor(act.accountId),
      now: act.now,
    });
    return true;
  });
}

/** Sets a new password; every other session ends, since one of them may be why. */
export async function changePassword(
  { db }: Deps,
  act: {
    readonly accountId: string;
    readonly passwordHash: string;
    readonly sessionId: string;
    readonly now: Date;
  },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('account')
      .set({ password_hash: act.passwordHash })
      .where('id', '=', act.accountId)
      .execute();
    const ended = await endWebSessions(tx, { accountId: act.accountId, but: act.sessionId });
    await recordAccount(tx, {
      accountId: act.accountId,
      action: 'account.password-changed',
      actor: ownActor(act.accountId),
      now: act.now,
      counts: { sessions: ended },
    });
  });
}

/** Sets a new authenticator with new recovery codes; every other session ends. */
export async function changeAuthenticator(
  { db }: Deps,
  act: {
    readonly accountId: string;
    readonly totpSealed: Buffer;
    readonly totpStep: number;
    readonly recoveryHashes: readonly Buffer[];
    readonly sessionId: string;
    readonly now: Date;
  },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('account')
      .set({ totp_sealed: act.totpSealed, totp_step: act.totpStep })
      .where('id', '=', act.accountId)
      .execute();
    await putRecoveryCodes(tx, act.accountId, act.recoveryHashes);
    await sql`update web_session set totp_sealed = null where id = ${act.sessionId}`.execute(tx);
    const ended = await endWebSessions(tx, { accountId: act.accountId, but: act.sessionId });
    await recordAccount(tx, {
      accountId: act.accountId,
      action: 'account.authenticator-changed',
      actor: ownActor(act.accountId),
      now: act.now,
      counts: { sessions: ended },
    });
  });
}
