import { join } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { makeDataDirectory } from './files.ts';
import { releasePidFile, takePidFile } from './pid-file.mjs';

/**
 * Holds a data directory for this process, so that two services never work on the same state.
 * Answers with what releases it; the process's death does so too.
 *
 * @throws AppError `already_running`, with the other process and how to stop it.
 */
export function holdDataDirectory(dir: string): () => void {
  makeDataDirectory(dir);
  const file = join(dir, 'service.pid');
  const turn = takePidFile(file);
  if (!turn.taken) {
    throw new AppError(
      'already_running',
      `The service already runs on ${dir}, as process ${turn.pid}: use that one, or stop it with "kill ${turn.pid}" and start again.`,
    );
  }
  return () => releasePidFile(file);
}
