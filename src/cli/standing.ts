import { nextStepOf, readLife, type Life } from '../db/life.ts';
import { describe } from '../domain/next-step-words.ts';
import { standingOf, type Standing } from '../domain/phases.ts';
import type { CliDeps, CliServices } from './deps.ts';
import { shortId, type Output } from './output.ts';

/** Where a session stands and what happens next, for programs. */
export interface StandingReport {
  readonly phase: Life['phase'];
  readonly standing: Standing;
  readonly held: boolean;
  readonly next: { readonly step: string; readonly at: Date | null; readonly inWords: string };
}

export function standingReport(life: Life, now: Date): StandingReport {
  const next = nextStepOf(life);
  return {
    phase: life.phase,
    standing: standingOf(life),
    held: next.held,
    // A step that is due has no date of its own.
    next: {
      step: next.step,
      at: next.at === null ? null : new Date(next.at || now),
      inWords: describe(next),
    },
  };
}

/** Gives out where a session stands after an act on it. */
export async function reportStanding(
  deps: Pick<CliDeps, 'clock'>,
  services: CliServices,
  output: Output,
  sessionId: string,
): Promise<void> {
  const now = deps.clock();
  const report = standingReport(await readLife(services.db, sessionId, now), now);
  output.data({ id: sessionId, ...report }, () => `${shortId(sessionId)}  ${report.next.inWords}`);
}
