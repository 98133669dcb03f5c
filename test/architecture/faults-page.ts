// node test/architecture/faults-page.ts
// Writes the table of faults in docs/reliability.md anew.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { FaultRow } from '../faults/catalogue-row.ts';
import { FAULTS } from '../faults/catalogue.ts';

export const RELIABILITY_PAGE = join(import.meta.dirname, '../../docs/reliability.md');

const BEGIN = '<!-- The table of faults is made by test/architecture/faults-page.ts. -->';
const END = '<!-- End of the table of faults. -->';

/** The page with the table as the catalogue has it. */
export async function withFaults(page: string): Promise<string> {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`docs/reliability.md lacks ${BEGIN} or ${END}.`);
  const whole = `${page.slice(0, before)}${BEGIN}\n\n${table()}\n\n${page.slice(after)}`;
  return format(whole, { ...(await resolveConfig(RELIABILITY_PAGE)), parser: 'markdown' });
}

function table(): string {
  return [
    '| # | What goes wrong | What holds | Shown by |',
    '| --: | --- | --- | --- |',
    ...FAULTS.map((row) => `| ${row.number} | ${row.fault} | ${row.holds} | ${shownBy(row)} |`),
  ].join('\n');
}

function shownBy({ tests, notShown }: FaultRow): string {
  const files = [...new Set(tests.map(({ file }) => `\`${file.replace('.test.ts', '')}\``))];
  return [files.join(', '), notShown].filter(Boolean).join('. ').replace(/`\. /, '`. ');
}

if (import.meta.main)
  await writeFile(RELIABILITY_PAGE, await withFaults(await readFile(RELIABILITY_PAGE, 'utf8')));
