import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fold } from '../../src/search/fold.ts';
import { isAnsweredBy, questionOf, wordsIn, type Question } from '../../src/search/plan.ts';
import { parseQuery } from '../../src/search/query.ts';
import { findIn, snippetOf } from '../../src/search/snippet.ts';
import { analyse, createTermHasher, hashTerms, termsOf } from '../../src/search/terms.ts';
import { placesOf } from '../../src/search/words.ts';

/** Whether the index would name a session with this one text. */
function isIndexed(text: string, query: string): boolean {
  const terms = termsOf([text]);
  const answers = (question: Question): boolean => {
    switch (question.kind) {
      case 'need':
        return question.need.every((list) => list.some((term) => terms.has(term)));
      case 'and':
        return question.of.every(answers);
      case 'or':
        return question.of.some(answers);
      case 'not':
        return !answers(question.of);
      case 'anything':
      case 'dimension':
        return true;
    }
  };
  return answers(questionOf(parseQuery(query)));
}

/** Whether a session with this one text is shown once it is opened. */
function isShown(text: string, query: string): boolean {
  const parsed = parseQuery(query);
  const places = findIn(text, wordsIn(parsed));
  return isAnsweredBy(
    parsed,
    (words) => places.has(words),
    () => true,
  );
}

function finds(text: string, query: string): boolean {
  const shown = isShown(text, query);
  if (shown) assert.ok(isIndexed(text, query), `${query} is in ${text}, and the index does not say so`);
  return shown;
}

const FOUND: readonly (readonly [string, string, string])[] = [
  ['another form of a word', 'My refunds were delayed', 'refund delay'],
  ['a form in Russian', 'Где мои возвраты и счета?', 'возврат'],
  ['a form in Spanish', 'Necesito las facturas de mis pedidos', 'factura pedido'],
  ['ё as е', 'Ещё не пришёл', 'еще пришел'],
  ['a word with stress marks', 'замо́к', 'замок'],
  ['without accents', 'Créme brûlée, naïve café', 'creme brulee cafe'],
  ['with accents where there are none', 'cafe', 'café'],
  ['a combining mark for a letter of its own', 'cafe\u0301', 'café'],
  ['German ß', 'Hauptstraße 5', 'HAUPTSTRASSE'],
  ['Turkish dotted capital', 'İSTANBUL', 'istanbul'],
  ['Turkish dotless letter', 'IŞIK ışık', 'ışık'],
  ['Greek final sigma', 'Ο ΔΡΟΜΟΣ', 'δρόμος'],
  ['full-width letters and digits', 'ＯＲＤＥＲ １２３４', 'order 1234'],
  ['mathematical letters', '𝓡𝓮𝓯𝓾𝓷𝓭', 'refund'],
  ['zero-width characters', 're\u200bfu\u200dnd\ufeff', 'refund'],
  ['a soft hyphen', 'Rück\u00adzahlung', 'rückzahlung'],
  ['marks of direction', '\u202bמשלוח\u202c', 'משלוח'],
  ['Hebrew with its points', 'שָׁלוֹם', 'שלום'],
  ['Arabic with marks and stretching', 'مَـــرْحَبًا', 'مرحبا'],
  ['Arabic digits', 'رقم ٣٤٥٦', '3456'],
  ['Devanagari with its signs', 'मेरा हिन्दी संदेश', 'हिन्दी'],
  ['Thai without spaces', 'ฉันต้องการคืนเงินค่ะ', 'คืนเงิน'],
  ['Chinese without spaces', '我要申请退款，谢谢', '退款'],
  ['one Chinese character', '没有钱了', '钱'],
  ['Japanese in three scripts', '返金をお願いします、キャンセル', 'キャンセル 返金'],
  ['half-width Katakana', 'ｷｬﾝｾﾙ', 'キャンセル'],
  ['Korean with its particles', '환불을 요청했어요', '환불'],
  ['mixed scripts', 'iPhone手机坏了', 'iphone 手机'],
  ['an emoji with a skin tone', 'thanks 👍🏽', '👍'],
  ['an emoji of several', '👩‍💻 works', '💻'],
  ['a flag', 'from 🇩🇪', '🇩🇪'],
  ['an order id', 'my order AB-1234-56!', 'AB-1234-56'],
  ['an order id with another dash', 'AB\u20111234\u201156', 'AB-1234-56'],
  ['the beginning of an order id', 'AB-1234-56', 'AB-1234'],
  ['a number within an id', 'AB-1234-56', '1234'],
  ['an address of a page', 'see https://www.example.com/a/b?c=1', 'https://www.example.com/a/b?c=1'],
  ['a domain', 'see https://www.example.com/a', 'example.com'],
  ['an e-mail address', 'write to anna.b@example.org', 'anna.b@example.org'],
  ['a username', 'ask @zeph_quill', '@zeph_quill'],
  ['an apostrophe of another kind', 'It doesn’t work', "doesn't"],
  ['a phrase', 'It never arrived here', '"never arrived"'],
  ['a phrase in Chinese', '我要申请退款', '"申请退款"'],
];

const NOT_FOUND: readonly (readonly [string, string, string])[] = [
  ['a part of a word', 'refundable', 'fund'],
  ['a phrase in another order', 'arrived never', '"never arrived"'],
  ['a phrase across other words', 'never ever arrived', '"never arrived"'],
  ['another form in quotes', 'refunds', '"refund"'],
  ['и for й', 'мои', 'мой'],
  ['an id in pieces', 'AB then 1234 then 56', 'AB-1234-56'],
  ['Chinese characters that are apart', '退了款', '"退款"'],
  ['an excluded word', 'late parcel', 'parcel -late'],
];

describe('a text is found', () => {
  for (const [what, text, query] of FOUND) it(`by ${what}`, () => assert.ok(finds(text, query)));
});

describe('a text is not shown', () => {
  for (const [what, text, query] of NOT_FOUND)
    it(`for ${what}`, () => assert.equal(isShown(text, query), false));
});

describe('every text', () => {
  const texts = FOUND.map(([, text]) => text);
  const letters = fc.oneof(
    fc.stringMatching(/^[a-zA-Zäöüßéñçığş]{1,10}$/),
    fc.stringMatching(/^[а-яёА-ЯЁіїєґ]{1,10}$/),
    fc.stringMatching(/^[\u4e00-\u4e40\u3041-\u3060\uac00-\uac20]{1,6}$/),
    fc.stringMatching(/^[\u0e01-\u0e3a]{1,8}$/),
    fc.stringMatching(/^[\u0627-\u063a\u05d0-\u05ea]{1,6}$/),
    fc.stringMatching(/^[A-Z]{2}-[0-9]{1,5}(-[0-9]{1,3})?$/),
    fc.constantFrom(...texts.flatMap((text) => text.split(/\s+/))),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
  );

  it('is found by each of its words, however it is written', () => {
    fc.assert(
      fc.property(
        fc.array(letters, { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.nat(3),
        (words, at, way) => {
          const word = words[at % words.length] ?? '';
          // A plain scan: the words between white space, compared as they are written.
          const query = `"${word.replaceAll(/["“”„«»「]/g, ' ')}"`;
          if (termsOf([word.replaceAll(/["“”„«»「]/g, ' ')]).size === 0) return;
          const text =
            [words.join(' '), words.join('  '), words.join(' \u200b'), `(${words.join(' ')})`][way] ?? '';
          assert.ok(isIndexed(text, query), `${JSON.stringify(word)} in ${JSON.stringify(text)}`);
          assert.ok(isShown(text, query), `${JSON.stringify(word)} shown of ${JSON.stringify(text)}`);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('is indexed wherever it is shown', () => {
    fc.assert(
      fc.property(fc.array(letters, { minLength: 1, maxLength: 8 }), letters, (words, word) => {
        const query = word.replaceAll(/["“”„«»「():-]/g, ' ').trim();
        if (
          termsOf([query]).size === 0 ||
          query.split(/\s+/).some((one) => termsOf([one]).size === 0 || /^(OR|AND)$/.test(one))
        )
          return;
        const text = words.join(' ');
        if (isShown(text, query))
          assert.ok(isIndexed(text, query), `${JSON.stringify(query)} in ${JSON.stringify(text)}`);
      }),
      { numRuns: 1500 },
    );
  });

  it('folds to what folds to itself', () => {
    fc.assert(
      fc.property(fc.oneof(letters, fc.string({ unit: 'binary' })), (text) => {
        assert.equal(fold(fold(text)), fold(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('folds each character of Unicode to what folds to itself, alone, after a letter and under an accent', () => {
    // Han and Hangul fold to themselves, and are most of Unicode.
    const some = /(?![\p{sc=Han}\p{sc=Hangul}])\p{Assigned}/u;
    const unsteady: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      if (!some.test(character)) continue;
      for (const text of [character, `a${character}`, `${character}\u0301`])
        if (fold(fold(text)) !== fold(text))
          unsteady.push(`U+${code.toString(16)} in ${JSON.stringify(text)}`);
    }
    assert.deepEqual(unsteady, []);
  });

  it('takes ẞ and ß for ss, and ligatures of Arabic marks for no letters', () => {
    assert.equal(fold('GROẞE'), 'grosse');
    assert.equal(fold('große'), 'grosse');
    assert.equal(fold('ش\ufcf2'), 'ش');
  });

  it('is marked where the words stand, and cut between characters', () => {
    fc.assert(
      fc.property(fc.array(letters, { minLength: 1, maxLength: 60 }), fc.nat(), (words, at) => {
        const text = words.join(' ');
        const [wanted] = wordsIn(parseQueryOr(words[at % words.length] ?? '') ?? parseQuery('a'));
        const places = wanted ? placesOf(wanted, analyse(text)) : [];
        for (const { start, end } of places) assert.ok(start < end && end <= text.length);
        const pieces = snippetOf(text, places);
        const shown = pieces
          .map((piece) => piece.text)
          .join('')
          .replaceAll(/^… | …$/g, '');
        assert.ok(text.replace(/\s+/gu, ' ').includes(shown.replace(/\s+/gu, ' ')));
        assert.equal(
          pieces.some(({ found }) => found),
          places.length > 0,
        );
      }),
      { numRuns: 500 },
    );
  });
});

function parseQueryOr(text: string) {
  try {
    return parseQuery(text);
  } catch {
    return null;
  }
}

describe('a hashed term', () => {
  const key = (byte: number) => Buffer.alloc(32, byte);

  it('is another number under another key', () => {
    const [one, other] = [createTermHasher(key(1)), createTermHasher(key(2))];
    const terms = [...termsOf(['the quick brown fox jumps over the lazy dog'])];
    const same = terms.filter((term) => one(term) === other(term));
    assert.deepEqual(same, []);
  });

  it('is the same for the same key, sorted and each once', () => {
    const terms = ['b', 'a', 'c', 'a'];
    const hashed = hashTerms(createTermHasher(key(1)), terms);
    assert.deepEqual(hashed, hashTerms(createTermHasher(key(1)), terms.toReversed()));
    assert.equal(new Set(hashed).size, 3);
    assert.deepEqual(
      hashed,
      hashed.toSorted((a, b) => a - b),
    );
    assert.ok(hashed.every((one) => Number.isInteger(one) && Math.abs(one) <= 2 ** 31));
  });
});
