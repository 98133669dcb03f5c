/**
 * One spelling for what people mean by the same word: compatibility forms and widths (NFKC), case, accents,
 * digits of every script, and without what nobody sees (zero-width characters, soft hyphens, marks of
 * direction). Whatever is indexed and whatever is looked for goes through here.
 */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return (
    text
      // What nobody sees goes after NFKD: a ligature of Arabic marks comes apart with a tatweel under it.
      .normalize('NFKD')
      .replace(INVISIBLE, '')
      .normalize('NFD')
      // Only where a mark is an accent: in Thai, Hindi or Japanese it is a letter's own half.
      .replace(ACCENTED, (all, base: string) => (KEPT_BREVE.test(all) ? `${base}\u0306` : base))
      .normalize('NFC')
      // By way of upper case, so that ß is ss and a dotless ı is an i; ẞ has no other upper case than itself.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replace(ACCENTED, '$1')
      .replace(LETTERS, (letter) => OTHER_LETTERS[letter] ?? letter)
      .replace(DIGIT, asciiDigit)
      .normalize('NFC')
  );
}

/** Most words: ASCII, Russian and common Chinese need no more than lower case. */
const PLAIN = /^[\0-\x7f\u0410-\u044f\u4e00-\u9fff]*$/;
const INVISIBLE = /[\p{Cf}\p{Variation_Selector}\u0640]/gu;
const ACCENTED = /([\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Hebrew}\p{sc=Arabic}\p{N}])\p{M}+/gu;
/** й and и are two letters, and so are ў and у. */
const KEPT_BREVE = /^[иуИУ]\u0306/;

/** Letters that are an accented letter to who types without them, and yet have no decomposition. */
const OTHER_LETTERS: Readonly<Record<string, string>> = {
  ...{ ø: 'o', ł: 'l', đ: 'd', ð: 'd', ħ: 'h', æ: 'ae', œ: 'oe', þ: 'th', ς: 'σ' },
};
const LETTERS = new RegExp(`[${Object.keys(OTHER_LETTERS).join('')}]`, 'gu');

const DIGIT = /\p{Nd}/gu;
/** Where the digits of each script begin; NFKC has folded the full-width and the mathematical ones. */
const ZEROS = [
  ...[0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66],
  ...[0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810],
];

function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  const zero = ZEROS.find((one) => code >= one && code < one + 10);
  return zero === undefined ? digit : String(code - zero);
}
