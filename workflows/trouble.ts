import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow';

/**
 * A step that can never succeed must not end the workflow: what is stuck stays visible, is tried again
 * every hour, and goes on at once when news comes.
 */
export function troubleOf(error: unknown): string {
  if (error instanceof ChildWorkflowFailure)
    return 'A child workflow was ended. It is started again in an hour.';
  // A local activity fails with the bare cause; uncaught it would end the workflow for good.
  if (error instanceof ApplicationFailure) return refused('A step', error);
  if (!(error instanceof ActivityFailure)) throw error;
  return refused(error.activityType, error.cause);
}

function refused(what: string, cause: unknown): string {
  const code = cause instanceof ApplicationFailure ? cause.type : undefined;
  return `${what} was refused (${code ?? 'unexpected'}). It is tried again every hour.`;
}

/** The same step an hour from now. */
export function inAnHour<S extends { readonly at: number | null }>(next: S): S & { at: number } {
  return { ...next, at: Date.now() + 3_600_000 };
}
