/** Staff roles, and the acts each may do in a project it belongs to. */
export const ROLES = ['agent', 'supervisor', 'compliance', 'auditor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const ACTIONS = [
  'session.read',
  'session.answer',
  'session.note',
  'session.transfer',
  'session.close',
  'session.reopen',
  'session.tag',
  'subject.ban',
  'hold.place',
  'hold.release',
  'review.decide',
  'subject.correct',
  'archive.read',
  'export.run',
  'audit.read',
  'hold.approve',
  'policy.read',
  'policy.change',
  'policy.approve',
  'deletions.resume',
  'erasure.read',
  'erasure.file',
  'erasure.approve',
  'overview.read',
  'operations.read',
  'project.configure',
  'staff.manage',
  'token.manage',
] as const;
export type Action = (typeof ACTIONS)[number];

const DESK = [
  'session.read',
  'session.answer',
  'session.note',
  'session.transfer',
  'session.close',
  'session.reopen',
  'session.tag',
  'subject.ban',
] as const;

const ALLOWED: Record<Role, readonly Action[]> = {
  agent: DESK,
  supervisor: [
    ...DESK,
    'hold.place',
    'hold.release',
    'review.decide',
    'subject.correct',
    'archive.read',
    'export.run',
    'hold.approve',
    'policy.read',
    'erasure.read',
    'erasure.file',
    'overview.read',
  ],
  compliance: [
    'session.read',
    'session.tag',
    'hold.place',
    'hold.release',
    'review.decide',
    'subject.correct',
    'archive.read',
    'export.run',
    'audit.read',
    'hold.approve',
    'policy.read',
    'policy.change',
    'policy.approve',
    'deletions.resume',
    'erasure.read',
    'erasure.file',
    'erasure.approve',
    'overview.read',
  ],
  auditor: ['audit.read'],
  // An administrator runs the installation and sees no content.
  admin: [
    'policy.read',
    'overview.read',
    'operations.read',
    'project.configure',
    'staff.manage',
    'token.manage',
  ],
};

/** Whether one of the roles allows an act. */
export function mayDo(roles: readonly Role[], action: Action): boolean {
  return roles.some((role) => ALLOWED[role].includes(action));
}
