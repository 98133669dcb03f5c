import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createTemporalLogger } from '../../src/temporal/logger.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

const DIRECTORY = join(import.meta.dirname, 'histories');
const names = (await readdir(DIRECTORY)).filter((name) => name.endsWith('.json'));

async function historyOf(name: string) {
  return historyFromJSON(JSON.parse(await readFile(join(DIRECTORY, name), 'utf8')));
}

describe('workflow code that runs today replays what ran before', () => {
  before(() => {
    const logger = createTemporalLogger(pino({ level: 'silent' }));
    Runtime.install({ logger, telemetryOptions: { logging: { forward: {}, filter: 'OFF' } } });
  });

  it('has a history of every phase', () => {
    for (const needed of [
      'open',
      'closed',
      'reopened',
      'open-closed-archived',
      'parked',
      'review',
      'held-in-review',
      'approved-deleted',
      'silence-deleted',
      'spam-deleted',
      'decided-by-signal',
      'redated',
      'paused-by-the-breaker',
      'open-erased',
      'archived-erased',
      'erasure-waiting',
      'erasure-expired',
      'erasure-done',
      'erasure-batch',
      'erasure-restricted',
      'erasure-resumed',
      'export-waiting',
      'export-expired',
      'export-removed',
      'export-scheduled',
    ])
      assert.ok(names.includes(`${needed}.json`), `${needed} is missing: npm test -- test/replay/record.ts`);
  });

  for (const name of names)
    it(`replays ${name}`, async () => {
      await Worker.runReplayHistory(
        { workflowBundle: workflowBundle() },
        await historyOf(name),
        'session:replayed',
      );
    });

  it('fails for a workflow that was changed', async () => {
    const workflowsPath = fileURLToPath(import.meta.resolve('./changed-workflow.ts'));
    const changed = await bundleWorkflowCode({
      workflowsPath,
      logger: createTemporalLogger(pino({ level: 'silent' })),
    });
    await assert.rejects(
      async () =>
        Worker.runReplayHistory(
          { workflowBundle: changed },
          await historyOf('review.json'),
          'session:replayed',
        ),
      { name: 'DeterminismViolationError' },
    );
  });
});
