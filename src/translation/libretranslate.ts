import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import { primaryOf, type Translator } from '../domain/translation.ts';

const translated = z.object({ translatedText: z.string() });
const languages = z.array(z.object({ code: z.string(), targets: z.array(z.string()).default([]) }));

/**
 * LibreTranslate, which a team runs itself: no text leaves its own machines.
 *
 * @param options.timeoutMs how long one call may take
 */
export function createLibreTranslate(options: {
  url: string;
  apiKey?: string | undefined;
  timeoutMs: number;
}): Translator {
  // Servers differ in what they call Chinese: zh, zh-Hans or zh-CN. They are asked once.
  let targets: Promise<string[]> | undefined;

  async function call(path: string, body?: object): Promise<unknown> {
    try {
      const response = await fetch(new URL(path, `${options.url.replace(/\/$/, '')}/`), {
        ...(body && {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...body, ...(options.apiKey && { api_key: options.apiKey }) }),
        }),
        signal: AbortSignal.timeout(options.timeoutMs),
      });
      if (response.ok) return await response.json();
      await response.body?.cancel();
      throw unavailable(`it answered ${response.status}`);
    } catch (error) {
      if (error instanceof AppError) throw error;
      // What fetch says may hold the text that was sent.
      throw unavailable(error instanceof Error ? error.name : 'unknown');
    }
  }

  async function codeFor(to: string): Promise<string> {
    targets ??= call('languages')
      .then((answer) => [
        ...new Set(languages.parse(answer).flatMap(({ code, targets: all }) => [code, ...all])),
      ])
      .catch((error: unknown) => {
        targets = undefined;
        throw error;
      });
    const known = await targets;
    const code =
      known.find((one) => one.toLowerCase() === to.toLowerCase()) ??
      known.find((one) => primaryOf(one) === primaryOf(to));
    if (!code) throw unavailable(`it knows no language ${to}; install one with LT_LOAD_ONLY`);
    return code;
  }

  return {
    name: 'libretranslate',
    async translate(text, to) {
      const target = await codeFor(to);
      const answer = await call('translate', { q: text, source: 'auto', target, format: 'text' });
      const parsed = translated.safeParse(answer);
      if (!parsed.success) throw unavailable('its answer is not one of LibreTranslate');
      return parsed.data.translatedText;
    },
  };
}

function unavailable(why: string): AppError {
  return new AppError(
    'translation_unavailable',
    `LibreTranslate gave no translation: ${why}. Check RETENTION_LIBRETRANSLATE_URL and the server behind it.`,
  );
}
