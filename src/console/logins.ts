import type { Kysely } from 'kysely';
import { listStaff } from '../db/staff.ts';
import type { Tables } from '../db/tables.ts';

/** The names that the staff of a project sign in with, by their ids there. */
export async function loginsOf(db: Kysely<Tables>, projectId: string): Promise<Map<string, string>> {
  const staff = await listStaff(db, projectId);
  return new Map(staff.flatMap(({ id, login }) => (login === null ? [] : [[id, login] as const])));
}
