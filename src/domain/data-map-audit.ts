import type { TableEntry } from './data-map.ts';

/** The audit log and its tree. */
export const AUDIT_TABLES: Readonly<Record<string, TableEntry>> = {
  audit_checkpoint: {
    rows: 'kept',
    because: 'Signed heads of the audit log.',
    columns: { nobody: 'id size note hand_over at anchored_at' },
  },
  audit_entry: {
    rows: 'kept',
    because: 'What was done is never changed; people and sessions are opaque ids in it, whose rows are gone.',
    columns: {
      'opaque id': 'actor_id object_id workflow_id request_id op_id',
      'words of staff': 'reason',
      nobody: 'seq at actor_kind actor_role run_id activity action object_kind project_id counts',
    },
  },
  audit_leaf: { rows: 'kept', because: 'Hashes of the audit log.', columns: { nobody: 'position seq' } },
  audit_pending: { rows: 'kept', because: 'Numbers of audit entries.', columns: { nobody: 'seq' } },
  audit_tile: {
    rows: 'kept',
    because: 'Hashes of the audit log.',
    columns: { nobody: 'level index hashes' },
  },
  audit_tree: {
    rows: 'kept',
    because: 'Hashes of the audit log.',
    columns: { nobody: 'id size cut_at cut_frontier' },
  },
};
