import type { Kysely } from 'kysely';
import { decisionFacts, readLife, type Life } from '../db/life.ts';
import { customersAuthorized } from '../db/subjects.ts';
import type { Tables } from '../db/tables.ts';
import { decide, type SessionFacts } from '../domain/decision.ts';
import { addDuration } from '../domain/durations.ts';
import { standingOf } from '../domain/phases.ts';
import type { ActDeps } from './deps.ts';
import { parseTag } from './tags.ts';

/** Until when something is kept, and the rule that says so. */
export interface DatedBy {
  readonly keepUntil: Date;
  readonly decidedBy: string;
}

/** What a change of a tag would do to a session's date; `null` while it is open and has none. */
export interface TagPreview {
  readonly tag: string;
  readonly before: DatedBy | null;
  readonly after: DatedBy | null;
}

/**
 * The date that a session would have with a tag more or less. Nothing is changed.
 *
 * @throws AppError `input_invalid` for a tag that is none, `not_found`
 */
export async function previewTag(
  { db }: Pick<ActDeps, 'db'>,
  act: { sessionId: string; tag: string; change: 'add' | 'remove'; now: Date },
): Promise<TagPreview> {
  const tag = parseTag(act.tag);
  const life = await readLife(db, act.sessionId, act.now);
  const changed = act.change === 'add' ? tagged(life, tag) : await untagged(db, life, tag);
  return { tag, before: dateOf(life, act.now), after: dateOf(changed, act.now) };
}

/**
 * The tags that rules name and that would keep a session longer than now, the shortest first: what a
 * relabel can choose from.
 */
export async function relabelChoices(
  { db }: Pick<ActDeps, 'db'>,
  act: { sessionId: string; now: Date },
): Promise<(DatedBy & { readonly tag: string })[]> {
  const life = await readLife(db, act.sessionId, act.now);
  const before = dateOf(life, act.now);
  if (!before) return [];
  return tagsOfRules(life)
    .flatMap((tag) => {
      const after = dateOf(tagged(life, tag), act.now);
      const longer = after && after.keepUntil > before.keepUntil && after.keepUntil > act.now;
      return longer ? [{ tag, ...after }] : [];
    })
    .sort((a, b) => a.keepUntil.getTime() - b.keepUntil.getTime() || (a.tag < b.tag ? -1 : 1));
}

/** The tags that the policy's rules ask for and the session does not have. */
function tagsOfRules({ policy, tags }: Life): string[] {
  const named = policy.rules.flatMap(({ when }) => [
    ...(when.tag ?? []),
    ...(when.authorized === true ? [AUTHORIZED] : []),
  ]);
  return [...new Set(named)].filter((tag) => tag !== 'spam' && !tags.includes(tag));
}

/** The tag by which staff say that the customer has agreed to be kept longer. */
const AUTHORIZED = 'authorized';

function tagged(life: Life, tag: string): Life {
  const tags = [...new Set([...life.tags, tag])];
  return {
    ...life,
    tags,
    spam: life.spam || tag === 'spam',
    authorized: life.authorized || tag === AUTHORIZED,
  };
}

async function untagged(db: Kysely<Tables>, life: Life, tag: string): Promise<Life> {
  return {
    ...life,
    tags: life.tags.filter((one) => one !== tag),
    spam: life.spam && tag !== 'spam',
    authorized: tag === AUTHORIZED ? await customersAuthorized(db, life.sessionId) : life.authorized,
  };
}

function dateOf(life: Life, now: Date): DatedBy | null {
  const standing = standingOf(life);
  // Spam that is not archived yet never will be.
  if (life.spam && (standing === 'open' || standing === 'closed'))
    return {
      keepUntil: addDuration(life.closedAt ?? now, life.policy.spam.deleteAfter, life.timeZone),
      decidedBy: 'spam',
    };
  const facts: SessionFacts | null = decisionFacts(life);
  if (!facts || life.phase === 'deleted') return null;
  const { keepUntil, decidedBy } = decide(life.policy, facts);
  return { keepUntil, decidedBy };
}
