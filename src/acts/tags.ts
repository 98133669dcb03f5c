import type { Transaction } from 'kysely';
import { holdsInForce, type Hold } from '../db/holds.ts';
import { decisionFacts, lockLife, type Life } from '../db/life.ts';
import { putDelivery } from '../db/deliveries.ts';
import { addManualTag, removeTag } from '../db/tags.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { answerTo } from '../domain/phases.ts';
import { decide } from '../domain/decision.ts';
import { redate } from '../domain/redating.ts';
import { tagName } from '../domain/rules.ts';
import type { ActDeps } from './deps.ts';
import { interruptReview } from './hold-review.ts';
import { insertHold } from './holds.ts';
import { close, phaseConflict } from './lifecycle.ts';
import { record } from './record.ts';

/** What a change of tags led to. */
export interface TagOutcome {
  readonly changed: boolean;
  /** The new date of an archived session; `null` while it has none. */
  readonly keepUntil: Date | null;
}

/**
 * Adds or removes a tag. `spam` closes an open session, which then skips the archive. An archived
 * session gets its new date at once; one in review whose new date lies ahead goes back to the archive.
 * What a hold keeps because of a tag stays held when the tag is taken off.
 *
 * @throws AppError `input_invalid` for a tag that is none, `deletion_began` or `phase_conflict` when too late
 */
export async function changeTag(
  deps: ActDeps,
  act: { sessionId: string; tag: string; change: 'add' | 'remove'; actor: Actor; now: Date },
): Promise<TagOutcome> {
  const tag = parseTag(act.tag);
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    const answer = answerTo(tag === 'spam' ? 'spam' : 'tag', life, act.now);
    if (answer === 'refuse') throw phaseConflict('tag', life);
    const holds = act.change === 'remove' ? await holdsByTag(tx, life, { tag, now: act.now }) : [];
    if (!(await applyTag(tx, life, { ...act, tag }))) return { changed: false, keepUntil: life.keepUntil };
    await keepHolding(tx, life, holds, act);
    if (answer === 'close' && act.change === 'add')
      await close(tx, life, { reason: 'spam', closedAt: act.now });
    const tagged = await lockLife(tx, act.sessionId, act.now);
    // A hold on what carries this tag is on it from now on.
    if (tagged.holdEnds.length > 0) await interruptReview(tx, tagged, act);
    const keepUntil = await redecideAndShow(tx, tagged, act);
    await record(tx, life, {
      actor: act.actor,
      action: act.change === 'add' ? 'tag.added' : 'tag.removed',
      reason: tag,
      now: act.now,
      event: { kind: 'tagged' },
      status: 'tagged',
    });
    return { changed: true, keepUntil };
  });
}

/** The holds that are on a session because it carries a tag. */
async function holdsByTag(
  tx: Transaction<Tables>,
  { sessionId }: Life,
  { tag, now }: { tag: string; now: Date },
): Promise<Hold[]> {
  const holds = await holdsInForce(tx, { sessionId, scope: 'query', now, limit: 1000 });
  return holds.filter((hold) => hold.tag === tag);
}

/**
 * Taking a tag off releases no hold: that needs a second person. What held the session by its tag goes on
 * as a hold of its own, with the same reason and end.
 */
async function keepHolding(
  tx: Transaction<Tables>,
  life: Life,
  holds: readonly Hold[],
  act: { actor: Actor; now: Date },
): Promise<void> {
  for (const { reason, ends_at: endsAt } of holds) {
    await insertHold(tx, life, { reason, ...(endsAt && { endsAt }), ...act });
    await record(tx, life, { actor: act.actor, action: 'hold.placed', now: act.now, status: 'held' });
  }
}

/** @throws AppError `input_invalid` */
export function parseTag(text: string): string {
  const parsed = tagName.safeParse(text.trim().toLowerCase());
  if (!parsed.success)
    throw new AppError(
      'input_invalid',
      `Not a tag: ${parsed.error.issues[0]?.message ?? ''}. Example: refund`,
      { refusal: 'not-a-tag' },
    );
  return parsed.data;
}

/**
 * Writes or removes the tag's row for a person; `false` when nothing changed. A tag that a rule put there
 * becomes the person's own, and one that a person takes off is not put back by any rule.
 */
export async function applyTag(
  tx: Transaction<Tables>,
  life: Pick<Life, 'sessionId'>,
  act: { tag: string; change: 'add' | 'remove'; actor: Actor; now: Date },
): Promise<boolean> {
  const { sessionId } = life;
  const { tag, now } = act;
  if (act.change === 'remove') return removeTag(tx, { sessionId, tag });
  return addManualTag(tx, { sessionId, tag, by: act.actor.id, now });
}

/** Gives an archived session the date that its facts now ask for. */
export async function redecide(
  tx: Transaction<Tables>,
  life: Life,
  act: { actor: Actor; now: Date },
): Promise<Date | null> {
  const facts = decisionFacts(life);
  if ((life.phase !== 'archived' && life.phase !== 'review') || !facts) return null;
  const { keepUntil, decidedBy } = decide(life.policy, facts);
  const reviewEnded = life.review?.ended ?? null;
  const { outOfReview, endsRound } = redate({ phase: life.phase, reviewEnded }, keepUntil, act.now);
  if (endsRound)
    await tx
      .updateTable('review')
      .set({ ended: 'relabel', ended_by: act.actor.id, ended_at: act.now })
      .where('session_id', '=', life.sessionId)
      .where('round', '=', life.round)
      .execute();
  await tx
    .updateTable('session')
    .set({
      keep_until: keepUntil,
      keep_rule: decidedBy,
      policy_version: life.policyVersion,
      ...(outOfReview && { phase: 'archived' as const }),
    })
    .where('id', '=', life.sessionId)
    .execute();
  return keepUntil;
}

/** The same where no decision of a review shows it anyway: a round that it ends is shown as ended. */
export async function redecideAndShow(
  tx: Transaction<Tables>,
  life: Life,
  act: { actor: Actor; now: Date },
): Promise<Date | null> {
  const keepUntil = await redecide(tx, life, act);
  const ends = life.phase === 'review' && life.review?.ended === null && keepUntil && keepUntil > act.now;
  if (ends)
    await putDelivery(tx, {
      projectId: life.projectId,
      sessionId: life.sessionId,
      target: 'supervisors',
      content: { kind: 'review-card', round: life.round },
      now: act.now,
    });
  return keepUntil;
}
