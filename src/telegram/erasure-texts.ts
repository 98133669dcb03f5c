import type { Jurisdiction } from '../domain/jurisdictions.ts';
import { WORDS_EN } from './erasure-texts-en.ts';
import { WORDS_ES } from './erasure-texts-es.ts';
import { WORDS_RU } from './erasure-texts-ru.ts';
import { WORDS_ZH } from './erasure-texts-zh.ts';
import type { DataWords } from './erasure-words.ts';

/** What customers read of their own data and of its erasure, in every language it exists in. */
const WORDS = { en: WORDS_EN, ru: WORDS_RU, zh: WORDS_ZH, es: WORDS_ES } satisfies Record<string, DataWords>;

export type Spoken = keyof typeof WORDS;

/** The languages besides English, by the tag Telegram knows them under. */
export const SPOKEN = Object.keys(WORDS) as Spoken[];

/** The words of a language with its way of writing dates, periods and places. */
export interface Speech {
  readonly words: DataWords;
  readonly language: Spoken;
  /** A day and the time in it, with the time zone. */
  readonly moment: (instant: Date) => string;
  readonly day: (instant: Date) => string;
  /** An ISO 8601 duration in words. */
  readonly period: (duration: string) => string;
  readonly number: (count: number) => string;
  readonly place: (jurisdiction: Jurisdiction) => string;
  readonly languageName: (tag: string) => string;
}

/** The first of these tags whose language exists here: the person's own, then the project's, then English. */
export function speechOf(tags: readonly (string | null | undefined)[], timeZone: string): Speech {
  const primary = tags.map((tag) => (tag ?? '').toLowerCase().split('-')[0] ?? '');
  const language = primary.find((tag): tag is Spoken => Object.hasOwn(WORDS, tag)) ?? 'en';
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone });
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone });
  const names = new Intl.DisplayNames(language, { type: 'region' });
  const tongues = new Intl.DisplayNames(language, { type: 'language' });
  return {
    words: WORDS[language],
    language,
    moment: (instant) => `${time.format(instant)} (${timeZone})`,
    day: (instant) => day.format(instant),
    period: (duration) => periodIn(language, duration),
    number: (count) => count.toLocaleString(language),
    place(jurisdiction) {
      if (jurisdiction === 'OTHER') return WORDS[language].elsewhere;
      const [country = '', state] = jurisdiction.split('-');
      const name = names.of(country === 'UK' ? 'GB' : country) ?? country;
      return state ? `${name} (${state})` : name;
    },
    languageName: (tag) => nameOf(tongues, tag),
  };
}

/** A tag comes from somebody's app, and may be none that the platform knows. */
function nameOf(names: Intl.DisplayNames, tag: string): string {
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

const UNITS = { Y: 'year', M: 'month', W: 'week', D: 'day', H: 'hour', m: 'minute', S: 'second' } as const;

/** `P1Y6M` as `1 year, 6 months`. */
function periodIn(language: Spoken, duration: string): string {
  const [date = '', time = ''] = duration.replace('P', '').split('T');
  const parts = [...`${date}${time.replace('M', 'm')}`.matchAll(/(\d+(?:[.,]\d+)?)([YMWDHmS])/g)].map(
    ([, count = '0', unit = 'D']) =>
      new Intl.NumberFormat(language, {
        style: 'unit',
        unit: UNITS[unit as keyof typeof UNITS],
        unitDisplay: 'long',
      }).format(Number(count.replace(',', '.'))),
  );
  return parts.join(' ');
}
