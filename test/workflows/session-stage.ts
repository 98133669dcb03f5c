import type { LifeStage } from '../support/life.ts';

export const agent = { kind: 'staff', id: 'agent-1' } as const;
export const supervisor = { kind: 'staff', id: 'supervisor-1' } as const;

/** The objects of a session in the store. */
export async function objects(stage: LifeStage, sessionId: string) {
  const names = [];
  for await (const object of stage.store.list(`shop/${sessionId}/`)) names.push(object.name);
  return names;
}

/** What the audit says was done to a session, in order. */
export async function actions(stage: LifeStage, sessionId: string) {
  const rows = await stage.db
    .selectFrom('audit_entry')
    .select(['action', 'counts'])
    .where('object_id', '=', sessionId)
    .orderBy('seq')
    .execute();
  return rows.map((row) => row.action);
}

/** Closes a session as an agent does, and tells its workflow. */
export async function closed(stage: LifeStage, sessionId: string) {
  await stage.acts.closeSession({ sessionId, reason: 'agent', actor: agent, now: await stage.now() });
  await stage.relay();
}

/** Releases what holds a session, as two people do, and tells its workflow. */
export async function released(stage: LifeStage, sessionId: string) {
  const now = await stage.now();
  const asked = await stage.acts.releaseHolds({ sessionId, actor: supervisor, now });
  if (asked.outcome === 'requested') {
    const { approvalId } = asked;
    const actor = { kind: 'staff', id: 'compliance-1' } as const;
    await stage.acts.decideApproval({ approvalId, outcome: 'approved', actor, now });
  }
  await stage.relay();
}

/** A session whose two years are over. */
export async function inReview(stage: LifeStage, user: number) {
  const sessionId = await stage.begin('a question', user);
  await closed(stage, sessionId);
  await stage.pass('13 hours');
  await stage.stands(sessionId, 'archived');
  await stage.pass('732 days');
  await stage.stands(sessionId, 'review');
  return sessionId;
}
