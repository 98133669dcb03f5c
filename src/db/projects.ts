import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { ProjectFile } from '../domain/project.ts';
import type { Project, Tables } from './tables.ts';

/**
 * Brings a project's rows to what its file says. A changed policy becomes a new version; the sessions
 * read it when they next wake.
 *
 * @returns the policy version in force
 */
export async function saveProject(
  db: Kysely<Tables>,
  file: ProjectFile,
  change: { author: string; reason: string; now: Date },
): Promise<{ version: number; changed: boolean }> {
  return db.transaction().execute(async (tx) => {
    // Two processes may start at once with the same files.
    await sql`select pg_advisory_xact_lock(hashtext(${`project ${file.id}`}))`.execute(tx);
    await upsertProject(tx, file, change.now);
    await upsertStaff(tx, file, change.now);
    return savePolicy(tx, file, change);
  });
}

async function upsertProject(tx: Transaction<Tables>, file: ProjectFile, now: Date) {
  const values = {
    name: file.name,
    time_zone: file.timeZone,
    language: file.language,
    notice_version: file.notice.version,
    staff_chat_id: file.telegram?.staffChat ?? null,
  };
  await tx
    .insertInto('project')
    .values({ id: file.id, created_at: now, ...values })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute();
}

async function upsertStaff(tx: Transaction<Tables>, file: ProjectFile, now: Date) {
  const staff = file.telegram?.staff ?? [];
  for (const { id, roles } of staff)
    await tx
      .insertInto('staff')
      .values({ id: randomUUID(), project_id: file.id, telegram_user_id: id, roles, created_at: now })
      .onConflict((conflict) => conflict.columns(['project_id', 'telegram_user_id']).doUpdateSet({ roles }))
      .execute();
  // Who left keeps the row, since answers and audit entries name it, and loses every right.
  const staying = staff.map(({ id }) => id);
  await sql`update staff set roles = '{}' where project_id = ${file.id} and telegram_user_id != all(${staying})`.execute(
    tx,
  );
}

async function savePolicy(
  tx: Transaction<Tables>,
  file: ProjectFile,
  change: { author: string; reason: string; now: Date },
): Promise<{ version: number; changed: boolean }> {
  const document = JSON.stringify(file.policy);
  const { rows } = await sql<{ version: number; same: boolean }>`
    select version, document = ${document}::jsonb as same from policy
    where project_id = ${file.id} order by version desc limit 1`.execute(tx);
  const [last] = rows;
  if (last?.same) return { version: last.version, changed: false };
  const version = (last?.version ?? 0) + 1;
  await tx
    .insertInto('policy')
    .values({
      project_id: file.id,
      version,
      document,
      author: change.author,
      reason: change.reason,
      applied_at: change.now,
    })
    .execute();
  return { version, changed: true };
}

/** Every project of this installation. */
export async function listProjects(db: Kysely<Tables>): Promise<Project[]> {
  return db.selectFrom('project').selectAll().orderBy('id').execute();
}
