/** The workflow of a session: one id for life, so that it can never run twice. */
export function sessionWorkflowId(sessionId: string): string {
  return `session:${sessionId}`;
}

/** The workflow of an erasure. A subject has one that runs at most: a second request joins its row. */
export function erasureWorkflowId(erasureId: string): string {
  return `erasure:${erasureId}`;
}

/** The workflow of an export, until its files are gone. */
export function exportWorkflowId(exportId: string): string {
  return `export:${exportId}`;
}

/** Workflows and single PostgreSQL writes. */
export const LIFECYCLE_QUEUE = 'lifecycle';

/** What talks to the archive store, with a rate limit of its own. */
export const ARCHIVE_QUEUE = 'archive-io';
