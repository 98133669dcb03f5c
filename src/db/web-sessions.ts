import { sql, type Kysely } from 'kysely';
import type { Flash, PendingSignInTable, SignInMethod } from './console-tables.ts';
import type { Tables } from './tables.ts';

/** A browser that somebody is signed in with. */
export interface WebSession {
  readonly id: string;
  readonly accountId: string;
  readonly method: SignInMethod;
  readonly browser: string;
  readonly createdAt: Date;
  readonly seenAt: Date;
  /** When the person last proved who they are. */
  readonly confirmedAt: Date;
  readonly flash: Flash | null;
}

/** Without a request for so long, a session is over; and after so long in any case. */
export const IDLE_MS = 60 * 60_000;
export const LONGEST_MS = 12 * 60 * 60_000;
/** Not every request has to write. */
const SEEN_STEP_MS = 60_000;

const COLUMNS = [
  'id',
  'account_id as accountId',
  'method',
  'browser',
  'created_at as createdAt',
  'seen_at as seenAt',
  'confirmed_at as confirmedAt',
  'flash',
] as const;

export async function insertWebSession(
  db: Kysely<Tables>,
  session: Omit<WebSession, 'flash' | 'seenAt'> & { readonly tokenHash: Buffer },
): Promise<void> {
  await db
    .insertInto('web_session')
    .values({
      id: session.id,
      token_hash: session.tokenHash,
      account_id: session.accountId,
      method: session.method,
      browser: session.browser,
      created_at: session.createdAt,
      seen_at: session.createdAt,
      confirmed_at: session.confirmedAt,
    })
    .execute();
}

/** The session behind a token, unless it is over; notes that it was seen. */
export async function findWebSession(
  db: Kysely<Tables>,
  tokenHash: Buffer,
  now: Date,
): Promise<WebSession | undefined> {
  const session = await db
    .selectFrom('web_session')
    .select(COLUMNS)
    .where('token_hash', '=', tokenHash)
    .where('seen_at', '>', before(now, IDLE_MS))
    .where('created_at', '>', before(now, LONGEST_MS))
    .executeTakeFirst();
  if (session && now.getTime() - session.seenAt.getTime() > SEEN_STEP_MS)
    await db.updateTable('web_session').set({ seen_at: now }).where('id', '=', session.id).execute();
  return session;
}

/** The sessions of an account that are not over, the latest first. */
export async function webSessionsOf(db: Kysely<Tables>, accountId: string, now: Date): Promise<WebSession[]> {
  return db
    .selectFrom('web_session')
    .select(COLUMNS)
    .where('account_id', '=', accountId)
    .where('seen_at', '>', before(now, IDLE_MS))
    .where('created_at', '>', before(now, LONGEST_MS))
    .orderBy('seen_at', 'desc')
    .execute();
}

/** A session gets a new secret when its rights grow, so that an old one that leaked is worth nothing. */
export async function renewWebSession(
  db: Kysely<Tables>,
  session: { readonly id: string; readonly tokenHash: Buffer; readonly confirmedAt: Date },
): Promise<void> {
  await db
    .updateTable('web_session')
    .set({ token_hash: session.tokenHash, confirmed_at: session.confirmedAt })
    .where('id', '=', session.id)
    .execute();
}

/** Ends sessions of an account: one, all but one, or all. Returns how many there were. */
export async function endWebSessions(
  db: Kysely<Tables>,
  which: { readonly accountId: string; readonly id?: string; readonly but?: string },
): Promise<number> {
  const { id, but } = which;
  const { numDeletedRows } = await db
    .deleteFrom('web_session')
    .where('account_id', '=', which.accountId)
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .$if(but !== undefined, (query) => query.where('id', '!=', but ?? ''))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

export async function setFlash(db: Kysely<Tables>, sessionId: string, flash: Flash | null): Promise<void> {
  await db
    .updateTable('web_session')
    .set({ flash: flash && JSON.stringify(flash) })
    .where('id', '=', sessionId)
    .execute();
}

/** The authenticator that is being set up in a session. */
export async function setNewAuthenticator(
  db: Kysely<Tables>,
  sessionId: string,
  sealed: Buffer | null,
): Promise<void> {
  await db.updateTable('web_session').set({ totp_sealed: sealed }).where('id', '=', sessionId).execute();
}

export async function newAuthenticator(db: Kysely<Tables>, sessionId: string): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('web_session')
    .select('totp_sealed')
    .where('id', '=', sessionId)
    .executeTakeFirst();
  return row?.totp_sealed ?? undefined;
}

export type PendingSignIn = PendingSignInTable;

export async function putPendingSignIn(db: Kysely<Tables>, pending: PendingSignIn): Promise<void> {
  await db.insertInto('pending_sign_in').values(pending).execute();
}

/** Takes a sign-in that was begun at a provider: it can be ended once, by the browser that began it. */
export async function takePendingSignIn(
  db: Kysely<Tables>,
  which: { readonly stateHash: Buffer; readonly browserHash: Buffer; readonly now: Date },
): Promise<PendingSignIn | undefined> {
  return db
    .deleteFrom('pending_sign_in')
    .where('state_hash', '=', which.stateHash)
    .where('browser_hash', '=', which.browserHash)
    .where('expires_at', '>', which.now)
    .returningAll()
    .executeTakeFirst();
}

/** Removes what is over: sessions, sign-ins that nobody ended, and links of last week. */
export async function removeEnded(db: Kysely<Tables>, now: Date): Promise<void> {
  await sql`
    delete from web_session
    where seen_at <= ${before(now, IDLE_MS)} or created_at <= ${before(now, LONGEST_MS)}`.execute(db);
  await sql`delete from pending_sign_in where expires_at <= ${now}`.execute(db);
  await sql`delete from account_link where expires_at <= ${before(now, 7 * 24 * 3600_000)}`.execute(db);
}

function before(now: Date, ms: number): Date {
  return new Date(now.getTime() - ms);
}
