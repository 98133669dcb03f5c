import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { Role } from '../domain/roles.ts';
import { PREFIX_LENGTH } from '../domain/tokens.ts';
import type { ApiTokenTable } from './api-tables.ts';
import type { Tables } from './tables.ts';

export type ApiToken = Selectable<ApiTokenTable>;

/** A token as the one who presents it may act. */
export interface ValidToken {
  readonly id: string;
  readonly projectId: string;
  /** What it was given, less what its owner may not do any more. */
  readonly roles: readonly Role[];
  /** The member of staff who answers for it. */
  readonly owner: string | null;
}

/** What is stored of a token instead of it. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

export async function insertToken(
  tx: Transaction<Tables>,
  token: {
    projectId: string;
    name: string;
    token: string;
    roles: readonly Role[];
    owner: string | null;
    createdBy: string;
    expiresAt: Date;
    now: Date;
  },
): Promise<ApiToken> {
  return tx
    .insertInto('api_token')
    .values({
      id: randomUUID(),
      project_id: token.projectId,
      name: token.name,
      prefix: token.token.slice(0, PREFIX_LENGTH),
      secret_sha256: hashOfToken(token.token),
      roles: [...token.roles],
      owner: token.owner,
      created_by: token.createdBy,
      created_at: token.now,
      expires_at: token.expiresAt,
      revoked_at: null,
      revoked_by: null,
      last_used_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The tokens of one project or of all, the newest first, those that are over included. */
export async function listTokens(db: Kysely<Tables>, projectId?: string): Promise<ApiToken[]> {
  return db
    .selectFrom('api_token')
    .selectAll()
    .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId ?? ''))
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
}

/** A token by its id or its beginning. */
export async function tokenNamed(db: Kysely<Tables>, name: string): Promise<ApiToken | undefined> {
  return db
    .selectFrom('api_token')
    .selectAll()
    .where((eb) => eb.or([eb(eb.cast<string>('id', 'text'), '=', name), eb('prefix', '=', name)]))
    .executeTakeFirst();
}

/** @returns whether it was in force until now */
export async function markRevoked(
  tx: Transaction<Tables>,
  id: string,
  act: { by: string; now: Date },
): Promise<boolean> {
  const row = await tx
    .updateTable('api_token')
    .set({ revoked_at: act.now, revoked_by: act.by })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** The token that somebody presents, if it is one and in force. */
export async function findToken(
  db: Kysely<Tables>,
  presented: string,
  now: Date,
): Promise<ValidToken | undefined> {
  const { rows } = await sql<ApiToken & { ownerRoles: Role[] | null }>`
    select t.*, s.roles as "ownerRoles" from api_token t left join staff s on s.id = t.owner
    where t.prefix = ${presented.slice(0, PREFIX_LENGTH)}
      and t.revoked_at is null and t.expires_at > ${now}`.execute(db);
  const [row] = rows;
  if (!row || !timingSafeEqual(row.secret_sha256, hashOfToken(presented))) return undefined;
  await noteUse(db, row, now);
  const { ownerRoles } = row;
  const roles = ownerRoles ? row.roles.filter((role) => ownerRoles.includes(role)) : row.roles;
  return { id: row.id, projectId: row.project_id, roles, owner: row.owner };
}

/** Every request would be a write; to a minute it says as much. */
const USE_MS = 60_000;

async function noteUse(db: Kysely<Tables>, { id, last_used_at: last }: ApiToken, now: Date): Promise<void> {
  if (last && now.getTime() - last.getTime() < USE_MS) return;
  await db.updateTable('api_token').set({ last_used_at: now }).where('id', '=', id).execute();
}

/** Who answers for a token: its owner and whoever made it. */
export async function peopleBehindToken(db: Kysely<Tables>, tokenId: string): Promise<string[]> {
  const row = await db
    .selectFrom('api_token')
    .select(['owner', 'created_by'])
    .where('id', '=', tokenId)
    .executeTakeFirst();
  return row ? [row.created_by, ...(row.owner === null ? [] : [row.owner])] : [];
}

/** The roles of a member of a project's staff, by their own id; `undefined` where there is none. */
export async function rolesOfStaff(
  db: Kysely<Tables>,
  projectId: string,
  staffId: string,
): Promise<readonly Role[] | undefined> {
  const row = await db
    .selectFrom('staff')
    .select('roles')
    .where('project_id', '=', projectId)
    .where(sql<string>`id::text`, '=', staffId)
    .executeTakeFirst();
  return row?.roles;
}
