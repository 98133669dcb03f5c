/** A made-up conversation of so many messages, in one language. */
export interface MadeSession {
  readonly language: Language;
  readonly texts: readonly string[];
}

export type Language = 'en' | 'ru' | 'zh' | 'es';

interface Vocabulary {
  /** By rank: the first is the most frequent. */
  readonly words: readonly string[];
  readonly between: string;
}

const SHARES: readonly [Language, number][] = [
  ['en', 0.3],
  ['ru', 0.3],
  ['zh', 0.2],
  ['es', 0.2],
];
const LEMMAS = 12_000;
const COMMON: Readonly<Record<Language, string>> = {
  en: 'the i to you a and it is my for of that have in not on please with was can order this me do when be',
  ru: 'и не в я что на с вы заказ это мне как по у мой но за из все пожалуйста когда был так же от мы',
  zh: '的 我 你 了 是 不 在 有 好 请 吗 这个 什么 可以 没有 订单 退款 我们 怎么 时候 已经 问题 谢谢 需要',
  es: 'de que no el la y a en es un por mi con para lo me se pedido una los como cuando pero muy ya está',
};
const SYLLABLES: Readonly<Record<Exclude<Language, 'zh'>, string>> = {
  en: 'ba re con ter ship pay tri lo mar den fel gro hand il jo ke lin mo ner op pla qui rus ta ven wor',
  ru: 'ба ре кон тер по да ли мо ра ста во жи зна ку на пе ри со то фи ха це чи ше ще бу ва гле до',
  es: 'ba re con ter pa ga ci mo lo ta ven to ra di fac es ca bi pro du en vi re cla ma tar ce lu',
};
const ENDINGS: Readonly<Record<Exclude<Language, 'zh'>, string>> = {
  en: '- s ed ing er',
  ru: '- а у ом ы ами ов',
  es: 'o a os as ar ado',
};

/** The same corpus for the same seed, with the frequencies of words of a real one (Zipf and Mandelbrot). */
export function createCorpus(seed: number) {
  const random = randomFrom(seed);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const vocabularies = new Map(
    SHARES.map(([language]) => [language, vocabularyOf(language, random, pick)] as const),
  );
  const ranks = rankSampler(60_000, random);
  const text = ({ words, between }: Vocabulary) => {
    const length = 3 + Math.floor(random() ** 2 * 26);
    const said = Array.from({ length }, () => words[ranks() % words.length] ?? '');
    if (random() < 0.05) said.push(`AB-${Math.floor(random() * 1e6)}`);
    return said.join(between);
  };
  return {
    vocabularies,
    session(messages: number): MadeSession {
      const language = languageAt(random());
      const vocabulary = vocabularies.get(language) as Vocabulary;
      return { language, texts: Array.from({ length: messages }, () => text(vocabulary)) };
    },
    random,
  };
}

function languageAt(place: number): Language {
  let share = 0;
  return SHARES.find(([, own]) => place < (share += own))?.[0] ?? 'en';
}

function vocabularyOf(
  language: Language,
  random: () => number,
  pick: <T>(from: readonly T[]) => T,
): Vocabulary {
  const common = COMMON[language].split(' ');
  if (language === 'zh') {
    const han = Array.from({ length: 2500 }, (_, at) => String.fromCodePoint(0x4e00 + at * 7));
    const zipf = rankSampler(han.length, random);
    const words = Array.from({ length: LEMMAS * 2 }, () =>
      Array.from({ length: random() < 0.75 ? 2 : 3 }, () => han[zipf()]).join(''),
    );
    return { words: [...new Set([...common, ...words])], between: '' };
  }
  const syllables = SYLLABLES[language].split(' ');
  const endings = ENDINGS[language].split(' ');
  const words = Array.from({ length: LEMMAS }, () => {
    const stem = Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(syllables)).join('');
    return endings.map((ending) => (ending === '-' ? stem : stem + ending));
  });
  // Forms of one word lie apart in the order of frequency, as they do in a language.
  const forms = words.flat();
  const ranked = forms.map((form, at) => ({ form, at: (at + 1) * (0.2 + random() * 3) }));
  ranked.sort((a, b) => a.at - b.at);
  return { words: [...new Set([...common, ...ranked.map(({ form }) => form)])], between: ' ' };
}

/** Ranks from 0 on, as often as 1 / (rank + 2.7) says. */
function rankSampler(size: number, random: () => number): () => number {
  const sums = new Float64Array(size);
  let sum = 0;
  for (let rank = 0; rank < size; rank++) sums[rank] = sum += 1 / (rank + 2.7) ** 1.05;
  return () => {
    const wanted = random() * sum;
    let low = 0;
    for (let high = size - 1; low < high;) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Mulberry32: small, fast, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
