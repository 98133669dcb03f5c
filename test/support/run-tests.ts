// node test/support/run-tests.ts [options of node --test] [FILE…]
// Prepares the servers that the tests need, runs the tests, and sees to it that they left nothing running.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { resolve } from 'node:path';
import { endAll, processesOfRun } from './leftovers.ts';
import { testTools } from './servers.ts';

/**
 * Many files wait for servers that are killed or restarted: one more than there are cores keeps the cores busy.
 * With many more, servers miss their own deadlines.
 */
const CONCURRENCY = Math.min(6, availableParallelism() + 1);
const TIMEOUT_MS = 300_000;
/** A file whose set-up failed hangs on what it had opened until then, and Node waits for it for ever. */
const WHOLE_RUN_MS = 25 * 60_000;
const WATCH_MS = 5_000;

const args = process.argv.slice(2);
const named = args.some((arg) => !arg.startsWith('-'));

await testTools.temporalCli();
await testTools.testServer();
await testTools.fakeGcs();

const runId = randomUUID();
const runner = spawn(
  process.execPath,
  [
    '--test',
    '--test-global-setup=test/support/global-setup.ts',
    `--test-concurrency=${CONCURRENCY}`,
    `--test-timeout=${TIMEOUT_MS}`,
    '--test-reporter=spec',
    ...args,
    ...(named ? [] : globSync('test/**/*.test.ts').sort()),
  ],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    // Every file is a process of its own: compiled once, each begins in two thirds of the time.
    env: { ...process.env, TEST_RUN_ID: runId, NODE_COMPILE_CACHE: resolve('.cache/compiled') },
  },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal));

const left: string[] = [];
let idleBefore = false;
// A server left running can hold the output of its test file open, for whose end the runner waits for ever.
const watch = setInterval(() => {
  const processes = processesOfRun(runId).filter(({ pid }) => pid !== runner.pid);
  const idle = processes.length > 0 && !processes.some(({ parent }) => parent === runner.pid);
  if (idle && idleBefore) left.push(...endAll(processes));
  idleBefore = idle;
}, WATCH_MS);

const limit = setTimeout(() => {
  console.error(
    `The tests did not end within ${WHOLE_RUN_MS / 60_000} minutes: a file hangs. They are stopped.`,
  );
  runner.kill();
}, WHOLE_RUN_MS);

runner.on('exit', (code, signal) => {
  clearTimeout(limit);
  clearInterval(watch);
  left.push(...endAll(processesOfRun(runId)));
  for (const command of left) console.error(`Left running by a test, now ended: ${command}`);
  const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  process.exitCode = status === 0 && left.length > 0 ? 1 : status;
});
