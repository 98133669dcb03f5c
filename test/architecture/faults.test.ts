import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { FAULTS } from '../faults/catalogue.ts';
import { RELIABILITY_PAGE, withFaults } from './faults-page.ts';

const TESTS = join(import.meta.dirname, '..');

describe('the catalogue of faults', () => {
  it('has sixty rows, each with a test or the reason why there is none', () => {
    assert.deepEqual(
      FAULTS.map(({ number }) => number),
      Array.from({ length: 60 }, (_, at) => at + 1),
    );
    for (const { number, tests, notShown } of FAULTS)
      assert.ok(tests.length > 0 || notShown, `Row ${number}: name a test, or say why nothing shows it.`);
  });

  it('names tests that there are', async () => {
    for (const { number, tests } of FAULTS)
      for (const { file, title } of tests) {
        const text = await readFile(join(TESTS, file), 'utf8').catch(() => '');
        const found = ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote}`));
        assert.ok(
          found,
          `Row ${number}: test/${file} has no test "${title}". Correct test/faults/catalogue.ts.`,
        );
      }
  });

  it('knows every test of a row', () => {
    const named = new Set(FAULTS.flatMap(({ tests }) => tests.map(({ file }) => file)));
    for (const path of globSync('faults/rows/*.test.ts', { cwd: TESTS }))
      assert.ok(named.has(path), `No row names test/${path}. Add it to test/faults/catalogue.ts.`);
  });
});

describe(`docs/${basename(RELIABILITY_PAGE)}`, () => {
  it('has the table of the catalogue', async () => {
    const page = await readFile(RELIABILITY_PAGE, 'utf8');
    assert.equal(
      page,
      await withFaults(page),
      'Write the table anew with: node test/architecture/faults-page.ts',
    );
  });
});
