import { Composer, GrammyError, type Context } from 'grammy';
import { readLife } from '../db/life.ts';
import { reviewOf } from '../db/reviews.ts';
import type { StaffMember } from '../db/staff.ts';
import { addDuration } from '../domain/durations.ts';
import { AppError } from '../domain/errors.ts';
import type { ReviewDecision } from '../domain/review.ts';
import { answerButton, speechTo, speechToStaff } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import { decidedText, keyOf, relabelKeyboard, reviewCard, reviewKeyboard, type Card } from './review-card.ts';
import { orSayWhy, refused } from './refusals.ts';
import { actorOf, memberWhoDecides } from './staff-member.ts';

/** What the button of a review card extends by. */
const EXTENSION = 'P30D';

/** The buttons of review cards, wherever they are shown: in a private chat, in a topic or in a group. */
export function createReviewDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  composer.callbackQuery(/^r:(approve|extend|hold):([0-9a-f-]{36}):(\d+)$/, (context) => {
    const [, decision, sessionId = '', round] = context.match;
    const decided = { decision: decision as ReviewDecision };
    return orSayWhy(deps, context, () => decide(deps, context, decided, { sessionId, round: Number(round) }));
  });
  composer.callbackQuery(/^r:(relabel|back):([0-9a-f-]{36}):(\d+)$/, (context) => {
    const [, page, sessionId = '', round] = context.match;
    const session = { sessionId, round: Number(round) };
    return orSayWhy(deps, context, () => turnTo(deps, context, page === 'relabel', session));
  });
  composer.callbackQuery(/^r:tag:([0-9a-f-]{36}):(\d+):([0-9a-f]{8})$/, (context) => {
    const [, sessionId = '', round, key = ''] = context.match;
    const session = { sessionId, round: Number(round) };
    return orSayWhy(deps, context, () => relabel(deps, context, key, session));
  });
  return composer;
}

interface Round {
  readonly sessionId: string;
  readonly round: number;
}

/** Shows the tags with the date that each would give, before anything is saved; or the decisions again. */
async function turnTo(deps: DeskDeps, context: Context, toTags: boolean, session: Round) {
  const { sessionId, round } = session;
  if (!(await memberBefore(deps, context, session))) return;
  const choices = toTags ? await deps.acts.relabelChoices({ sessionId, now: deps.clock() }) : [];
  const speech = speechToStaff(deps);
  if (toTags && choices.length === 0) throw refused('input_invalid', 'no-tag-keeps-longer');
  await context.editMessageReplyMarkup({
    reply_markup: toTags
      ? relabelKeyboard(speech, session, choices)
      : reviewKeyboard(speech, sessionId, round),
  });
  await context.answerCallbackQuery();
}

/** The policy may have changed since the tags were shown: one that keeps nothing longer now is refused. */
async function relabel(deps: DeskDeps, context: Context, key: string, session: Round) {
  const { sessionId } = session;
  if (!(await memberBefore(deps, context, session))) return;
  const choices = await deps.acts.relabelChoices({ sessionId, now: deps.clock() });
  const tag = choices.find((choice) => keyOf(choice.tag) === key)?.tag;
  if (!tag) throw refused('input_invalid', 'tag-keeps-no-longer');
  await decide(deps, context, { decision: 'relabel', tag }, session);
}

async function decide(
  deps: DeskDeps,
  context: Context,
  decided: { decision: ReviewDecision; tag?: string },
  session: Round,
) {
  const member = await memberBefore(deps, context, session);
  if (!member) return;
  const now = deps.clock();
  try {
    const outcome = await deps.acts.decideReview({
      ...session,
      ...decided,
      ...(decided.decision === 'extend' && { until: addDuration(now, EXTENSION, deps.project.timeZone) }),
      actor: actorOf(member),
      now,
    });
    await context.answerCallbackQuery({ text: speechTo(deps, context).say(ANSWERS[outcome]) });
  } catch (error) {
    // Somebody else was faster, between the look and the decision.
    if (!(error instanceof AppError) || !(await saysItIsOver(deps, context, session, member))) throw error;
  }
}

const ANSWERS = {
  decided: 'alert-recorded',
  'approved-once': 'alert-approved-once',
} as const;

/**
 * The member of staff who presses a button, if they may decide on this session and there is something left to
 * decide. The button of a round that is over answers with who decided what and when.
 *
 * @throws AppError `not_allowed`, `not_found`
 */
async function memberBefore(
  deps: DeskDeps,
  context: Context,
  session: Round,
): Promise<StaffMember | undefined> {
  const member = await memberWhoDecides(deps, context);
  // A button of one project must not reach into another.
  const known = await deps.db
    .selectFrom('session')
    .select('id')
    .where('id', '=', session.sessionId)
    .where('project_id', '=', deps.project.id)
    .executeTakeFirst();
  if (!known) throw refused('not_found', 'session-unknown');
  return (await saysItIsOver(deps, context, session, member)) ? undefined : member;
}

/** Answers with how a round ended, and brings the card that was pressed up to date. */
async function saysItIsOver(
  deps: DeskDeps,
  context: Context,
  { sessionId, round }: Round,
  member: StaffMember,
): Promise<boolean> {
  const review = await reviewOf(deps.db, sessionId, round);
  if (!review?.ended) return false;
  const now = deps.clock();
  const life = await readLife(deps.db, sessionId, now);
  const theirs = speechTo(deps, context);
  const text = [
    theirs.say('alert-round-over', { round, how: decidedText(theirs, review, member.id) }),
    ...(life.round > round ? [theirs.say('alert-newer-round', { round: life.round })] : []),
  ].join(' ');
  await answerButton(context, text, true);
  await renewPressed(context, reviewCard(speechToStaff(deps), life, { ...review, round }, now));
  return true;
}

async function renewPressed(context: Context, { text, keyboard }: Card) {
  try {
    await context.editMessageText(text, keyboard ? { reply_markup: keyboard } : {});
  } catch (error) {
    // It shows this already, or is too old to be edited.
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
  }
}
