import { sql, type Transaction } from 'kysely';
import type { Erasure } from './erasures.ts';
import type { Tables } from './tables.ts';

/**
 * Removes what is known of a person. Where sessions stay (by law, on hold, or begun since) the row stays
 * too, with nothing in it but what the rules of those sessions need.
 *
 * @returns whether the row itself is gone
 */
export async function forgetSubject(
  tx: Transaction<Tables>,
  { subject_id: subjectId, confirmed_at: confirmedAt }: Pick<Erasure, 'subject_id' | 'confirmed_at'>,
): Promise<boolean> {
  const { rows } = await sql`
    delete from subject where id = ${subjectId}
      and not exists (select from participant where subject_id = subject.id)
    returning id`.execute(tx);
  if (rows.length > 0) return true;
  // What they answered since belongs to what they began since.
  await sql`
    delete from consent where subject_id = ${subjectId} and decided_at <= ${confirmedAt}`.execute(tx);
  await sql`
    update subject set profile_sealed = null, authorized_at = null, banned_at = null, ban_told_at = null
    where id = ${subjectId}
      -- Somebody who wrote again meanwhile has a profile of their own since.
      and not exists (select from participant where subject_id = subject.id and erasure_id is null)`.execute(
    tx,
  );
  return false;
}
