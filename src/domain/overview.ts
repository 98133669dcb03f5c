import type { Phase } from './phases.ts';

/** How many of so many met a promise. */
export interface Kept {
  readonly kept: number;
  readonly of: number;
}

/** How a project stands, counted at one time. Seconds, bytes and instants in ISO 8601. */
export interface Overview {
  readonly phases: Readonly<Record<Phase, number>>;
  readonly held: number;
  readonly restricted: number;
  /** Archives of the last 30 days: complete within the time the policy gives. */
  readonly archivedInTime: Kept;
  /** Closed sessions whose archive should be complete by now. */
  readonly lateArchives: number;
  /** Erasures of the last 90 days: within 24 and 48 hours of their confirmation. */
  readonly erasedWithin24h: Kept;
  readonly erasedWithin48h: Kept;
  readonly erasuresRunning: number;
  readonly erasuresPastTarget: number;
  readonly reviewsWaiting: number;
  readonly nearestReviewDueAt: string | null;
  /** Deletions due over the next 90 days: by week and by the rule that kept until then. */
  readonly deletionsDue: readonly { readonly week: string; readonly rule: string; readonly count: number }[];
  /**
   * Sessions of the archive by the rule that set their date, and how many of those dates are less than 30 days
   * off; absent in what was counted before it existed.
   */
  readonly keptByRule?: readonly {
    readonly rule: string;
    readonly sessions: number;
    readonly endingSoon: number;
  }[];
  /** What the archive holds, by tag; `null` for sessions without one. A session counts with each of its tags. */
  readonly storage: readonly {
    readonly tag: string | null;
    readonly sessions: number;
    readonly bytes: number;
  }[];
  readonly storedBytes: number;
  /** How late work of the last 30 days was done, in seconds. */
  readonly lateness: readonly {
    readonly kind: Work;
    readonly done: number;
    readonly late: number;
    readonly median: number;
    readonly p99: number;
  }[];
  /** Until which entry the audit log was last found whole, and when; `null` before the first check. */
  readonly auditVerified: { readonly until: number; readonly at: string } | null;
}

/** What is done at its time by itself, or within a promise. */
export type Work = 'archive' | 'review' | 'decision' | 'deletion' | 'erasure';

/** A gibibyte for a month in the archive class of Google Cloud Storage, in US dollars (2026). */
export const ARCHIVE_CLASS_PRICE = 0.0012;

/** What keeping so many bytes for a year costs. */
export function yearlyCost(bytes: number, pricePerGibMonth = ARCHIVE_CLASS_PRICE): number {
  return (bytes / 2 ** 30) * pricePerGibMonth * 12;
}
