import { html } from 'hono/html';
import type { AuditRow } from '../../db/audit.ts';
import type { ProjectPage } from '../page.ts';
import type { Html } from '../views/html.ts';
import { section, when } from '../views/pieces.ts';
import { table, withQuery, type Column } from '../views/table.ts';
import { whoWords } from './people.ts';
import type { SessionPieces } from './session-pieces.ts';

/** What was done to a session. Who reads the audit log sees its entries, the others the acts alone. */
export function timelineSection(page: ProjectPage, { timeline, logins, life }: SessionPieces): Html {
  const { timeZone } = page.project;
  const acts: Column<AuditRow>[] = [
    { heading: 'When', cell: ({ at }) => when(at, timeZone) },
    { heading: 'Act', names: true, cell: ({ action }) => actWords(action) },
    { heading: 'By', cell: (row) => byWords(row, logins) },
  ];
  const internals: Column<AuditRow>[] = [
    { heading: 'Reason', cell: ({ reason }) => reason ?? '' },
    {
      heading: 'Counts',
      cell: ({ counts }) =>
        Object.entries(counts)
          .map(([name, count]) => `${name} ${count}`)
          .join(', '),
    },
    { heading: 'Entry', numeric: true, cell: ({ seq }) => seq },
  ];
  return section(
    'What was done',
    html`${table({
      caption: 'Acts on this session, the newest first',
      captionHidden: true,
      rows: timeline,
      columns: page.may('audit.read') ? [...acts, ...internals] : acts,
      empty: 'Nothing was done yet.',
    })}
    ${
      page.may('audit.read')
        ? html`<p>
            <a href="${withQuery(page.at('/audit'), { object: life.sessionId })}">In the audit log</a>
          </p>`
        : ''
    }`,
    'timeline',
  );
}

function actWords(action: string): string {
  return action.replaceAll(/[.-]/g, ' ');
}

function byWords({ actor_kind: kind, actor_id: id }: AuditRow, logins: ReadonlyMap<string, string>): string {
  if (kind === 'staff') return whoWords(id, logins);
  return kind === 'customer' ? 'the customer' : kind === 'operator' ? 'an operator' : 'this service';
}
