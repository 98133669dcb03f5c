import type { Erasure } from '../../src/db/erasures.ts';
import type { LifeStage } from '../support/life.ts';
import { until } from '../support/until.ts';
import { closed } from './session-stage.ts';

/** A session that lies in the archive. */
export async function archivedSession(stage: LifeStage, user: number): Promise<string> {
  const sessionId = await stage.begin('a question', user);
  await closed(stage, sessionId);
  await stage.pass('13 hours');
  await stage.stands(sessionId, 'archived');
  return sessionId;
}

/** Asks for an erasure as a customer does, without its second step. */
export async function ask(stage: LifeStage, telegramUserId: number) {
  const asked = await stage.acts.requestErasure({
    projectId: 'shop',
    telegramUserId,
    now: await stage.now(),
  });
  await stage.relay();
  return asked;
}

/** Asks for an erasure as a customer does, with both steps. */
export async function erase(stage: LifeStage, telegramUserId: number) {
  const { nonce } = await ask(stage, telegramUserId);
  const now = await stage.now();
  const act = { projectId: 'shop', telegramUserId, nonce: nonce ?? '', now };
  const confirmed = await stage.acts.confirmErasure(act);
  await stage.relay();
  return confirmed;
}

export function erasureRow(stage: LifeStage, id: string): Promise<Erasure> {
  return stage.db.selectFrom('erasure').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

/** Lets minutes pass until an erasure is so far. */
export async function reaches(stage: LifeStage, erasureId: string, how: (row: Erasure) => boolean) {
  return until('the erasure to get on', async () => {
    await stage.pass('1 minute');
    // The sender of messages is not part of this stage: what it would have sent the customer is sent.
    await stage.db
      .updateTable('delivery')
      .set({ done_at: await stage.now(), outcome: 'sent' })
      .where('target', '=', 'customer')
      .execute();
    await stage.relay();
    const row = await erasureRow(stage, erasureId);
    return how(row) && row;
  });
}
