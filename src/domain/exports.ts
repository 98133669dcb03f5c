/** What an export can be written as. */
export const EXPORT_FORMATS = ['jsonl', 'json', 'csv', 'csv-sessions', 'telegram'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Where an export stands. `done` can be fetched; `removing` and `removed` cannot. */
export type ExportState = 'requested' | 'planned' | 'written' | 'done' | 'removing' | 'removed';

/** Why an export is removed. */
export type ExportEnding = 'failed' | 'cancelled' | 'removed' | 'expired' | 'erasure' | 'deletion';

/** What whoever asked for an export is told of: it can be fetched, could not be written, or was destroyed early. */
export type ExportNews = 'done' | 'failed' | 'destroyed';

/** What of its end is news to whoever asked for an export; the rest they did or knew themselves. */
export function newsOfEnding(ending: ExportEnding | null): ExportNews | null {
  if (ending === 'erasure' || ending === 'deletion') return 'destroyed';
  return ending === 'failed' ? 'failed' : null;
}

const FAILURES: Readonly<Record<string, string>> = {
  config_invalid: 'the place that it was to be delivered to is not there, or refuses files',
  not_allowed: 'whoever asked may not export any more',
  input_invalid: 'its patterns take too long on its texts',
  store_unavailable: 'a store was away until it was to expire',
};

/** Why an export could not be written, in words where there are any for the code. */
export function failureInWords(code: string): string {
  return FAILURES[code] ?? code;
}

/** What the workflow of an export does next, and from when on (epoch milliseconds). */
export interface ExportStep {
  readonly step: 'plan' | 'write' | 'deliver' | 'remove' | 'end';
  readonly at: number;
}

/** What the next step follows from. */
export interface ExportFacts {
  readonly state: ExportState;
  readonly expiresAt: Date;
}

/** Files wait for a week: long enough to fetch them after a holiday, short enough to be forgotten by nobody. */
export const EXPORT_KEEP_DAYS = 7;
export const MOST_KEEP_DAYS = 90;

const DAY_MS = 86_400_000;

/** When an export that is asked for now is removed by itself. */
export function expiryOf(now: Date, keepDays: number): Date {
  return new Date(now.getTime() + keepDays * DAY_MS);
}

export function nextExportStep({ state, expiresAt }: ExportFacts): ExportStep {
  switch (state) {
    case 'requested':
      return { step: 'plan', at: 0 };
    case 'planned':
      return { step: 'write', at: 0 };
    case 'written':
      return { step: 'deliver', at: 0 };
    case 'done':
      return { step: 'remove', at: expiresAt.getTime() };
    case 'removing':
      return { step: 'remove', at: 0 };
    case 'removed':
      return { step: 'end', at: 0 };
  }
}

/** A step in words, for the Temporal UI. */
export function describeExport({ step, at }: ExportStep): string {
  const when = at === 0 ? 'now' : `at ${new Date(at).toISOString()}`;
  return {
    plan: 'Finds the sessions that were asked for.',
    write: 'Writes them, part by part.',
    deliver: 'Delivers the files.',
    remove: `Removes the files and reads back that they are gone, ${when}.`,
    end: 'Over: the files are gone, the counts stay.',
  }[step];
}
