import { randomInt, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { TestDatabase } from '../support/database.ts';

const HOUR_MS = 3_600_000;

/** A customer of a project, of whom nothing but the row is kept. */
export async function addCustomer(
  { db }: Pick<TestDatabase, 'db'>,
  projectId: string,
  jurisdiction: string | null = 'EU',
): Promise<{ subjectId: string; telegramUserId: number }> {
  const [subjectId, telegramUserId] = [randomUUID(), randomInt(1, 2 ** 40)];
  const origin = jurisdiction === null ? null : 'staff';
  await sql`
    insert into subject (id, project_id, telegram_user_id, created_at, last_seen_at, jurisdiction, jurisdiction_origin)
    values (${subjectId}, ${projectId}, ${telegramUserId}, now(), now(), ${jurisdiction}, ${origin})`.execute(
    db,
  );
  return { subjectId, telegramUserId };
}

/** Brings an erasure to where its workflow would have brought it: its row alone. */
export async function moveErasure(
  { db }: Pick<TestDatabase, 'db'>,
  number: string,
  to: 'confirmed' | 'done',
  confirmedAt: Date,
): Promise<void> {
  const after = (hours: number) => new Date(confirmedAt.getTime() + hours * HOUR_MS);
  await db
    .updateTable('erasure')
    .set({
      ...{ state: to, confirmed_at: confirmedAt, target_at: after(24), deadline_at: after(48) },
      keys_destroyed_at: after(0.1),
      ...(to === 'done' && {
        ...{
          removed_at: after(1),
          verified_at: after(2),
          receipt_queued_at: after(2),
          completed_at: after(2.1),
        },
        counts: JSON.stringify({ keys: 3, objects: 5 }),
      }),
    })
    .where('number', '=', number)
    .execute();
}
