import type { Check, Finding, Verdict } from '../../domain/doctor.ts';
import { AppError } from '../../domain/errors.ts';

/** A check that takes longer found that something does not answer. */
const PATIENCE_MS = 20_000;

/** Runs every check side by side. One that fails, or gets no answer, is a finding like any other. */
export async function runChecks(checks: readonly Check[]): Promise<Finding[]> {
  return (await Promise.all(checks.map(runOne))).flat();
}

async function runOne({ area, check, run }: Check): Promise<Finding[]> {
  const verdicts = await Promise.race([run(), tooLong()]).catch(couldNotCheck);
  const list: readonly Verdict[] = Array.isArray(verdicts) ? verdicts : [verdicts as Verdict];
  return list.map((verdict) => ({ area, ...verdict, check: verdict.check ?? check }));
}

async function tooLong(): Promise<never> {
  return new Promise((_, reject) => {
    const late = new AppError('store_unavailable', 'no answer within 20 seconds');
    setTimeout(() => reject(late), PATIENCE_MS).unref();
  });
}

/** The words of a foreign error may quote an address with its password, so only its code is told. */
function couldNotCheck(error: unknown): Verdict {
  const code = (error as { code?: unknown } | null)?.code;
  const kind = error instanceof Error ? error.name : typeof error;
  const told = typeof code === 'string' || typeof code === 'number' ? String(code) : kind;
  return {
    level: 'failure',
    found: error instanceof AppError ? error.message : `cannot be looked at (${told})`,
    consequence: 'What needs it fails too, or waits until it is back.',
    mend: 'Check that it runs, and the address and rights with which it is reached.',
  };
}
