import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalText } from '../../src/audit/canonical.ts';
import { readLine } from '../../src/audit/export-format.ts';
import { leafHash } from '../../src/audit/merkle.ts';
import { recordNumber } from './log-fixture.ts';

/** A line whose recorded hash is that of the very text it holds, however that is spelled. */
function lineOf(text: string): string {
  return `{"position":0,"leaf":"${leafHash(text).toString('base64')}","entry":${text}}`;
}

describe('a line of an export', () => {
  const text = canonicalText(recordNumber(1, { reason: 'é \u2028 "\\ \u0007' }));

  it('is read in its one spelling', () => {
    const line = readLine(lineOf(text));
    assert.equal(line?.kind === 'leaf' && line.text, text);
  });

  it('is read where numbers are names, which a parser puts into another order', () => {
    const numbered = canonicalText({ ...recordNumber(1), counts: { '10': 1, '9': 2, a: 3 } });
    const line = readLine(lineOf(numbered));
    assert.equal(line?.kind === 'leaf' && line.text, numbered);
  });

  for (const [what, other] of [
    [
      'with its names in another order',
      text.replace(/"action":"[^"]*",/, '').replace(/}$/, ',"action":"x"}'),
    ],
    ['with a name twice', text.replace('"action":', '"action":"x","action":')],
    ['with a space', text.replace(':', ': ')],
    ['with another escape', text.replace('é', '\\u00e9')],
    ['with half of a surrogate pair', text.replace('é', '\\ud83d')],
    ['with another spelling of a number', text.replace('"messages":1', '"messages":1.0')],
  ] as const)
    it(`is refused ${what}, though its hash fits`, () => {
      assert.notEqual(other, text);
      assert.equal(readLine(lineOf(other)), undefined);
    });
});
