import { Composer, type Context } from 'grammy';
import { findStaff, type StaffMember } from '../db/staff.ts';
import { addDuration } from '../domain/durations.ts';
import { AppError } from '../domain/errors.ts';
import type { ReviewDecision } from '../domain/review.ts';
import { mayDo } from '../domain/roles.ts';
import { relabelKeyboard, reviewKeyboard, tagKey } from './cards.ts';
import type { DeskDeps } from './deps.ts';

/** What the button of a review card extends by. */
const EXTENSION = 'P30D';

/** The buttons of review cards, in a supervisor's private chat or in the session's topic. */
export function createReviewDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  composer.callbackQuery(/^r:(approve|extend|hold):([0-9a-f-]{36}):(\d+)$/, (context) => {
    const [, decision, sessionId = '', round] = context.match;
    const decided = { decision: decision as ReviewDecision };
    return orSayWhy(context, () => decide(deps, context, decided, { sessionId, round: Number(round) }));
  });
  composer.callbackQuery(/^r:(relabel|back):([0-9a-f-]{36}):(\d+)$/, (context) => {
    const [, page, sessionId = '', round] = context.match;
    const session = { sessionId, round: Number(round) };
    return orSayWhy(context, () => turnTo(deps, context, page === 'relabel', session));
  });
  composer.callbackQuery(/^r:tag:([0-9a-f-]{36}):(\d+):([0-9a-f]{8})$/, (context) => {
    const [, sessionId = '', round, key = ''] = context.match;
    const session = { sessionId, round: Number(round) };
    return orSayWhy(context, () => relabel(deps, context, key, session));
  });
  return composer;
}

interface Round {
  readonly sessionId: string;
  readonly round: number;
}

async function orSayWhy(context: Context, work: () => Promise<void>) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await context.answerCallbackQuery({ text: error.message.slice(0, 200), show_alert: true });
  }
}

/** Shows the tags with the date that each would give, before anything is saved; or the decisions again. */
async function turnTo(deps: DeskDeps, context: Context, toTags: boolean, session: Round) {
  const { sessionId, round } = session;
  await memberWho(deps, context, sessionId);
  const choices = toTags ? await deps.acts.relabelChoices({ sessionId, now: deps.clock() }) : [];
  if (toTags && choices.length === 0)
    throw new AppError(
      'input_invalid',
      'No tag that a rule of the policy names would keep this session longer. Extend it to a date, or hold it.',
    );
  await context.editMessageReplyMarkup({
    reply_markup: toTags ? relabelKeyboard(session, choices) : reviewKeyboard(sessionId, round),
  });
  await context.answerCallbackQuery();
}

/** The policy may have changed since the tags were shown: one that keeps nothing longer now is refused. */
async function relabel(deps: DeskDeps, context: Context, key: string, session: Round) {
  const { sessionId } = session;
  await memberWho(deps, context, sessionId);
  const choices = await deps.acts.relabelChoices({ sessionId, now: deps.clock() });
  const tag = choices.find((choice) => tagKey(choice.tag) === key)?.tag;
  if (!tag) throw new AppError('input_invalid', 'This tag does not keep the session longer any more.');
  await decide(deps, context, { decision: 'relabel', tag }, session);
}

async function decide(
  deps: DeskDeps,
  context: Context,
  decided: { decision: ReviewDecision; tag?: string },
  session: Round,
) {
  const member = await memberWho(deps, context, session.sessionId);
  const now = deps.clock();
  await deps.acts.decideReview({
    ...session,
    ...decided,
    ...(decided.decision === 'extend' && { until: addDuration(now, EXTENSION, deps.project.timeZone) }),
    actor: { kind: 'staff', id: member.id, role: member.roles.join(' ') },
    now,
  });
  await context.answerCallbackQuery({ text: 'Recorded.' });
}

/** The member of staff who presses a button, if they may decide on this session. @throws AppError */
async function memberWho(deps: DeskDeps, context: Context, sessionId: string): Promise<StaffMember> {
  const member = await findStaff(deps.db, deps.project.id, context.from?.id ?? 0);
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
  return member;
}
