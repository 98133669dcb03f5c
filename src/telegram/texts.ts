import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FluentBundle, FluentResource } from '@fluent/bundle';
import type { Jurisdiction } from '../domain/jurisdictions.ts';
import type { Said, TextId } from './texts/list.ts';
import { periodIn } from './texts/period.ts';

/** The languages that all of the bot's texts exist in. */
export const BUNDLED = ['en', 'ru', 'zh', 'es'] as const;

/** A team's own texts in a language: a new one, or others in place of ours. */
export interface TeamTexts {
  readonly language: string;
  /** In the syntax of Fluent, and checked. */
  readonly source: string;
}

/** The bot's texts in every language it speaks. */
export interface Texts {
  /** The languages, English first, by the tag Telegram knows them under. */
  readonly languages: readonly string[];
  /** Speaks the first of these languages that exists here, or English. */
  speech(tags: readonly (string | null | undefined)[], timeZone: string): Speech;
}

/** A language, with its way of writing dates, periods and places. */
export interface Speech {
  readonly language: string;
  /** A text of the bot in this language. What is filled in stays plain text. */
  readonly say: <Id extends TextId>(
    id: Id,
    ...said: keyof Said<Id> extends never ? [] : [Said<Id>]
  ) => string;
  /** A day and the time in it, with the time zone. */
  readonly moment: (instant: Date) => string;
  readonly day: (instant: Date) => string;
  /** An ISO 8601 duration in words. */
  readonly period: (duration: string) => string;
  readonly place: (jurisdiction: Jurisdiction) => string;
  readonly languageName: (tag: string) => string;
  /** Several words as one enumeration. */
  readonly list: (words: readonly string[]) => string;
}

/** Makes the texts: ours, with what a team has written over them. */
export function createTexts(team: readonly TeamTexts[] = []): Texts {
  const languages = [...new Set([...BUNDLED, ...team.map(({ language }) => language)])];
  const bundles = new Map(languages.map((language) => [language, bundleOf(language, team)]));
  const spoken = new Map<string, Speech>();
  return {
    languages,
    speech(tags, timeZone) {
      const wanted = tags.map((tag) => (tag ?? '').toLowerCase().split('-')[0] ?? '');
      const language = wanted.find((tag) => bundles.has(tag)) ?? 'en';
      const key = `${language} ${timeZone}`;
      const known = spoken.get(key);
      if (known) return known;
      // English stands in for what a team's own language has no text for.
      const speech = speechIn(
        language,
        timeZone,
        [language, 'en'].flatMap((tag) => bundles.get(tag) ?? []),
      );
      spoken.set(key, speech);
      return speech;
    },
  };
}

/** The texts of a language as they are shipped, in the syntax of Fluent. */
export function bundledSource(language: (typeof BUNDLED)[number]): string {
  return readFileSync(join(import.meta.dirname, 'texts', `${language}.ftl`), 'utf8');
}

function bundleOf(language: string, team: readonly TeamTexts[]): FluentBundle {
  // Marks around what is filled in would end up in copied numbers and commands.
  const bundle = new FluentBundle(language, { useIsolating: false });
  const ours = BUNDLED.find((known) => known === language);
  if (ours) bundle.addResource(new FluentResource(bundledSource(ours)));
  for (const { source } of team.filter((one) => one.language === language))
    bundle.addResource(new FluentResource(source), { allowOverrides: true });
  return bundle;
}

/** Signs that turn the direction of whatever follows them, and so of text that is not their own. */
const TURNING = /[\u202A-\u202E\u2066-\u2069]/g;

function sayIn(bundles: readonly FluentBundle[]): Speech['say'] {
  return (id, ...[said = {}]) => {
    const plain = Object.entries<string | number>(said).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replace(TURNING, '') : value,
    ]);
    for (const bundle of bundles) {
      const pattern = bundle.getMessage(id)?.value;
      // Errors leave the best there is in the text, which is more use than none.
      if (pattern) return bundle.formatPattern(pattern, Object.fromEntries(plain) as Said<TextId>, []);
    }
    return id;
  };
}

/** Places that a language's own list of countries has not, or not under the name that is meant here. */
const NAMED = {
  EU: 'place-eu',
  'US-CA': 'place-california',
  CN: 'place-mainland-china',
  OTHER: 'elsewhere',
} as const;

function speechIn(language: string, timeZone: string, bundles: readonly FluentBundle[]): Speech {
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone });
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone });
  const regions = new Intl.DisplayNames(language, { type: 'region' });
  const tongues = new Intl.DisplayNames(language, { type: 'language' });
  const enumeration = new Intl.ListFormat(language);
  const say = sayIn(bundles);
  return {
    language,
    say,
    moment: (instant) => `${time.format(instant)} (${timeZone})`,
    day: (instant) => day.format(instant),
    period: (duration) => periodIn(language, duration),
    place(jurisdiction) {
      if (Object.hasOwn(NAMED, jurisdiction)) return say(NAMED[jurisdiction as keyof typeof NAMED]);
      return regions.of(jurisdiction === 'UK' ? 'GB' : jurisdiction) ?? jurisdiction;
    },
    languageName: (tag) => nameOf(tongues, tag),
    list: (words) => enumeration.format(words),
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
