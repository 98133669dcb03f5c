import { Composer, type Context } from 'grammy';
import { readApproval, type ApprovalFacts } from '../db/approval-cards.ts';
import { findStaff } from '../db/staff.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { mayDo, type Action } from '../domain/roles.ts';
import { speechToStaff } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';

const APPROVAL_NEEDS: Readonly<Record<string, Action>> = {
  policy: 'policy.approve',
  'hold-release': 'hold.approve',
  erasure: 'erasure.approve',
};

/** What approving a request needs: a policy is for compliance alone. */
export function approvalNeeds(approval: Pick<ApprovalFacts, 'kind'>): Action {
  return APPROVAL_NEEDS[approval.kind] ?? 'policy.approve';
}

/** The buttons of what waits for a second person, and of paused deletions. */
export function createApprovalDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  composer.callbackQuery(/^a:(approved|refused):([0-9a-f-]{36})$/, async (context) => {
    const [, outcome, approvalId = ''] = context.match;
    await answerWith(context, async () => {
      await decide(deps, context.from.id, approvalId, outcome as 'approved' | 'refused');
      return speechToStaff(deps).say('alert-recorded');
    });
  });
  composer.callbackQuery('b:resume', async (context) => {
    await answerWith(context, async () => {
      await resume(deps, context.from.id);
      return speechToStaff(deps).say('alert-deletions-go-on');
    });
  });
  return composer;
}

/** Answers a button with what its act came to, or with why it was refused. */
async function answerWith(context: Context, act: () => Promise<string>) {
  try {
    await context.answerCallbackQuery({ text: await act() });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await context.answerCallbackQuery({ text: error.message.slice(0, 200), show_alert: true });
  }
}

async function decide(
  deps: DeskDeps,
  telegramUserId: number,
  approvalId: string,
  outcome: 'approved' | 'refused',
) {
  // A button of one project must not reach into another.
  const approval = await readApproval(deps.db, deps.project.id, approvalId);
  if (!approval) throw new AppError('not_found', speechToStaff(deps).say('alert-request-unknown'));
  const actor = await actorWhoMay(deps, telegramUserId, approvalNeeds(approval));
  if (outcome === 'approved' && approval.outcome === null && approval.requested_by === actor.id)
    throw new AppError('not_allowed', speechToStaff(deps).say('alert-asked-yourself'));
  await deps.acts.decideApproval({ approvalId, outcome, actor, now: deps.clock() });
}

async function resume(deps: DeskDeps, telegramUserId: number) {
  const actor = await actorWhoMay(deps, telegramUserId, 'deletions.resume');
  await deps.acts.resumeDeletions({
    projectId: deps.project.id,
    reason: 'button',
    actor,
    now: deps.clock(),
  });
}

async function actorWhoMay(deps: DeskDeps, telegramUserId: number, needs: Action): Promise<Actor> {
  const member = await findStaff(deps.db, deps.project.id, telegramUserId);
  if (member && mayDo(member.roles, needs))
    return { kind: 'staff', id: member.id, role: member.roles.join(' ') };
  const why = needs === 'hold.approve' ? 'alert-only-supervisors' : 'alert-only-compliance';
  throw new AppError('not_allowed', speechToStaff(deps).say(why));
}
