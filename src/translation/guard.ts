import { AppError } from '../domain/errors.ts';
import type { Translator } from '../domain/translation.ts';

/** After so many failures in a row a translator is left alone for a while. */
const FAILURES = 3;
const PAUSE_MS = 60_000;

/**
 * Leaves a translator alone that fails or has used up its quota: what waits for translations is then
 * answered at once that there is none, and tries again a minute later.
 */
export function guardTranslator(translator: Translator, clock: () => Date): Translator {
  let failures = 0;
  let pausedUntil = 0;
  return {
    name: translator.name,
    async translate(text, to) {
      if (clock().getTime() < pausedUntil)
        throw new AppError(
          'translation_unavailable',
          `Translations by ${translator.name} are paused for a minute, since it failed ${FAILURES} times in a row.`,
        );
      try {
        const translated = await translator.translate(text, to);
        failures = 0;
        return translated;
      } catch (error) {
        failures += 1;
        if (failures >= FAILURES) {
          pausedUntil = clock().getTime() + PAUSE_MS;
          failures = 0;
        }
        throw error;
      }
    },
  };
}
