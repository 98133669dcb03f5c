import type { Translator } from '../domain/translation.ts';
import { createGoogleTranslate, type GoogleTranslation } from './google.ts';
import { guardTranslator } from './guard.ts';
import { createLibreTranslate } from './libretranslate.ts';

/** What the environment says of translating. */
export interface TranslationConfig {
  readonly libreTranslate?: undefined | { readonly url: string; readonly apiKey?: string | undefined };
  readonly google?: undefined | GoogleTranslation;
}

/** A person reads the original meanwhile, so a slow answer is worth little. */
const TIMEOUT_MS = 5000;

/** The translator the environment names, if there is one; a team's own server comes before a cloud. */
export function openTranslator(config: TranslationConfig): Translator | undefined {
  const translator = config.libreTranslate
    ? createLibreTranslate({ ...config.libreTranslate, timeoutMs: TIMEOUT_MS })
    : config.google && createGoogleTranslate({ ...config.google, timeoutMs: TIMEOUT_MS });
  return translator && guardTranslator(translator, () => new Date());
}
