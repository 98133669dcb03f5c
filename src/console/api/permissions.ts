import type { Action } from '../../domain/roles.ts';

/**
 * What each operation of the API needs: one line for each, by its name in the OpenAPI document. A token of
 * another project is told that there is nothing, whatever its roles.
 */
export const PERMISSIONS = {
  listSessions: 'session.read',
  ingestSession: 'session.answer',
  ingestMessages: 'session.answer',
  readSession: 'session.read',
  readTranscript: 'session.read',
  closeSession: 'session.close',
  reopenSession: 'session.reopen',
  tagSession: 'session.tag',
  untagSession: 'session.tag',
  dateEvent: 'session.tag',
  setJurisdiction: 'subject.correct',
  searchSessions: 'session.read',
  readPolicy: 'policy.read',
  listPolicyVersions: 'policy.read',
  readPolicyVersion: 'policy.read',
  validatePolicy: 'policy.read',
  planPolicy: 'policy.read',
  applyPolicy: 'policy.change',
  listReviews: 'review.decide',
  decideReview: 'review.decide',
  listHolds: 'hold.place',
  placeHold: 'hold.place',
  releaseHold: 'hold.release',
  listErasures: 'erasure.read',
  fileErasure: 'erasure.file',
  readErasure: 'erasure.read',
  confirmErasure: 'erasure.approve',
  refuseErasure: 'erasure.approve',
  extendErasure: 'erasure.approve',
  readErasureReceipt: 'erasure.read',
  listApprovals: 'hold.approve',
  // Each kind of request needs its own right besides; see `approvalNeeds`.
  decideApproval: 'hold.approve',
  listAuditEntries: 'audit.read',
  readAuditEntry: 'audit.read',
  proveAuditEntry: 'audit.read',
  readCheckpoint: 'audit.read',
  readAuditStatus: 'audit.read',
  listExports: 'export.run',
  requestExport: 'export.run',
  readExport: 'export.run',
  removeExport: 'export.run',
  fetchExport: 'export.run',
  listExportSchedules: 'export.run',
  addExportSchedule: 'export.run',
  removeExportSchedule: 'export.run',
} as const satisfies Readonly<Record<string, Action>>;

export type Operation = keyof typeof PERMISSIONS;

const APPROVAL_NEEDS: Readonly<Record<string, Action>> = {
  policy: 'policy.approve',
  'hold-release': 'hold.approve',
  erasure: 'erasure.approve',
};

/** What deciding a request of a kind needs. */
export function approvalNeeds(kind: string): Action {
  return APPROVAL_NEEDS[kind] ?? 'policy.approve';
}
