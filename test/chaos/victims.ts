import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Installation } from '../faults/installation.ts';
import type { PartProcess } from '../faults/processes.ts';
import { until } from '../faults/until.ts';
import type { Random } from './random.ts';

/** The processes of the service, each of which is always running, dying or coming back. */
export interface Victims {
  /** Kills one of them, mostly at work and sometimes while it starts, and starts it again at once. */
  kill(part: KilledPart): Promise<void>;
  /** Starts each anew without a fail point, and lets it live. */
  mend(): Promise<void>;
  /** Starts nothing any more. */
  stop(): void;
}

/** The parts of the service that die. */
export const PARTS = ['worker', 'relay', 'bot'] as const;
type KilledPart = (typeof PARTS)[number];

/** Where a worker may be told to kill itself: between any two steps that leave something behind. */
const FAIL_POINTS = [
  'archive.begun',
  'archive.written',
  'archive.verified',
  'archive.recorded',
  'deletion.begun',
  'deletion.keys-gone',
  'deletion.object-gone',
  'deletion.objects-gone',
  'deletion.recorded',
  'erasure.keys-gone',
  'erasure.part-gone',
  'erasure.share-objects-gone',
] as const;

/** So many of the workers carry a fail point, at which they die by themselves. */
const WITH_FAIL_POINT = 1 / 3;
/** So many of the deaths come before the process is up. */
const WHILE_STARTING = 1 / 5;
const AT_WORK_MS = 1500;

interface Victim {
  readonly process: PartProcess;
  readonly readyFile: string;
}

/** @param randoms one for each part, so that how fast one of them dies changes no choice about another */
export function startVictims(
  installation: Installation,
  randoms: Readonly<Record<KilledPart, Random>>,
  onKilled: (what: string) => void,
): Victims {
  const running = new Map<KilledPart, Victim>();
  let starts = 0;
  let ending = false;

  function start(part: KilledPart, safely = false): void {
    if (ending) return;
    const random = randoms[part];
    const point =
      part === 'worker' && !safely && random.next() < WITH_FAIL_POINT ? random.pick(FAIL_POINTS) : undefined;
    const readyFile = join(installation.logsDir, `${part}-${++starts}.ready`);
    const victim = { process: installation.start(part, point, readyFile), readyFile };
    running.set(part, victim);
    void victim.process.ended.then((end) => {
      if (running.get(part) !== victim) return;
      // By itself at its fail point; or ended, because a server that it needs is away.
      if (end === 'SIGKILL' && point !== undefined) onKilled(`worker at ${point}`);
      start(part, safely);
    });
  }

  async function atWork(part: KilledPart): Promise<void> {
    await until(`${part} is at work`, () => existsSync(running.get(part)?.readyFile ?? ''), 120_000);
    const end = Date.now() + randoms[part].below(AT_WORK_MS);
    await until(`${part} has worked`, () => Date.now() >= end);
  }

  async function killNow(part: KilledPart): Promise<void> {
    const victim = running.get(part);
    running.delete(part);
    await victim?.process.kill();
  }

  for (const part of PARTS) start(part);
  return {
    async kill(part) {
      if (randoms[part].next() >= WHILE_STARTING) await atWork(part);
      await killNow(part);
      onKilled(part);
      start(part);
    },
    async mend() {
      for (const part of PARTS) {
        await killNow(part);
        start(part, true);
      }
    },
    stop() {
      ending = true;
    },
  };
}
