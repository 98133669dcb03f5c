/** What an installation depends on, in the order it is looked at. */
export const AREAS = [
  'database',
  'keys',
  'temporal',
  'archive',
  'exports',
  'anchor',
  'telegram',
  'clock',
  'disk',
] as const;
export type Area = (typeof AREAS)[number];

/** What a check found: as it should be, or with what it leads to and what mends it. */
export type Finding = { readonly area: Area; readonly check: string; readonly found: string } & (
  | { readonly level: 'ok' }
  | {
      readonly level: 'warning' | 'failure';
      /** What happens, or may happen, because of it. */
      readonly consequence: string;
      /** The command or setting that mends it. */
      readonly mend: string;
    }
);

/** One thing to check. What it throws is a finding too. */
export interface Check {
  readonly area: Area;
  readonly check: string;
  readonly run: () => Promise<Verdict | readonly Verdict[]>;
}

/** A finding without its place; `check` where one look finds several things. */
export type Verdict = { readonly check?: string; readonly found: string } & (
  | { readonly level: 'ok' }
  | { readonly level: 'warning' | 'failure'; readonly consequence: string; readonly mend: string }
);

/** As it should be. */
export function ok(found: string): Verdict {
  return { level: 'ok', found };
}

/** Works, and may not for long or not for everybody. */
export function warning(found: string, consequence: string, mend: string): Verdict {
  return { level: 'warning', found, consequence, mend };
}

/** A promise of this service does not hold while it is so. */
export function failure(found: string, consequence: string, mend: string): Verdict {
  return { level: 'failure', found, consequence, mend };
}
