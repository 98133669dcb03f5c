import { eld } from 'eld/small';
import type { DetectLanguage } from '../domain/translation.ts';

/** Below this many letters a guess is a coin's toss: "ok" and "no" belong to a dozen languages. */
const FEWEST_LETTERS = 8;
/** Chinese and Japanese say as much in a quarter of the signs. */
const FEWEST_IDEOGRAPHS = 3;

const detector = eld.newInstance();

/** Guesses a language offline, by n-grams; names, addresses and numbers alone are no language. */
export const detectLanguage: DetectLanguage = (text) => {
  const letters = text.replaceAll(/https?:\/\/\S+|@\w+/g, '').match(/\p{L}/gu) ?? [];
  const ideographs = letters.filter((letter) => /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u.test(letter));
  if (letters.length < FEWEST_LETTERS && ideographs.length < FEWEST_IDEOGRAPHS) return undefined;
  const found = detector.detect(text);
  return found.language && found.isReliable() ? found.language : undefined;
};
