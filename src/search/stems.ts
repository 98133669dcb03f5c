import { stemmer as arabic } from '@orama/stemmers/arabic';
import { stemmer as dutch } from '@orama/stemmers/dutch';
import { stemmer as english } from '@orama/stemmers/english';
import { stemmer as french } from '@orama/stemmers/french';
import { stemmer as german } from '@orama/stemmers/german';
import { stemmer as greek } from '@orama/stemmers/greek';
import { stemmer as italian } from '@orama/stemmers/italian';
import { stemmer as portuguese } from '@orama/stemmers/portuguese';
import { stemmer as russian } from '@orama/stemmers/russian';
import { stemmer as spanish } from '@orama/stemmers/spanish';
import { stemmer as turkish } from '@orama/stemmers/turkish';
import { stemmer as ukrainian } from '@orama/stemmers/ukrainian';
import { LRUCache } from 'lru-cache';

type Stemmer = (word: string) => string;

/** The languages of the Latin script that have stems here, with the small words that give them away. */
const LATIN: Readonly<Record<string, { stemmer: Stemmer; common: string }>> = {
  en: {
    stemmer: english,
    common: 'the and is are was you i my to of for it not have with that this can please how when what do',
  },
  es: {
    stemmer: spanish,
    common: 'el la los las de que y es mi por para con una un no se lo como cuando donde esta pero hola me',
  },
  pt: {
    stemmer: portuguese,
    common: 'o os as de que e nao meu minha por para com uma um se como quando onde esta mas ola eu voce do',
  },
  fr: {
    stemmer: french,
    common: 'le la les des que et est mon ma pour avec une un ne pas je vous il nous dans sur bonjour ce du',
  },
  de: {
    stemmer: german,
    common:
      'der die das und ist ich mein meine nicht mit fur ein eine zu sie es wir wann wie hallo bitte den',
  },
  it: {
    stemmer: italian,
    common: 'il lo gli di che e mio mia per con una un non sono come quando dove questo ma ciao del della ho',
  },
  nl: {
    stemmer: dutch,
    common: 'de het een en is ik mijn niet met voor van dat wanneer hoe waar maar hallo u je zijn heb op te',
  },
  tr: {
    stemmer: turkish,
    common: 've bir bu ne icin ile ben benim de da mi cok var yok nasil zaman merhaba lutfen ama siparis',
  },
};
const ALL_LATIN = Object.keys(LATIN);
/** The languages that each small word belongs to. */
const COMMON = new Map<string, string[]>();
for (const [language, { common }] of Object.entries(LATIN))
  for (const word of common.split(' ')) COMMON.set(word, [...(COMMON.get(word) ?? []), language]);
/** How many small words a language needs, and how many more than any other. */
const CERTAIN = 2;

const OF_SCRIPT: readonly { readonly script: RegExp; readonly stemmers: readonly Stemmer[] }[] = [
  // Its own letters give Ukrainian away; a word without them may be either.
  { script: /^(?=.*[іїєґ])\p{sc=Cyrillic}+$/u, stemmers: [ukrainian] },
  { script: /^\p{sc=Cyrillic}+$/u, stemmers: [russian, ukrainian] },
  { script: /^\p{sc=Arabic}+$/u, stemmers: [arabic] },
  { script: /^\p{sc=Greek}+$/u, stemmers: [greek] },
];
const LATIN_WORD = /^\p{sc=Latin}+$/u;
const SHORTEST = 4;

/**
 * The languages whose stems the Latin words of a text get: the one that its small words give away, or all
 * where nothing does.
 */
export function latinLanguagesOf(words: Iterable<string>): readonly string[] {
  const hits = new Map<string, number>();
  const seen = new Set<string>();
  for (const word of words) {
    const languages = COMMON.get(word);
    if (!languages || seen.has(word)) continue;
    seen.add(word);
    for (const language of languages) hits.set(language, (hits.get(language) ?? 0) + 1);
  }
  if (hits.size === 0) return ALL_LATIN;
  const [first, second] = [...hits].sort(([, a], [, b]) => b - a);
  if (!first || first[1] < CERTAIN || first[1] === second?.[1]) return ALL_LATIN;
  return [first[0]];
}

/** Stemming is most of the work of indexing, and most words come again. */
const known = new LRUCache<string, readonly string[]>({ max: 50_000 });

/**
 * The stems of a folded word in these languages, each once; itself where it has none. Two words mean the same
 * where one of these is the same.
 */
export function stemsOf(word: string, latinLanguages: readonly string[] = ALL_LATIN): readonly string[] {
  if (word.length < SHORTEST) return [word];
  const name = latinLanguages === ALL_LATIN ? word : `${latinLanguages[0]} ${word}`;
  const before = known.get(name);
  if (before) return before;
  const stems = new Set(stemmersOf(word, latinLanguages).map((stem) => stem(word)));
  const some = stems.size > 0 ? [...stems] : [word];
  known.set(name, some);
  return some;
}

function stemmersOf(word: string, latinLanguages: readonly string[]): readonly Stemmer[] {
  if (LATIN_WORD.test(word)) return latinLanguages.flatMap((one) => LATIN[one]?.stemmer ?? []);
  return OF_SCRIPT.find(({ script }) => script.test(word))?.stemmers ?? [];
}
