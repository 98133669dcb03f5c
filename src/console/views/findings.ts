import { html } from 'hono/html';
import { AREAS, type Finding } from '../../domain/doctor.ts';
import { badge, section } from './pieces.ts';
import type { Html } from './html.ts';
import { table } from './table.ts';

const TONES = { ok: 'good', warning: 'warning', failure: 'danger' } as const;
const WORDS = { ok: 'as it should be', warning: 'warning', failure: 'failure' } as const;

/** What the doctor found: what is wrong first, with what it leads to and what mends it. */
export function findingsView(findings: readonly Finding[]): Html {
  const wrong = findings.filter(({ level }) => level !== 'ok');
  const right = findings.filter(({ level }) => level === 'ok');
  const rank = ({ level }: Finding) => (level === 'failure' ? 0 : 1);
  return html`<p>${summary(findings)}</p>
    ${
      wrong.length === 0
        ? ''
        : html`<ul class="findings">
            ${wrong.toSorted((a, b) => rank(a) - rank(b)).map((finding) => findingView(finding))}
          </ul>`
    }
    ${
      right.length === 0
        ? ''
        : html`<details>
            <summary>What is as it should be (${right.length})</summary>
            ${AREAS.map((area) => {
              const theirs = right.filter((one) => one.area === area);
              return theirs.length === 0 ? '' : section(area, table(rightTable(area, theirs)));
            })}
          </details>`
    }`;
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Finding['level']) => findings.filter((one) => one.level === level).length;
  const [failures, warnings] = [count('failure'), count('warning')];
  if (findings.length === 0) return 'There was nothing to look at.';
  if (failures + warnings === 0) return `All ${findings.length} things looked at are as they should be.`;
  return `${failures} failed, ${warnings} with a warning, ${count('ok')} as they should be.`;
}

function findingView(finding: Finding): Html {
  return html`<li class="${finding.level}">
    <h3>${badge(WORDS[finding.level], TONES[finding.level])} ${finding.area}: ${finding.check}</h3>
    <p>${finding.found}</p>
    ${
      finding.level === 'ok'
        ? ''
        : html`<p><strong>What it leads to:</strong> ${finding.consequence}</p>
            <p><strong>What mends it:</strong> <code>${finding.mend}</code></p>`
    }
  </li>`;
}

function rightTable(area: string, rows: readonly Finding[]) {
  return {
    caption: `What is as it should be of ${area}`,
    captionHidden: true,
    rows,
    columns: [
      { heading: 'What', names: true, cell: ({ check }: Finding) => check },
      { heading: 'How it is', cell: ({ found }: Finding) => found },
    ],
    empty: '',
  };
}
