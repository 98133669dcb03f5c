import { lockLife } from '../db/life.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { answerTo } from '../domain/phases.ts';
import { tagName } from '../domain/rules.ts';
import type { ActDeps } from './deps.ts';
import { phaseConflict } from './lifecycle.ts';
import { record } from './record.ts';
import { redecideAndShow } from './tags.ts';

/**
 * Tells when an event that rules count from, such as the end of a contract, happened or will happen, and
 * decides the session anew. `null` takes back what was told: the event counts at its latest again.
 *
 * @returns the new date of an archived session; `null` while it has none
 * @throws AppError `input_invalid`, `deletion_began`, `phase_conflict`
 */
export async function dateEvent(
  deps: ActDeps,
  act: { sessionId: string; event: string; at: Date | null; actor: Actor; now: Date },
): Promise<Date | null> {
  const event = parseEvent(act.event);
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    if (answerTo('tag', life, act.now) === 'refuse') throw phaseConflict('change', life, 'date an event of');
    const { [event]: _before, ...others } = life.events;
    const events = act.at ? { ...others, [event]: act.at } : others;
    await tx
      .updateTable('session')
      .set({ dated_events: JSON.stringify(events) })
      .where('id', '=', act.sessionId)
      .execute();
    // Read again: the first reading may have waited for a tag, and not seen it.
    const keepUntil = await redecideAndShow(tx, await lockLife(tx, act.sessionId, act.now), act);
    await record(tx, life, {
      actor: act.actor,
      action: 'event.dated',
      reason: `${event} ${act.at?.toISOString() ?? 'unknown'}`,
      now: act.now,
      event: { kind: 'redated' },
      status: 'redated',
    });
    return keepUntil;
  });
}

/** An event has the name that the rules of the policy give it. */
function parseEvent(text: string): string {
  const parsed = tagName.safeParse(text.trim().toLowerCase());
  if (!parsed.success)
    throw new AppError(
      'input_invalid',
      `Not the name of an event: ${parsed.error.issues[0]?.message ?? ''}. Example: contract-end`,
    );
  return parsed.data;
}
