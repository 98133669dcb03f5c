import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Role } from '../domain/roles.ts';
import type { Tables } from './tables.ts';

/** A member of a project's staff. */
export interface StaffMember {
  readonly id: string;
  readonly roles: readonly Role[];
}

/** What somebody with an account is in one project. */
export interface Membership {
  readonly projectId: string;
  readonly projectName: string;
  readonly timeZone: string;
  readonly language: string;
  /** The row of the project's staff, which acts and audit entries name. */
  readonly staffId: string;
  readonly roles: readonly Role[];
}

/** The member of staff behind a Telegram id, if there is one; who left has no roles and is none. */
export async function findStaff(
  db: Kysely<Tables>,
  projectId: string,
  telegramUserId: number,
): Promise<StaffMember | undefined> {
  return db
    .selectFrom('staff')
    .select(['id', 'roles'])
    .where('project_id', '=', projectId)
    .where('telegram_user_id', '=', telegramUserId)
    .where(sql<boolean>`cardinality(roles) > 0`)
    .executeTakeFirst();
}

/** The projects where a Telegram id has a role, and which. */
export async function staffPlacesOf(
  db: Kysely<Tables>,
  telegramUserId: number,
): Promise<readonly { readonly projectId: string; readonly roles: readonly Role[] }[]> {
  return db
    .selectFrom('staff')
    .select(['project_id as projectId', 'roles'])
    .where('telegram_user_id', '=', telegramUserId)
    .where(sql<boolean>`cardinality(roles) > 0`)
    .orderBy('project_id')
    .execute();
}

/** The Telegram ids of those who decide reviews in a project. */
export async function supervisorsOf(db: Kysely<Tables>, projectId: string): Promise<number[]> {
  const rows = await db
    .selectFrom('staff')
    .select('telegram_user_id')
    .where('project_id', '=', projectId)
    .where((eb) => eb(eb.val('supervisor'), '=', eb.fn.any('roles')))
    .execute();
  // Who is known by an account alone decides in the console.
  return rows.flatMap((row) => row.telegram_user_id ?? []);
}

/** Brings the roles of staff to what file and console give them together. */
export async function joinRoles(
  tx: Transaction<Tables>,
  who: { readonly projectId: string; readonly staffId?: string },
): Promise<void> {
  await sql`
    update staff set roles = file_roles || array(
      select role from unnest(console_roles) with ordinality as given(role, place)
      where role != all(file_roles) order by place)
    where project_id = ${who.projectId} ${who.staffId ? sql`and id = ${who.staffId}` : sql``}`.execute(tx);
}

/**
 * What an account is in each project where it has a role. An administrator is one in every project, and gets
 * a row there as soon as there is a project without, since acts and audit name that row.
 */
export async function staffRowsOf(
  db: Kysely<Tables>,
  account: { readonly id: string; readonly administrator: boolean },
): Promise<Membership[]> {
  const { rows } = await sql<Omit<Membership, 'staffId'> & { staffId: string | null }>`
    select p.id as "projectId", p.name as "projectName", p.time_zone as "timeZone", p.language,
      s.id as "staffId", coalesce(s.roles, '{}') as roles
    from project p left join staff s on s.project_id = p.id and s.account_id = ${account.id}
    order by p.name, p.id`.execute(db);
  const there = rows.flatMap((row) => (row.staffId === null ? [] : [{ ...row, staffId: row.staffId }]));
  if (!account.administrator) return there.filter(({ roles }) => roles.length > 0);
  const missing = rows.filter(({ staffId }) => staffId === null).map(({ projectId }) => projectId);
  if (missing.length > 0) {
    await addStaffRows(db, { accountId: account.id, projectIds: missing, now: new Date() });
    return staffRowsOf(db, account);
  }
  return there.map((row) => ({ ...row, roles: [...new Set<Role>([...row.roles, 'admin'])] }));
}

/** Makes rows without roles for an account, where there is none. */
export async function addStaffRows(
  db: Kysely<Tables>,
  rows: { readonly accountId: string; readonly projectIds: readonly string[]; readonly now: Date },
): Promise<void> {
  if (rows.projectIds.length === 0) return;
  await db
    .insertInto('staff')
    .values(
      rows.projectIds.map((projectId) => ({
        id: randomUUID(),
        project_id: projectId,
        telegram_user_id: null,
        account_id: rows.accountId,
        roles: [],
        created_at: rows.now,
      })),
    )
    .onConflict((conflict) => conflict.columns(['project_id', 'account_id']).doNothing())
    .execute();
}

/**
 * Makes one row of what one human is in a project by Telegram id and by account, so that nobody counts as two
 * people: the Telegram row, which answers name, takes over account and roles. The other row stays, since audit
 * entries name it, without rights; what it asked for and is not decided yet becomes the first row's.
 */
export async function joinAccounts(
  tx: Transaction<Tables>,
  which: { readonly projectId?: string; readonly accountId?: string },
): Promise<void> {
  const { rows } = await sql<{ kept: string; projectId: string; accountId: string; left: string | null }>`
    select t.id as kept, t.project_id as "projectId", a.id as "accountId", s.id as "left"
    from staff t join account a on a.telegram_user_id = t.telegram_user_id
    left join staff s on s.project_id = t.project_id and s.account_id = a.id
    where t.account_id is distinct from a.id
      ${which.projectId ? sql`and t.project_id = ${which.projectId}` : sql``}
      ${which.accountId ? sql`and a.id = ${which.accountId}` : sql``}
    for update of t`.execute(tx);
  for (const { kept, projectId, accountId, left } of rows) {
    if (left !== null) await retire(tx, { left, kept });
    await sql`update staff set account_id = ${accountId} where id = ${kept}`.execute(tx);
    await joinRoles(tx, { projectId, staffId: kept });
  }
}

async function retire(tx: Transaction<Tables>, { left, kept }: { left: string; kept: string }) {
  await sql`
    update staff set console_roles = (select console_roles from staff where id = ${left})
    where id = ${kept}`.execute(tx);
  await sql`
    update staff set account_id = null, console_roles = '{}', roles = file_roles where id = ${left}`.execute(
    tx,
  );
  await sql`
    update approval set requested_by = ${kept} where requested_by = ${left} and outcome is null`.execute(tx);
  await sql`update review set approved_by = ${kept} where approved_by = ${left} and ended is null`.execute(
    tx,
  );
  await sql`update session set assigned_to = ${kept} where assigned_to = ${left}`.execute(tx);
  // Otherwise somebody's tokens would count as another person than they are.
  await sql`update api_token set owner = ${kept} where owner = ${left}`.execute(tx);
  await sql`update api_token set created_by = ${kept} where created_by = ${left}`.execute(tx);
}

/** A line of a project's staff. */
export interface StaffLine {
  readonly id: string;
  readonly login: string | null;
  readonly accountId: string | null;
  readonly telegramUserId: number | null;
  readonly fileRoles: readonly Role[];
  readonly consoleRoles: readonly Role[];
}

/** Whoever has a role in a project. */
export async function listStaff(db: Kysely<Tables>, projectId: string): Promise<StaffLine[]> {
  const { rows } = await sql<StaffLine>`
    select s.id, a.login, s.account_id as "accountId", s.telegram_user_id as "telegramUserId",
      s.file_roles as "fileRoles", s.console_roles as "consoleRoles"
    from staff s left join account a on a.id = s.account_id
    where s.project_id = ${projectId} and cardinality(s.roles) > 0
    order by a.login nulls last, s.telegram_user_id, s.id`.execute(db);
  return rows;
}
