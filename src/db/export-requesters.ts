import { sql, type Kysely } from 'kysely';
import type { Role } from '../domain/roles.ts';
import { tokenOfActor } from '../domain/tokens.ts';
import type { ExportRow } from './exports-tables.ts';
import type { Tables } from './tables.ts';

/** The roles of whoever asked for an export, as they are now: of a token that expired, none. */
export async function rolesOfRequester(
  db: Kysely<Tables>,
  { requester_kind: kind, requester_id: id, project_id: projectId }: ExportRow,
  now: Date,
): Promise<readonly Role[]> {
  if (kind === 'operator') return [];
  const tokenId = tokenOfActor(id);
  const { rows } = await (
    tokenId === undefined
      ? sql<{ roles: Role[] }>`select roles from staff where id::text = ${id} and project_id = ${projectId}`
      : sql<{ roles: Role[] }>`
          select case when s.id is null then t.roles
            else array(select unnest(t.roles) intersect select unnest(s.roles)) end as roles
          from api_token t left join staff s on s.id = t.owner
          where t.id::text = ${tokenId} and t.project_id = ${projectId}
            and t.revoked_at is null and t.expires_at > ${now}`
  ).execute(db);
  return rows[0]?.roles ?? [];
}

/** Where whoever asked for an export, or for a schedule of them, reads what the bot writes to them; `null` for programs and the command line. */
export async function chatOfRequester(
  db: Kysely<Tables>,
  asked: Pick<ExportRow, 'requester_kind' | 'requester_id' | 'project_id'>,
): Promise<number | null> {
  const { requester_kind: kind, requester_id: id, project_id: projectId } = asked;
  if (kind === 'operator') return null;
  const row = await db
    .selectFrom('staff')
    .select('telegram_user_id as chatId')
    .where(sql<string>`id::text`, '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  return row?.chatId ?? null;
}
