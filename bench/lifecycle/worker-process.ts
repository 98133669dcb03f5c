import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { MILESTONES, type Milestone } from './contender.ts';

/** A contender's worker in a process of its own, so that its CPU can be told from everyone else's. */
export interface WorkerProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

const STOP_MS = 30_000;
const running = new Set<ChildProcess>();

/** Ends workers whose run was cut short, before the servers that they work on go. */
export function endWorkers(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts a file of this directory as a worker; resolves when it says that it takes work. */
export async function startWorkerProcess(
  file: string,
  settings: Readonly<Record<string, string>>,
  onMilestone: (sessionId: string, milestone: Milestone) => void = () => undefined,
): Promise<WorkerProcess> {
  const child = fork(new URL(file, import.meta.url), {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Ctrl-C reaches the driver alone, which stops its workers first and the servers after them.
    detached: true,
  });
  running.add(child);
  const exited = once(child, 'exit').finally(() => running.delete(child));
  const ready = Promise.withResolvers<void>();
  child.on('message', (message: 'ready' | [string, number]) => {
    if (message === 'ready') return ready.resolve();
    const milestone = MILESTONES[message[1]];
    if (milestone) onMilestone(message[0], milestone);
  });
  await Promise.race([
    ready.promise,
    exited.then(() => {
      throw new Error(`${file} ended before it took work; what it printed stands above.`);
    }),
  ]);
  return {
    pid: child.pid ?? 0,
    async stop() {
      const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      child.kill('SIGTERM');
      await exited;
      clearTimeout(deadline);
    },
  };
}

/** In the worker process: says that it takes work, and serves until it is told to stop. */
export async function serveUntilStopped(stop: () => Promise<void>): Promise<void> {
  process.send?.('ready');
  // Without its driver a worker has no reason to go on.
  await Promise.race([once(process, 'SIGTERM'), once(process, 'disconnect')]);
  await stop();
  process.exit();
}

/** In the worker process: tells the driver what a session has come to. */
export function tellDriver(sessionId: string, milestone: Milestone): void {
  process.send?.([sessionId, MILESTONES.indexOf(milestone)]);
}
