/** The workflow of a session: one id for life, so that it can never run twice. */
export function sessionWorkflowId(sessionId: string): string {
  return `session:${sessionId}`;
}

/** Workflows and single PostgreSQL writes. */
export const LIFECYCLE_QUEUE = 'lifecycle';

/** What talks to the archive store, with a rate limit of its own. */
export const ARCHIVE_QUEUE = 'archive-io';
