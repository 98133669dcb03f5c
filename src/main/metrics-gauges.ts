import type { HeavyFacts, LightFacts } from '../db/metrics.ts';

/** A figure with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One gauge: what it is called, what it says, and how it comes out of the facts. */
export interface GaugeOf<F> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (facts: F, now: Date) => readonly Sample[];
}

const plain = (value: number): Sample[] => [{ labels: {}, value }];

/** Seconds since an instant; 0 where there is none. */
function age(at: Date | null, now: Date): number {
  return at === null ? 0 : Math.max(0, (now.getTime() - at.getTime()) / 1000);
}

function ahead(at: Date | null, now: Date): number {
  return at === null ? 0 : (at.getTime() - now.getTime()) / 1000;
}

const QUEUES = ['outbox', 'deliveries', 'webhooks', 'updates'] as const;

/** Read at every look. */
export const LIGHT_GAUGES: readonly GaugeOf<LightFacts>[] = [
  {
    name: 'retention_queue_waiting',
    help: 'What waits to reach the workflows (outbox), Telegram (deliveries) and other systems (webhooks), and what was fetched from Telegram and put by (updates).',
    labels: ['queue'],
    samples: (facts) => QUEUES.map((queue) => ({ labels: { queue }, value: facts[queue].waiting })),
  },
  {
    name: 'retention_queue_oldest_seconds',
    help: 'For how long the oldest of them has waited.',
    labels: ['queue'],
    samples: (facts, now) =>
      QUEUES.map((queue) => ({ labels: { queue }, value: age(facts[queue].oldestAt, now) })),
  },
  {
    name: 'retention_webhooks_disabled',
    help: 'Endpoints that are told nothing, because they took nothing for three days.',
    labels: [],
    samples: ({ disabledWebhooks }) => plain(disabledWebhooks),
  },
  {
    name: 'retention_reviews_waiting',
    help: 'Reviews that wait for a supervisor.',
    labels: ['project'],
    samples: ({ reviews }) =>
      reviews.map(({ projectId, waiting }) => ({ labels: { project: projectId }, value: waiting })),
  },
  {
    name: 'retention_review_nearest_due_seconds',
    help: 'Until the nearest window of a review ends.',
    labels: ['project'],
    samples: ({ reviews }, now) =>
      reviews.map(({ projectId, nearestDueAt }) => ({
        labels: { project: projectId },
        value: ahead(nearestDueAt, now),
      })),
  },
  {
    name: 'retention_erasures_open',
    help: 'Erasure requests that are neither done nor ended.',
    labels: ['project', 'state'],
    samples: ({ erasures }) =>
      erasures.map(({ projectId, state, open }) => ({ labels: { project: projectId, state }, value: open })),
  },
  {
    name: 'retention_erasure_oldest_seconds',
    help: 'For how long the oldest open erasure request has been known.',
    labels: ['project', 'state'],
    samples: ({ erasures }, now) =>
      erasures.map(({ projectId, state, oldestAt }) => ({
        labels: { project: projectId, state },
        value: age(oldestAt, now),
      })),
  },
  {
    name: 'retention_erasure_nearest_deadline_seconds',
    help: 'Until the nearest deadline of an open erasure request; below zero once it is missed.',
    labels: ['project', 'state'],
    samples: ({ erasures }, now) =>
      erasures.map(({ projectId, state, nearestDeadlineAt }) => ({
        labels: { project: projectId, state },
        value: ahead(nearestDeadlineAt, now),
      })),
  },
  {
    name: 'retention_approvals_waiting',
    help: 'What waits for a second person.',
    labels: ['project', 'kind'],
    samples: ({ approvals }) =>
      approvals.map(({ projectId, kind, waiting }) => ({
        labels: { project: projectId, kind },
        value: waiting,
      })),
  },
  {
    name: 'retention_holds_in_force',
    help: 'Holds in force.',
    labels: ['project'],
    samples: ({ holds }) =>
      holds.map(({ projectId, inForce }) => ({ labels: { project: projectId }, value: inForce })),
  },
  {
    name: 'retention_deletions_paused',
    help: '1 while the deletions of a project are paused.',
    labels: ['project'],
    samples: ({ paused }) =>
      paused.map(({ projectId, paused: is }) => ({ labels: { project: projectId }, value: is ? 1 : 0 })),
  },
  {
    name: 'retention_audit_entries',
    help: 'Entries of the audit log that have their place (size), are under a signed head (signed), and under an anchored one (anchored).',
    labels: ['upto'],
    samples: ({ audit }) =>
      (['size', 'signed', 'anchored'] as const).map((upto) => ({ labels: { upto }, value: audit[upto] })),
  },
  {
    name: 'retention_audit_anchor_lag_seconds',
    help: 'By how much the newest anchored head is older than the newest signed one.',
    labels: [],
    samples: ({ audit }) =>
      plain(
        audit.signedAt && audit.anchoredHeadAt
          ? Math.max(0, (audit.signedAt.getTime() - audit.anchoredHeadAt.getTime()) / 1000)
          : 0,
      ),
  },
];

/** Read at most once in a while: each takes a look at every session. */
export const HEAVY_GAUGES: readonly GaugeOf<HeavyFacts>[] = [
  {
    name: 'retention_sessions',
    help: 'Sessions by project and phase.',
    labels: ['project', 'phase'],
    samples: ({ phases }) =>
      phases.map(({ projectId, phase, sessions }) => ({
        labels: { project: projectId, phase },
        value: sessions,
      })),
  },
  {
    name: 'retention_deletions_due',
    help: 'Archived sessions whose retention is over and whose review is to be opened.',
    labels: ['project'],
    samples: ({ due }) =>
      due.map(({ projectId, sessions }) => ({ labels: { project: projectId }, value: sessions })),
  },
  {
    name: 'retention_archived_24h',
    help: 'Sessions archived in the last 24 hours.',
    labels: ['project'],
    samples: ({ archived }) =>
      archived.map((one) => ({ labels: { project: one.projectId }, value: one.archived })),
  },
  {
    name: 'retention_archived_within_24h_ratio',
    help: 'The share of them that was archived within 24 hours of closure.',
    labels: ['project'],
    samples: ({ archived }) =>
      archived.map((one) => ({
        labels: { project: one.projectId },
        value: one.archived > 0 ? one.within24Hours / one.archived : 1,
      })),
  },
  {
    name: 'retention_done_24h',
    help: 'How much of each kind of work was done in the last 24 hours.',
    labels: ['kind'],
    samples: ({ lateness }) => lateness.map(({ kind, done }) => ({ labels: { kind }, value: done })),
  },
  {
    name: 'retention_lateness_seconds',
    help: 'How late it was done, against when it was due.',
    labels: ['kind', 'quantile'],
    samples: ({ lateness }) =>
      lateness.flatMap(({ kind, median, p99, worst }) => [
        { labels: { kind, quantile: '0.5' }, value: median },
        { labels: { kind, quantile: '0.99' }, value: p99 },
        { labels: { kind, quantile: '1' }, value: worst },
      ]),
  },
  {
    name: 'retention_overdue',
    help: 'What should have been done more than an hour ago, as the watchdog sees it.',
    labels: ['kind'],
    samples: ({ overdue }) => overdue.map(({ kind, count }) => ({ labels: { kind }, value: count })),
  },
  {
    name: 'retention_exports',
    help: 'Exports that were finished.',
    labels: ['format'],
    samples: (facts) => facts.exports.map(({ format, exports }) => ({ labels: { format }, value: exports })),
  },
  {
    name: 'retention_export_bytes',
    help: 'Bytes that they wrote.',
    labels: ['format'],
    samples: (facts) => facts.exports.map(({ format, bytes }) => ({ labels: { format }, value: bytes })),
  },
  {
    name: 'retention_translations',
    help: 'Translations that are kept.',
    labels: ['translator'],
    samples: (facts) =>
      facts.translations.map(({ translator, translations }) => ({
        labels: { translator },
        value: translations,
      })),
  },
  {
    name: 'retention_untranslated',
    help: 'Messages of the last day that were shown without their translation.',
    labels: [],
    samples: ({ untranslated }) => [{ labels: {}, value: untranslated }],
  },
];
