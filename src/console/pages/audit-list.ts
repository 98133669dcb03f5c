import { html } from 'hono/html';
import type { AuditRow } from '../../db/audit.ts';
import type { Overview } from '../../domain/overview.ts';
import type { ProjectPage } from '../page.ts';
import type { Run } from '../runs.ts';
import type { LogCheck } from '../../acts/audit-check.ts';
import { AppError } from '../../domain/errors.ts';
import { number } from '../views/amounts.ts';
import { freshForm, hidden, selectField, submit, textField } from '../views/fields.ts';
import type { Content, Html } from '../views/html.ts';
import { linkButton, notice, section, shortId, when } from '../views/pieces.ts';
import { pager, table, withQuery } from '../views/table.ts';

/** How the list is narrowed, as the address says it. */
export interface AuditChoice {
  readonly of?: 'installation' | undefined;
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly object?: string | undefined;
  readonly request?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface AuditListView {
  readonly entries: readonly AuditRow[];
  readonly more: boolean;
  readonly isFirst: boolean;
  readonly choice: AuditChoice;
  readonly actions: readonly string[];
  readonly verified: Overview['auditVerified'];
  readonly check: Pick<Run<LogCheck>, 'since' | 'last'>;
  /** Whether the whole log is theirs to read, and not this project's part alone. */
  readonly everywhere: boolean;
}

/** The audit log: what it is worth, a list of it, and ways to take it along. */
export function auditList(page: ProjectPage, view: AuditListView): Html {
  const { choice, entries, more, isFirst } = view;
  const last = entries.at(-1);
  const address = page.at('/audit');
  return html`${verification(page, view)}
  ${section(
    'Entries',
    html`${filters(page, view)} ${entryTable(page, entries)}
    ${pager({
      first: withQuery(address, { ...choice }),
      next: more && last ? withQuery(address, { ...choice, before: last.seq }) : undefined,
      isFirst,
    })}`,
    'entries',
  )}
  ${section('Take it along', takeAlong(page, view), 'export')}`;
}

function verification(page: ProjectPage, { verified, check }: AuditListView): Html {
  const since = check.since();
  const last = check.last();
  return section(
    'Is it whole?',
    html`${last?.ok && last.outcome.ok ? '' : html`<p>${verifiedWords(page, verified)}</p>`}
    ${since ? notice('info', html`A check is running since ${when(since, page.project.timeZone)}. Load this page again to see how it ends.`) : ''}
    ${last && !since ? ended(page, last) : ''}
    ${
      since
        ? ''
        : page.postForm({
            to: page.at('/audit/verify'),
            label: 'Verify the log',
            body: html`<p>
                A check reads the whole log of the installation, and compares it with its signed heads and
                with what the anchor holds.
              </p>
              ${submit('Verify now', 'plain')}`,
          })
    }`,
    'verified',
  );
}

function verifiedWords(page: ProjectPage, verified: AuditListView['verified']): Content {
  if (!verified) return 'The log was not found whole yet. It is checked once a day.';
  return html`Verified up to entry ${number(verified.until)} at
  ${when(new Date(verified.at), page.project.timeZone)}: nothing was changed, removed, moved, put in or cut
  off.`;
}

function ended(page: ProjectPage, last: NonNullable<ReturnType<Run<LogCheck>['last']>>): Html {
  const at = when(last.at, page.project.timeZone);
  if (!last.ok) {
    const why =
      last.error instanceof AppError ? last.error.message : 'It failed. The log of the service says where.';
    return notice('warning', html`The check at ${at} did not come to an end. ${why}`);
  }
  const { ok, entries, findingCount, first, withAnchor } = last.outcome;
  if (!ok)
    return notice(
      'danger',
      html`<strong>The log was tampered with.</strong> The check at ${at} found ${number(findingCount)}
        ${findingCount === 1 ? 'problem' : 'problems'}, the first: ${first?.message ?? ''} Keep the database
        and the anchor as they are, and call compliance.`,
    );
  return notice(
    withAnchor ? 'done' : 'info',
    html`The check at ${at} found ${number(entries)} entries as they were
    written${
      withAnchor
        ? ', and the anchor vouches for them.'
        : '. There is no anchor: a history that the holder of the key wrote anew would not show. Set RETENTION_AUDIT_ANCHOR.'
    }`,
  );
}

function filters(page: ProjectPage, { choice, actions, everywhere }: AuditListView): Html {
  const { of = '', action = '', actor = '', object = '', request = '', from = '', to = '' } = choice;
  const state = freshForm({ of, action, actor, object, request, from, to });
  const groups = [...new Set(actions.map((one) => one.split('.')[0] ?? one))];
  return html`<form method="get" action="${page.at('/audit')}" class="filters" aria-label="Filter">
    ${
      everywhere
        ? selectField(state, {
            name: 'of',
            label: 'Of',
            options: [
              ['', 'this project'],
              ['installation', 'the installation'],
            ],
          })
        : ''
    }
    ${selectField(state, {
      name: 'action',
      label: 'Action',
      options: [
        ['', 'any'],
        ...groups.map((group) => [group, `${group}: all`] as const),
        ...actions.map((one) => [one, one] as const),
      ],
    })}
    ${textField(state, { name: 'actor', label: 'Who (id)', maxlength: 100 })}
    ${textField(state, { name: 'object', label: 'To what (id)', maxlength: 100 })}
    ${textField(state, { name: 'request', label: 'Request', maxlength: 60, placeholder: 'E-7KQM-2XWB' })}
    ${textField(state, { name: 'from', label: 'From (day)', type: 'date' })}
    ${textField(state, { name: 'to', label: 'To (day)', type: 'date' })}
    <button type="submit" class="plain">Filter</button>
  </form>`;
}

function entryTable(page: ProjectPage, entries: readonly AuditRow[]): Html {
  return table({
    caption: 'Entries, the newest first',
    captionHidden: true,
    rows: entries,
    columns: [
      {
        heading: 'Number',
        names: true,
        numeric: true,
        cell: ({ seq }) => html`<a href="${page.at(`/audit/${seq}`)}">${seq}</a>`,
      },
      { heading: 'When', cell: ({ at }) => when(at, page.project.timeZone) },
      { heading: 'Action', cell: ({ action }) => action },
      {
        heading: 'To what',
        cell: ({ object_kind: kind, object_id: id }) => html`${kind} ${named(id)}`,
      },
      {
        heading: 'Who',
        cell: (row) =>
          html`${row.actor_kind}
          ${named(row.actor_id)}${row.actor_role ? html`<br /><small>${row.actor_role}</small>` : ''}`,
      },
      { heading: 'Reason', cell: ({ reason }) => reason ?? '' },
      { heading: 'Request', cell: ({ request_id: request }) => request ?? '' },
    ],
    empty: 'No entry is like that. Take a filter away, or look at other days.',
  });
}

/** Ids are shortened, names of parts of the service are not. */
export function named(id: string): Html {
  return /^[0-9a-f-]{36}$|^[0-9a-f]{64}$/.test(id) ? shortId(id) : html`<code>${id}</code>`;
}

function takeAlong(page: ProjectPage, { choice, everywhere }: AuditListView): Html {
  const along = (Object.entries(choice) as [string, string | undefined][]).flatMap(([name, value]) =>
    value === undefined ? [] : [hidden(name, value)],
  );
  return html`<p>
      What the filters above choose, as JSON Lines: each entry in the form that its receipt proves. That it
      was taken out is an entry itself.
    </p>
    ${page.postForm({
      to: page.at('/audit/export'),
      label: 'Export these entries',
      body: html`${along}
        <p class="buttons">${submit('Download these entries', 'plain')}</p>`,
    })}
    ${
      everywhere
        ? html`<p>
              The whole log with its signed heads proves itself:
              <code>retention audit verify FILE --public-key KEY</code> checks it anywhere.
            </p>
            <p class="buttons">
              ${linkButton('/audit/export', 'Download the whole log')}
              ${linkButton('/receipt/public-key', 'Public keys')}
            </p>`
        : ''
    }`;
}
