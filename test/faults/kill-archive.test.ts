import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertArchived, auditCounts, liveRows } from './archived.ts';
import { close, converse, CONVERSATION } from './conversation.ts';
import { assertInvariants } from './invariants.ts';
import { workflowReaches } from './life.ts';
import { sceneOf } from './scene.ts';
import { startStage, type Stage } from './stage.ts';

/** Where the worker dies, one after the other, and whether the archive is on record by then. */
const DEATHS: { points: string[]; recorded: boolean }[] = [
  { points: ['archive.starting'], recorded: false },
  { points: ['archive.begun'], recorded: false },
  { points: ['archive.attachment-written'], recorded: false },
  { points: ['archive.written'], recorded: false },
  { points: ['archive.verified'], recorded: false },
  { points: ['archive.recorded'], recorded: true },
  { points: ['archive.done'], recorded: true },
  // The second attempt dies before it has removed what the first one left.
  { points: ['archive.written', 'archive.recorded'], recorded: true },
];

describe('a worker that is killed while it archives', { concurrency: DEATHS.length }, () => {
  let stage: Stage;
  before(async () => {
    stage = await startStage();
  });
  after(() => stage.stop());

  for (const { points, recorded } of DEATHS)
    it(`at ${points.join(', then at ')} leaves one object per subject, right bytes and one audit entry`, async () => {
      const { installation, remove } = await stage.install();
      try {
        await installation.startDeskHere();
        const conversation = await converse(installation);
        const { sessionId, topicId } = conversation;
        close(installation, topicId);
        for (const point of points) assert.equal(await installation.start('worker', point).ended, 'SIGKILL');
        // Live rows are gone only when the archive is on record.
        assert.deepEqual(
          await liveRows(installation),
          recorded
            ? { messages: 0, revisions: 0, attachments: 0 }
            : { messages: 3, revisions: 4, attachments: 1 },
        );
        const entries = await auditCounts(installation, sessionId, 'session.archived');
        assert.equal(entries.length, recorded ? 1 : 0);

        installation.start('worker');
        await workflowReaches(installation, sessionId, 'archived');
        await assertArchived(installation, conversation);
        const after = await auditCounts(installation, sessionId, 'session.archived');
        if (recorded) assert.deepEqual(after, entries, 'the first counts stay');
        await assertInvariants(sceneOf(installation, { accepted: CONVERSATION.messages }));
      } finally {
        await remove();
      }
    });
});
