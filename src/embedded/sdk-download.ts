// node sdk-download.ts dev-server|time-skipping VERSION DIRECTORY
// Downloads one of the servers that Temporal's SDK knows how to fetch; see fetchWithSdk in tool-sources.ts.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [server, version = 'default', downloadDir = '.'] = process.argv.slice(2);
const executable = { type: 'cached-download', version, downloadDir } as const;

try {
  // The SDK downloads only in order to start what it downloaded.
  const environment =
    server === 'time-skipping'
      ? await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } })
      : await TestWorkflowEnvironment.createLocal({ server: { executable, ip: '127.0.0.1' } });
  await environment.teardown();
} catch (error) {
  // The innermost reason is at the end of the message.
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message.split(': ').slice(-2).join(': ')}\n`);
  process.exitCode = 1;
}
