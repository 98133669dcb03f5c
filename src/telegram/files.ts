import { GrammyError, type Api } from 'grammy';
import { AppError } from '../domain/errors.ts';

/** How a project's bot is reached. */
export interface BotApi {
  readonly api: Api;
  readonly token: string;
  /** The address of the Bot API server, without a slash at the end. */
  readonly root: string;
}

/** Telegram hands out files up to 20 MB to bots. */
const MAX_BYTES = 20 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/** Fetches the bytes of a file that was sent to a project's bot, or says why Telegram will not give them. */
export function createFileFetcher(bots: (projectId: string) => BotApi | undefined) {
  return async (
    projectId: string,
    fileId: string,
  ): Promise<{ bytes: Buffer } | { refused: 'too_large' | 'gone' | 'no_bot' }> => {
    const bot = bots(projectId);
    if (!bot) return { refused: 'no_bot' };
    try {
      const file = await bot.api.getFile(fileId);
      if ((file.file_size ?? 0) > MAX_BYTES) return { refused: 'too_large' };
      return { bytes: await download(`${bot.root}/file/bot${bot.token}/${file.file_path ?? ''}`) };
    } catch (error) {
      if (error instanceof GrammyError && error.error_code === 400)
        return { refused: error.description.includes('too big') ? 'too_large' : 'gone' };
      if (error instanceof AppError) throw error;
      throw new AppError('store_unavailable', 'Telegram did not give a file just now; it is asked again.');
    }
  };
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok)
    throw new AppError(
      'store_unavailable',
      `Telegram answered ${response.status} for a file; it is asked again.`,
    );
  return Buffer.from(await response.arrayBuffer());
}
