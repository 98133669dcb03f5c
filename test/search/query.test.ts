import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DIMENSIONS, parseQuery, QueryError, type Query } from '../../src/search/query.ts';

/** A query as one line, words between slashes. */
function shape(query: Query): string {
  switch (query.kind) {
    case 'words':
      return `${query.words.exact ? '"' : ''}${query.words.tokens.map(({ folded }) => folded).join(' ')}`;
    case 'dimension':
      return `${query.dimension}=${query.value}`;
    case 'not':
      return `not(${shape(query.of)})`;
    case 'and':
    case 'or':
      return `${query.kind}(${query.of.map(shape).join(', ')})`;
  }
}

const read = (text: string) => shape(parseQuery(text));

describe('a query', () => {
  it('asks for all of its words', () => assert.equal(read('late parcel'), 'and(late, parcel)'));

  it('joins words more closely than alternatives', () =>
    assert.equal(read('late parcel OR refund'), 'or(and(late, parcel), refund)'));

  it('takes AND for what it is anyway', () => assert.equal(read('late AND parcel'), 'and(late, parcel)'));

  it('groups by brackets', () => assert.equal(read('parcel (late OR lost)'), 'and(parcel, or(late, lost))'));

  it('excludes by a dash before a word, a phrase, a bracket or a dimension', () => {
    assert.equal(read('parcel -lost'), 'and(parcel, not(lost))');
    assert.equal(read('parcel -"was lost"'), 'and(parcel, not("was lost))');
    assert.equal(read('parcel -(lost OR late)'), 'and(parcel, not(or(lost, late)))');
    assert.equal(read('parcel -tag:spam'), 'and(parcel, not(tag=spam))');
  });

  it('keeps a dash inside a word', () => assert.equal(read('AB-1234-56'), '"ab 1234 56'));

  it('reads a phrase in any quotes', () => {
    for (const text of ['"never arrived"', '“never arrived”', '„never arrived“', '«never arrived»'])
      assert.equal(read(text), '"never arrived', text);
  });

  it('reads every dimension', () => {
    const values: Record<string, string> = {
      ...{ user: '123456789', tag: 'refund', project: 'shop', phase: 'archived', agent: '501', has: 'photo' },
      ...{ lang: 'pt-br', kind: 'group', from: '2026-01-31', to: '2026-02-28' },
    };
    for (const dimension of DIMENSIONS)
      assert.equal(read(`${dimension}:${values[dimension]}`), `${dimension}=${values[dimension]}`);
    assert.equal(read('tag:"late payer"'), 'tag=late payer');
    assert.equal(read('PHASE:Archived'), 'phase=archived');
  });

  it('takes the address of a page for words', () =>
    assert.equal(read('https://example.com/a'), '"https example com a'));

  it('cuts a sentence without spaces into its words, and leaves a phrase whole', () => {
    assert.match(read('我要退款'), /^and\(.*退款/);
    assert.equal(read('"我要退款"'), '"我要退款');
  });
});

describe('a query that cannot be read', () => {
  for (const [text, at, says] of [
    ['', 0, /missing/],
    ['refund OR', 9, /missing/],
    ['OR refund', 0, /missing/],
    ['(refund', 0, /closed/],
    ['refund)', 6, /closes nothing/],
    ['late "parcel', 5, /quote/],
    ['late phase:gone', 11, /open, closed/],
    ['late form:2026-01-01', 5, /no such dimension/],
    ['from:2026-02-30', 5, /a day/],
    ['user:anna', 5, /Telegram id/],
    ['refund ...', 7, /no letter/],
    ['-refund', 0, /only excludes/],
  ] as const)
    it(`points at the place in ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseQuery(text),
        (error) => {
          assert.ok(error instanceof QueryError);
          assert.equal(error.at, at);
          assert.match(error.message, says);
          return true;
        },
      );
    });

  it('never repeats a word, which may be a name', () => {
    assert.throws(
      () => parseQuery('quillfeather:zephyrine'),
      (error: Error) => !/quill|zeph/i.test(error.message),
    );
  });
});

it('reads any text or says where it cannot', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'grapheme' }),
        fc.stringMatching(/^[ab "():-]{0,30}$/),
      ),
      (text) => {
        try {
          parseQuery(text);
        } catch (error) {
          assert.ok(error instanceof QueryError, String(error));
          assert.ok(error.at >= 0 && error.at <= text.length);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

it('reads what it is built from', () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/).filter((one) => one !== 'or' && one !== 'and');
  const { tree } = fc.letrec<{ tree: { text: string; shape: string } }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      word.map((one) => ({ text: one, shape: one })),
      fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((of) => ({
        text: `(${of.map(({ text }) => text).join(' ')})`,
        shape: `and(${of.map((one) => one.shape).join(', ')})`,
      })),
      fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((of) => ({
        text: `(${of.map(({ text }) => text).join(' OR ')})`,
        shape: `or(${of.map((one) => one.shape).join(', ')})`,
      })),
    ),
  }));
  fc.assert(
    fc.property(tree, (made) => assert.equal(read(made.text), made.shape)),
    { numRuns: 300 },
  );
});
