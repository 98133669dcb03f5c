import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { erasureWorkflowId } from '../../src/temporal/ids.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { archivedSession, erase, reaches } from './erasure-stage.ts';
import { closed, inReview, objects } from './session-stage.ts';

let stage: LifeStage;

before(async () => {
  stage = await createLifeStage();
});

after(async () => {
  await stage.stop();
});

let customers = 70_000;

const REACHED: Record<string, (user: number) => Promise<string>> = {
  open: (user) => stage.begin('a question', user),
  async closed(user) {
    const sessionId = await stage.begin('a question', user);
    await closed(stage, sessionId);
    return sessionId;
  },
  archived: (user) => archivedSession(stage, user),
  review: (user) => inReview(stage, user),
};

describe('an erasure ends a session in every phase', () => {
  for (const [phase, reach] of Object.entries(REACHED))
    it(phase, async () => {
      const user = (customers += 1);
      const sessionId = await reach(user);
      const { erasureId } = await erase(stage, user);
      const erasure = await reaches(stage, erasureId, ({ state }) => state === 'done');
      const life = await stage.life(sessionId);
      assert.equal(life.phase, 'deleted');
      assert.deepEqual(await objects(stage, sessionId), []);
      assert.equal(await stage.vault.stillThere(sessionId), 0);
      const people = await stage.db
        .selectFrom('subject')
        .select('id')
        .where('telegram_user_id', '=', user)
        .execute();
      assert.deepEqual(people, []);
      assert.deepEqual(await stage.handle(sessionId).result(), { phase: 'deleted', erased: true });
      assert.deepEqual(await stage.env.client.workflow.getHandle(erasureWorkflowId(erasure.id)).result(), {
        done: true,
      });
    });
});
