import { Composer, type Context } from 'grammy';
import { readApproval, type ApprovalFacts } from '../db/approval-cards.ts';
import type { Action } from '../domain/roles.ts';
import { answerButton, speechTo } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import { orSayWhy, refused } from './refusals.ts';
import { actorOf, memberWho } from './staff-member.ts';

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
    await orSayWhy(deps, context, async () => {
      await decide(deps, context.from.id, approvalId, outcome as 'approved' | 'refused');
      await answerButton(context, speechTo(deps, context).say('alert-recorded'));
    });
  });
  composer.callbackQuery('b:resume', async (context) => {
    await orSayWhy(deps, context, async () => {
      await resume(deps, context.from.id);
      await answerButton(context, speechTo(deps, context).say('alert-deletions-go-on'));
    });
  });
  return composer;
}

async function decide(
  deps: DeskDeps,
  telegramUserId: number,
  approvalId: string,
  outcome: 'approved' | 'refused',
) {
  // A button of one project must not reach into another.
  const approval = await readApproval(deps.db, deps.project.id, approvalId);
  if (!approval) throw refused('not_found', 'request-unknown');
  const actor = actorOf(await memberWho(deps, telegramUserId, approvalNeeds(approval)));
  await deps.acts.decideApproval({ approvalId, outcome, actor, now: deps.clock() });
}

async function resume(deps: DeskDeps, telegramUserId: number) {
  const actor = actorOf(await memberWho(deps, telegramUserId, 'deletions.resume'));
  await deps.acts.resumeDeletions({
    projectId: deps.project.id,
    reason: 'button',
    actor,
    now: deps.clock(),
  });
}
