import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { Role } from '../domain/roles.ts';
import type { AccountTable } from './console-tables.ts';
import { staffRowsOf, type Membership } from './staff.ts';
import type { Tables } from './tables.ts';

/** Somebody with an account, as the console knows them. */
export interface Person {
  readonly accountId: string;
  readonly login: string;
  /** Administers the installation: has the role `admin` in every project, those to come included. */
  readonly administrator: boolean;
  readonly memberships: readonly Membership[];
  /** How many projects the installation has. */
  readonly projects: number;
  readonly hasPassword: boolean;
  readonly hasAuthenticator: boolean;
  readonly hasProvider: boolean;
}

export type Account = Selectable<AccountTable>;

/** An account by its id; one that is disabled is none, unless asked for. */
export async function accountById(
  db: Kysely<Tables>,
  id: string,
  { disabledToo = false } = {},
): Promise<Account | undefined> {
  return db
    .selectFrom('account')
    .selectAll()
    .where('id', '=', id)
    .$if(!disabledToo, (query) => query.where('disabled_at', 'is', null))
    .executeTakeFirst();
}

/** An account by the name it signs in with, disabled or not. */
export async function accountByLogin(db: Kysely<Tables>, login: string): Promise<Account | undefined> {
  return db.selectFrom('account').selectAll().where('login', '=', login.toLowerCase()).executeTakeFirst();
}

/** An account by who a provider says it is, disabled or not. */
export async function accountBySubject(
  db: Kysely<Tables>,
  who: { readonly issuer: string; readonly subject: string },
): Promise<Account | undefined> {
  return db
    .selectFrom('account')
    .selectAll()
    .where('issuer', '=', who.issuer)
    .where('subject', '=', who.subject)
    .executeTakeFirst();
}

/** Locks the accounts, so that two people who each take a right from the other do not both succeed. */
export async function lockAccounts(tx: Transaction<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('retention accounts'))`.execute(tx);
}

/** How many administrators could sign in now, one account left out. */
export async function otherAdministrators(tx: Transaction<Tables>, accountId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from account
    where administrator and disabled_at is null and id != ${accountId}
      and (password_hash is not null or subject is not null)`.execute(tx);
  return rows[0]?.count ?? 0;
}

/** Whether anybody administers the installation yet, invited ones included who have not come. */
export async function hasAdministrator(db: Kysely<Tables>): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select exists(
      select from account where administrator and disabled_at is null
        and (password_hash is not null or subject is not null)) as there`.execute(db);
  return rows[0]?.there ?? false;
}

/** What somebody with an account is, read anew for every request: a right taken away ends at once. */
export async function personOf(db: Kysely<Tables>, account: Account): Promise<Person> {
  const memberships = await staffRowsOf(db, account);
  const { count } = await db
    .selectFrom('project')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return {
    accountId: account.id,
    login: account.login,
    administrator: account.administrator,
    memberships,
    projects: count,
    hasPassword: account.password_hash !== null,
    hasAuthenticator: account.totp_sealed !== null,
    hasProvider: account.subject !== null,
  };
}

/** A line of the list of accounts. */
export interface AccountLine {
  readonly id: string;
  readonly login: string;
  readonly administrator: boolean;
  readonly disabledAt: Date | null;
  readonly signedInAt: Date | null;
  readonly telegram: boolean;
  readonly provider: boolean;
  /** Invited, and not come yet. */
  readonly invited: boolean;
  readonly roles: readonly { readonly projectId: string; readonly roles: readonly Role[] }[];
}

/** Every account of the installation, by name. An installation has tens of them. */
export async function listAccounts(db: Kysely<Tables>): Promise<AccountLine[]> {
  const { rows } = await sql<AccountLine>`
    select a.id, a.login, a.administrator, a.disabled_at as "disabledAt", a.signed_in_at as "signedInAt",
      a.telegram_user_id is not null as telegram, a.subject is not null as provider,
      a.password_hash is null and a.subject is null as invited,
      coalesce((
        select json_agg(json_build_object('projectId', s.project_id, 'roles', s.roles) order by s.project_id)
        from staff s where s.account_id = a.id and cardinality(s.roles) > 0), '[]') as roles
    from account a order by a.login`.execute(db);
  return rows;
}
