import { Composer, type Context } from 'grammy';
import { findStaff } from '../db/staff.ts';
import { addDuration } from '../domain/durations.ts';
import { AppError } from '../domain/errors.ts';
import type { ReviewDecision } from '../domain/review.ts';
import { mayDo } from '../domain/roles.ts';
import type { DeskDeps } from './deps.ts';

/** What the button of a review card extends by. */
const EXTENSION = 'P30D';

/** The buttons of review cards, in a supervisor's private chat or in the session's topic. */
export function createReviewDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  composer.callbackQuery(/^r:(approve|extend|hold):([0-9a-f-]{36}):(\d+)$/, async (context) => {
    const [, decision, sessionId, round] = context.match;
    try {
      await decide(deps, context.from.id, decision as ReviewDecision, sessionId ?? '', Number(round));
      await context.answerCallbackQuery({ text: 'Recorded.' });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      await context.answerCallbackQuery({ text: error.message.slice(0, 200), show_alert: true });
    }
  });
  return composer;
}

async function decide(
  deps: DeskDeps,
  telegramUserId: number,
  decision: ReviewDecision,
  sessionId: string,
  round: number,
) {
  const member = await findStaff(deps.db, deps.project.id, telegramUserId);
  if (!member || !mayDo(member.roles, 'review.decide'))
    throw new AppError(
      'not_allowed',
      'Only supervisors and compliance decide reviews. Ask an administrator to add you.',
    );
  // A button of one project must not reach into another.
  const session = await deps.db
    .selectFrom('session')
    .select('id')
    .where('id', '=', sessionId)
    .where('project_id', '=', deps.project.id)
    .executeTakeFirst();
  if (!session) throw new AppError('not_found', 'This session is not known here.');
  const now = deps.clock();
  await deps.acts.decideReview({
    sessionId,
    decision,
    round,
    ...(decision === 'extend' && { until: addDuration(now, EXTENSION, 'UTC') }),
    actor: { kind: 'staff', id: member.id, role: member.roles.join(' ') },
    now,
  });
}
