import { html } from 'hono/html';
import type { Alarm } from '../../db/alarms.ts';
import type { AuditRow } from '../../db/audit.ts';
import type { LightFacts } from '../../db/metrics.ts';
import type { ProjectLateness, StoreHealth } from '../../db/operations.ts';
import type { Finding } from '../../domain/doctor.ts';
import type { QueueFacts } from '../../temporal/server-facts.ts';
import type { SignedInPage } from '../page.ts';
import type { Run } from '../runs.ts';
import { number, span } from '../views/amounts.ts';
import { submit } from '../views/fields.ts';
import { findingsView } from '../views/findings.ts';
import type { Content, Html } from '../views/html.ts';
import { badge, countdown, facts as factList, linkButton, notice, section, when } from '../views/pieces.ts';
import { table } from '../views/table.ts';

export interface OperationsFacts {
  readonly alarms: readonly Alarm[];
  readonly stores: readonly StoreHealth[];
  readonly facts: LightFacts;
  readonly queues: readonly QueueFacts[] | undefined;
  readonly check: { readonly at: Date; readonly outcome: 'good' | 'damaged' } | undefined;
  readonly backup: AuditRow | undefined;
  readonly gap: AuditRow | undefined;
  readonly projects: readonly ProjectLateness[];
  readonly temporal: { readonly address: string; readonly ui: string | null };
}

type Seen = OperationsFacts & { readonly doctor: Pick<Run<readonly Finding[]>, 'since' | 'last'> };

export function operationsView(page: SignedInPage, seen: Seen): Html {
  return html`${section('Alarms that last', alarmTable(page, seen.alarms), 'alarms')}
  ${section('Doctor', doctorView(page, seen.doctor), 'doctor')}
  ${section('What waits', queueTable(page, seen.facts), 'queues')}
  ${section('Workers', workers(page, seen), 'workers')}
  ${section('Archive stores', storeTable(page, seen.stores), 'stores')}
  ${section('Audit log and back-ups', proof(page, seen), 'proof')}
  ${section('On time', latenessTable(seen.projects), 'lateness')}
  ${section('Figures for Prometheus', metricsHint(), 'metrics')}`;
}

const ALARM_WORDS: Readonly<Record<string, string>> = {
  store: 'An archive store is away',
  erasure: 'An erasure is late',
  'audit-damaged': 'The audit log was found tampered with',
  'audit-refused': 'The next head of the audit log denies what was signed',
  'audit-unanchored': 'The anchor of the audit log is away',
  'overdue:archive': 'Archives are overdue',
  'overdue:review': 'Reviews did not open',
  'overdue:decision': 'Reviews did not end',
  'overdue:deletion': 'Deletions did not begin',
  'overdue:deleting': 'Deletions did not end',
  'overdue:erasure': 'Erasures are overdue',
  'overdue:outbox': 'Events do not reach their workflows',
  'overdue:audit': 'Audit entries are under no signed head',
};

function alarmTable(page: SignedInPage, alarms: readonly Alarm[]): Html {
  return table({
    caption: 'What people were called for and that lasts',
    captionHidden: true,
    rows: alarms,
    columns: [
      { heading: 'Alarm', names: true, cell: ({ kind }) => ALARM_WORDS[kind] ?? kind },
      { heading: 'About', cell: ({ about }) => about },
      { heading: 'Since', cell: ({ since }) => countdown(since, page.now) },
    ],
    empty: 'None. The watchdog looks every few minutes for what should have been done an hour ago.',
  });
}

function doctorView(page: SignedInPage, doctor: Seen['doctor']): Html {
  const since = doctor.since();
  const last = doctor.last();
  return html`<p>
      The doctor looks at the databases, the keys, Temporal, the stores and their settings, the bots, the
      clocks and the disks.
    </p>
    ${since ? notice('info', html`It is looking since ${when(since)}. Load this page again to see what it finds.`) : ''}
    ${
      last && !since
        ? html`<p class="muted">Looked at ${when(last.at)}.</p>
            ${last.ok ? findingsView(last.outcome) : notice('warning', 'The doctor could not look. The log of the service says why.')}`
        : ''
    }
    ${
      since
        ? ''
        : page.postForm({
            to: '/operations/doctor',
            label: 'Run the doctor',
            body: submit(last ? 'Run the doctor again' : 'Run the doctor', 'plain'),
          })
    }`;
}

const HOUR_MS = 3_600_000;

function queueTable(
  page: SignedInPage,
  { outbox, deliveries, webhooks, updates, disabledWebhooks }: LightFacts,
): Html {
  const rows = [
    { what: 'Events on their way to workflows', ...outbox },
    { what: 'Messages on their way to Telegram', ...deliveries },
    { what: 'Messages on their way to other systems', ...webhooks },
    { what: 'Updates from Telegram that wait for their turn', ...updates },
  ];
  const isLate = (at: Date | null) => at !== null && page.now.getTime() - at.getTime() > HOUR_MS;
  return html`${table({
    caption: 'What waits, and since when',
    captionHidden: true,
    rows,
    columns: [
      { heading: 'What', names: true, cell: ({ what }) => what },
      { heading: 'Waiting', numeric: true, cell: ({ waiting }) => number(waiting) },
      {
        heading: 'Oldest since',
        cell: ({ oldestAt }) =>
          oldestAt
            ? html`${countdown(oldestAt, page.now)} ${isLate(oldestAt) ? badge('late', 'danger') : ''}`
            : 'nothing waits',
      },
    ],
    empty: '',
  })}
  ${
    disabledWebhooks > 0
      ? notice(
          'warning',
          `${disabledWebhooks} webhooks are told nothing more, because they took nothing for three days. See the webhooks of each project.`,
        )
      : ''
  }`;
}

function workers(page: SignedInPage, { queues, temporal }: Seen): Html {
  const link = temporal.ui ? linkButton(temporal.ui, 'Temporal UI') : '';
  if (!queues)
    return html`${notice(
      'danger',
      `Temporal does not answer at ${temporal.address}. What customers write is kept and answered; archives, reviews and deletions wait until it is back.`,
    )}
    ${link}`;
  return html`${table({
    caption: 'Task queues, and who takes work from them',
    captionHidden: true,
    rows: queues,
    columns: [
      { heading: 'Task queue', names: true, cell: ({ queue }) => html`<code>${queue}</code>` },
      {
        heading: 'Workers',
        numeric: true,
        cell: ({ pollers }) => (pollers === 0 ? badge('none', 'danger') : number(pollers)),
      },
      {
        heading: 'Last asked for work',
        cell: ({ lastAskedAt }) => (lastAskedAt ? countdown(lastAskedAt, page.now) : 'nobody does'),
      },
    ],
    empty: '',
  })}
  ${link}`;
}

function storeTable(page: SignedInPage, stores: readonly StoreHealth[]): Html {
  return table({
    caption: 'Archive stores',
    captionHidden: true,
    rows: stores,
    columns: [
      { heading: 'Store', names: true, cell: ({ store }) => html`<code>${store}</code>` },
      {
        heading: 'State',
        cell: ({ failingSince }) =>
          failingSince
            ? html`${badge('away', 'danger')} since ${countdown(failingSince, page.now)}`
            : badge('answers', 'good'),
      },
      { heading: 'Last asked', cell: ({ checkedAt }) => countdown(checkedAt, page.now) },
    ],
    empty: 'No store was asked yet. The part worker asks every few minutes.',
  });
}

function proof(page: SignedInPage, { facts, check, backup, gap }: Seen): Html {
  const { size, signed, anchored, anchoredHeadAt } = facts.audit;
  return factList([
    ['Entries', number(size)],
    ['Under a signed head', number(signed)],
    [
      'At the anchor',
      anchoredHeadAt ? html`${number(anchored)}, signed ${countdown(anchoredHeadAt, page.now)}` : 'none',
    ],
    ['Checked as a whole', checkWords(page, check)],
    ['Back-up', backup ? countdown(backup.at, page.now) : 'none was made with retention backup create'],
    ['Updates lost', gap ? gapWords(gap) : 'none that the bots know of'],
  ]);
}

function checkWords(page: SignedInPage, check: Seen['check']): Content {
  if (!check) return 'not yet';
  return html`${countdown(check.at, page.now)}:
  ${check.outcome === 'good' ? badge('whole', 'good') : badge('damaged', 'danger')}`;
}

/** The reason of the entry is the span of time: from/until. */
function gapWords({ project_id: projectId, reason }: AuditRow): Content {
  const [from, until] = (reason ?? '').split('/').map((text) => new Date(text));
  if (!from || !until || Number.isNaN(from.getTime()) || Number.isNaN(until.getTime()))
    return projectId ?? '';
  return html`${projectId ?? ''}, the newest from ${when(from)} to ${when(until)}: the bot was off for longer
  than Telegram keeps updates`;
}

const WORK: Readonly<Record<string, string>> = {
  archive: 'Archiving',
  review: 'Opening reviews',
  decision: 'Ending reviews in silence',
  deletion: 'Deleting after a decision',
  erasure: 'Erasing on request',
};

function latenessTable(projects: readonly ProjectLateness[]): Html {
  return table({
    caption: 'Work of the last 30 days, against when it was due',
    rows: projects.flatMap(({ projectId, lines }) => lines.map((line) => ({ projectId, ...line }))),
    columns: [
      { heading: 'Project', names: true, cell: ({ projectId }) => projectId },
      { heading: 'Work', cell: ({ kind }) => WORK[kind] ?? kind },
      { heading: 'Done', numeric: true, cell: ({ done }) => number(done) },
      { heading: 'Median late', numeric: true, cell: ({ median }) => span(median) },
      { heading: '99 of 100 within', numeric: true, cell: ({ p99 }) => span(p99) },
      { heading: 'More than an hour late', numeric: true, cell: ({ late }) => number(late) },
    ],
    empty: 'Nothing was due in the last 30 days.',
  });
}

function metricsHint(): Html {
  return html`<p>
    The process that serves this console shows them at <code>/metrics</code> on a port of its own, 8237 unless
    <code>RETENTION_METRICS_PORT</code> says otherwise. What each figure means, and what to be called for, is
    in <code>docs/api.md</code> and <code>docs/operations.md</code>.
  </p>`;
}
