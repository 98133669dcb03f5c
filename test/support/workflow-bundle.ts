import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { createLog } from '../../src/log.ts';
import { WORKFLOWS_PATH } from '../../src/main/worker.ts';
import { createTemporalLogger } from '../../src/temporal/logger.ts';

/** Writes what every worker bundles when it starts, once for all of them. */
export async function bundleWorkflows(directory: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS_PATH,
    logger: createTemporalLogger(createLog('silent')),
  });
  const file = join(directory, 'workflows.js');
  await writeFile(file, code);
  return file;
}

/** The workflow code of this run of tests. */
export function workflowBundle(): { codePath: string } {
  const codePath = process.env['TEST_WORKFLOW_BUNDLE'];
  if (codePath === undefined) throw new Error('The global set-up of the tests names the workflow code.');
  return { codePath };
}
