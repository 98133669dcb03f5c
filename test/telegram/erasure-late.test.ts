import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { putDelivery } from '../../src/db/deliveries.ts';
import { erasureStage, type ErasureStage } from './erasure-stage.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
let on: ErasureStage;
before(async () => {
  at = await createDeskStage();
  on = erasureStage(at);
});
after(() => at.stop());

describe('an erasure that is late', () => {
  it('calls those who decide on deletions, with what it waits for and what to do', async () => {
    const person = on.person();
    await on.writes(person, 'mine');
    await on.presses(person, await on.asks(person));
    const { id, number } = await on.erasureOf(person);
    at.sandbox.world.play.start(at.people.supervisor);
    await at.sees(at.people.supervisor, /on the staff/);
    await putDelivery(at.db, {
      projectId: 'shop',
      target: 'supervisors',
      content: { kind: 'erasure-alarm', erasureId: id, hours: 24 },
      now: new Date(),
    });
    const call = await at.sees(at.people.supervisor, new RegExp(`${number} is not done 24 hours after`));
    assert.match(call, /waits for the keys to be destroyed/);
    assert.match(call, /Check that the keys database/);
  });
});
