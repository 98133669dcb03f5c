import type { Writable } from 'node:stream';
import { Presets, SingleBar } from 'cli-progress';

/** The progress of long work. */
export interface Progress {
  advance(by?: number): void;
  stop(): void;
}

/** Shows a bar while work goes on, where a person watches; elsewhere it says nothing. */
export function startProgress(
  stderr: Writable,
  work: { readonly total: number; readonly what: string },
): Progress {
  if (!('isTTY' in stderr) || stderr.isTTY !== true)
    return { advance: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      stream: stderr,
      format: `{bar} {value}/{total} ${work.what}, {eta_formatted} left`,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  bar.start(work.total, 0);
  return { advance: (by = 1) => bar.increment(by), stop: () => bar.stop() };
}
