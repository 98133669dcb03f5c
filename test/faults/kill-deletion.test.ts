import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertArchived, auditCounts, objectsOf } from './archived.ts';
import { close, converse, CONVERSATION } from './conversation.ts';
import { assertDeleted, sealedOf } from './deleted.ts';
import { assertInvariants } from './invariants.ts';
import { approve, workflowEnds, workflowReaches } from './life.ts';
import { sceneOf } from './scene.ts';
import { startStage, type Stage } from './stage.ts';

/** Where the worker dies, and how many objects and session keys there still are by then. */
const DEATHS = [
  { point: 'deletion.starting', objects: 2, keys: 1 },
  { point: 'deletion.begun', objects: 2, keys: 1 },
  { point: 'deletion.object-gone', objects: 1, keys: 1 },
  { point: 'deletion.objects-gone', objects: 0, keys: 1 },
  { point: 'deletion.keys-gone', objects: 0, keys: 0 },
  { point: 'deletion.recorded', objects: 0, keys: 0 },
];

describe('a worker that is killed while it deletes', { concurrency: DEATHS.length }, () => {
  let stage: Stage;
  before(async () => {
    stage = await startStage();
  });
  after(() => stage.stop());

  for (const { point, objects, keys } of DEATHS)
    it(`at ${point} leaves nothing but a tombstone and one audit entry with the first counts`, async () => {
      const { installation, remove } = await stage.install({ keep: 'PT1S' });
      try {
        await installation.startDeskHere();
        const conversation = await converse(installation);
        const { sessionId, topicId } = conversation;
        const sealed = await sealedOf(installation);
        close(installation, topicId);
        const doomed = installation.start('worker', point);
        await workflowReaches(installation, sessionId, 'review');
        await assertArchived(installation, conversation);
        const bytes = (await auditCounts(installation, sessionId, 'session.archived'))[0]?.['bytes'];
        await approve(installation, sessionId);

        assert.equal(await doomed.ended, 'SIGKILL');
        assert.equal((await objectsOf(installation, sessionId)).length, objects);
        assert.equal(await installation.services.vault.stillThere(sessionId), keys);

        installation.start('worker');
        await workflowEnds(installation, sessionId);
        await assertDeleted(installation, conversation, sealed);
        const counts = { ...CONVERSATION, bytes, keys: 1 };
        assert.deepEqual(await auditCounts(installation, sessionId, 'deletion.began'), [counts]);
        assert.deepEqual(await auditCounts(installation, sessionId, 'session.deleted'), [counts]);
        await assertInvariants(sceneOf(installation, { accepted: CONVERSATION.messages }));
      } finally {
        await remove();
      }
    });
});
