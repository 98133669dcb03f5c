import { sql, type RawBuilder } from 'kysely';

/** What a session has to meet, by ids and hashes: nothing here is anybody's words. */
export type Condition =
  /** A row of the index holds, of each list of one of these needs, any term. */
  | { readonly kind: 'terms'; readonly needs: readonly TermNeed[] }
  | { readonly kind: 'subjects'; readonly ids: readonly string[] }
  | { readonly kind: 'tag'; readonly value: string }
  | { readonly kind: 'phase' | 'session-kind' | 'language'; readonly value: string }
  | { readonly kind: 'projects'; readonly ids: readonly string[] }
  /** `null` is any attachment. */
  | { readonly kind: 'attachment'; readonly value: string | null }
  /** Active at some time from `from` on and before `before`, in each project's own days. */
  | { readonly kind: 'active'; readonly within: readonly Days[] }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  /** So many of these are met. */
  | { readonly kind: 'score'; readonly of: readonly Condition[]; readonly is: number }
  | { readonly kind: 'anything' };

/** Lists of hashed terms; of each, any. */
export type TermNeed = readonly (readonly number[])[];

export interface Days {
  readonly projectId: string;
  readonly from?: Date;
  readonly before?: Date;
}

/**
 * The condition on session `s`. Every value is a literal, escaped where it is text.
 *
 * Terms are looked for in the session's own rows: a condition on terms alone tempts PostgreSQL to ask the whole
 * index for a frequent one again with every session (measured: seven seconds for one query).
 *
 * @param met the part that is known to be met
 */
export function toSql(condition: Condition, met?: Driver): RawBuilder<unknown> {
  if (condition === met) return sql`true`;
  switch (condition.kind) {
    case 'terms':
      return sql`coalesce((select bool_or(${either(condition.needs.map(indexed))}) from search_index where session_id = s.id), false)`;
    case 'subjects':
      return sql`exists (${drivingRows(condition)} and session_id = s.id)`;
    case 'tag':
      return sql`exists (${drivingRows(condition)} and session_id = s.id)`;
    case 'phase':
      return sql`s.phase = ${sql.lit(condition.value)}`;
    case 'session-kind':
      return sql`s.kind = ${sql.lit(condition.value)}`;
    case 'language':
      return sql`exists (select from participant p join subject su on su.id = p.subject_id
        where p.session_id = s.id and (lower(su.language) = ${sql.lit(condition.value)}
          or starts_with(lower(su.language), ${sql.lit(`${condition.value}-`)})))`;
    case 'projects':
      return sql`s.project_id = any(${texts(condition.ids)}::text[])`;
    case 'attachment':
      return condition.value === null
        ? sql`s.attachment_kinds <> '{}'`
        : sql`${sql.lit(condition.value)} = any(s.attachment_kinds)`;
    case 'active':
      return either(condition.within.map(activeWithin));
    case 'and':
    case 'or':
      return joined(
        condition.kind,
        condition.of.map((one) => toSql(one, met)),
      );
    case 'not':
      return sql`not (${toSql(condition.of)})`;
    case 'score':
      return sql`(${sql.join(
        condition.of.map((one) => sql`(${toSql(one)})::int`),
        sql` + `,
      )}) = ${sql.lit(condition.is)}`;
    case 'anything':
      return sql`true`;
  }
}

/** A part of a condition by which all sessions that meet it can be looked up. */
export type Driver = Extract<Condition, { kind: 'terms' | 'tag' | 'subjects' }>;

/** The sessions that meet it. */
export function drivingRows(driver: Driver): RawBuilder<unknown> {
  switch (driver.kind) {
    case 'tag':
      return sql`select session_id from session_tag where tag = ${sql.lit(driver.value)}`;
    case 'subjects':
      return sql`select session_id from participant where subject_id = any(${texts(driver.ids)}::uuid[])
        and (erasure_id is null or restricted_ground is not null)`;
    case 'terms':
      return sql`select session_id from search_index where ${either(driver.needs.map(indexed))}`;
  }
}

/** The same with when they were opened, without looking at `session` where the index tells. */
export function datedRows(driver: Driver): RawBuilder<unknown> {
  return driver.kind !== 'terms'
    ? sql`select t.session_id, d.opened_at from (${drivingRows(driver)}) t join session d on d.id = t.session_id`
    : sql`select session_id, coalesce(opened_at, (select d.opened_at from session d where d.id = session_id)) as opened_at
        from search_index where ${either(driver.needs.map(indexed))}`;
}

/** Lists of one term become one condition, which the index answers without looking at rows. */
function indexed(lists: TermNeed): RawBuilder<unknown> {
  const all = lists.flatMap((terms) => (terms.length === 1 ? terms : []));
  const any = lists.filter((terms) => terms.length !== 1).map((terms) => sql`terms && ${ints(terms)}`);
  return joined('and', [...(all.length > 0 ? [sql`terms @> ${ints(all)}`] : []), ...any]);
}

function activeWithin({ projectId, from, before }: Days): RawBuilder<unknown> {
  const parts = [sql`s.project_id = ${sql.lit(projectId)}`];
  if (from) parts.push(sql`s.last_activity_at >= ${sql.lit(from.toISOString())}::timestamptz`);
  if (before) parts.push(sql`s.opened_at < ${sql.lit(before.toISOString())}::timestamptz`);
  return joined('and', parts);
}

export function either(parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return joined('or', parts);
}

export function joined(by: 'and' | 'or', parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  if (parts.length === 0) return by === 'and' ? sql`true` : sql`false`;
  return sql`(${sql.join(parts, by === 'and' ? sql` and ` : sql` or `)})`;
}

function ints(values: readonly number[]): RawBuilder<unknown> {
  return sql.raw(`'{${values.map(Math.trunc).join(',')}}'::int4[]`);
}

/** As an array literal, in which quotes and backslashes of a text are its own. */
export function texts(values: readonly string[]): RawBuilder<unknown> {
  return sql.lit(`{${values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`);
}
