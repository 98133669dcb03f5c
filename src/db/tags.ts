import { sql, type Transaction } from 'kysely';
import type { AutomaticTag } from '../domain/tagging.ts';
import type { Tables } from './tables.ts';

/** A tag that a rule puts on a session. */
export type SessionTag = AutomaticTag & { readonly sessionId: string };

/** Who automatic tags are added by, in their rows and in the audit. */
export const TAGGING_ACTOR = { kind: 'system', id: 'tagging' } as const;

/**
 * Adds automatic tags, but for those that are there already, or that a person took off.
 *
 * @returns those that were added
 */
export async function addAutomaticTags(
  tx: Transaction<Tables>,
  tags: readonly SessionTag[],
  now: Date,
): Promise<SessionTag[]> {
  if (tags.length === 0) return [];
  const { rows } = await insertAutomatic(tags, now).execute(tx);
  return rows;
}

/** The same for a batch of an import, with an audit entry for each tag: one statement, however many. */
export async function importAutomaticTags(
  tx: Transaction<Tables>,
  projectId: string,
  tags: readonly SessionTag[],
  now: Date,
): Promise<void> {
  if (tags.length === 0) return;
  await sql`
    with added as (${insertAutomatic(tags, now)})
    insert into audit_entry (at, actor_kind, actor_id, action, object_kind, object_id, project_id, counts, reason)
    select ${now}, ${TAGGING_ACTOR.kind}, ${TAGGING_ACTOR.id}, 'tag.added', 'session', "sessionId", ${projectId},
      '{}', tag || ' by rule ' || rule
    from added order by "sessionId", tag`.execute(tx);
}

/** Puts a person's tag on a session. One that a rule had put there is the person's from now on. */
export async function addManualTag(
  tx: Transaction<Tables>,
  tag: { sessionId: string; tag: string; by: string; now: Date },
): Promise<boolean> {
  await tx
    .deleteFrom('tag_veto')
    .where('session_id', '=', tag.sessionId)
    .where('tag', '=', tag.tag)
    .execute();
  const values = { origin: 'manual', rule: null, added_by: tag.by, added_at: tag.now } as const;
  const added = await tx
    .insertInto('session_tag')
    .values({ session_id: tag.sessionId, tag: tag.tag, ...values })
    .onConflict((conflict) =>
      conflict
        .columns(['session_id', 'tag'])
        .doUpdateSet(values)
        .where('session_tag.origin', '=', 'automatic'),
    )
    .executeTakeFirst();
  return (added.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Takes a tag off a session for a person: no rule puts it back. */
export async function removeTag(
  tx: Transaction<Tables>,
  tag: { sessionId: string; tag: string },
): Promise<boolean> {
  const { rows } = await sql`
    with removed as (
      delete from session_tag where session_id = ${tag.sessionId} and tag = ${tag.tag}
      returning session_id, tag
    ), vetoed as (
      insert into tag_veto (session_id, tag) select session_id, tag from removed on conflict do nothing
    ) select tag from removed`.execute(tx);
  return rows.length > 0;
}

/** In the order of their keys, so that two writers of the same tags cannot wait for each other. */
function insertAutomatic(tags: readonly SessionTag[], now: Date) {
  return sql<SessionTag>`
    insert into session_tag (session_id, tag, origin, rule, added_by, added_at)
    select session_id, tag, 'automatic', rule, ${TAGGING_ACTOR.id}, ${now}
    from unnest(${tags.map((one) => one.sessionId)}::uuid[], ${tags.map((one) => one.tag)}::text[],
      ${tags.map((one) => one.rule)}::text[]) as found (session_id, tag, rule)
    where not exists (
      select from tag_veto v where v.session_id = found.session_id and v.tag = found.tag)
    order by session_id, tag
    on conflict do nothing
    returning session_id as "sessionId", tag, rule`;
}
