import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { readConfig } from '../config.ts';
import { AppError } from '../domain/errors.ts';
import { PARTS } from './parts.ts';

/**
 * One process of a distributed installation: `node src/main/service.ts PART`. Each part scales by count;
 * `npm start` runs the same parts in one process.
 */
async function run(name: string | undefined): Promise<void> {
  const part = PARTS[name ?? ''];
  if (!part)
    throw new AppError(
      'input_invalid',
      `There is no part ${name ?? '(none)'}. Name one of: ${Object.keys(PARTS).join(', ')}.`,
    );
  const config = readConfig();
  const ready = readyMark(config.readyFile);
  // What a killed process left must not speak for this one.
  ready.clear();
  const running = await part(config);
  ready.set();
  try {
    await Promise.race([
      once(process, 'SIGINT'),
      once(process, 'SIGTERM'),
      ...(running.ended ? [running.ended] : []),
    ]);
  } finally {
    ready.clear();
    await running.stop();
  }
}

/** Tells whoever looks after the processes, by a file, that the part has started and does not stop yet. */
function readyMark(file: string | undefined) {
  return {
    set: () => file && writeFileSync(file, ''),
    clear: () => file && rmSync(file, { force: true }),
  };
}

run(process.argv[2]).catch((error: unknown) => {
  console.error(error instanceof AppError ? error.message : error);
  process.exitCode = 1;
});
