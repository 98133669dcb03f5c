/** Staff roles, and the acts each may do in a project it belongs to. */
export const ROLES = ['agent', 'supervisor', 'compliance', 'auditor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const ACTIONS = [
  'session.answer',
  'session.close',
  'session.reopen',
  'session.tag',
  'hold.place',
  'hold.release',
  'review.decide',
  'subject.correct',
  'archive.read',
  'audit.read',
  'hold.approve',
  'policy.change',
  'policy.approve',
  'deletions.resume',
  'erasure.approve',
] as const;
export type Action = (typeof ACTIONS)[number];

const ALLOWED: Record<Role, readonly Action[]> = {
  agent: ['session.answer', 'session.close', 'session.reopen', 'session.tag'],
  supervisor: [
    'session.answer',
    'session.close',
    'session.reopen',
    'session.tag',
    'hold.place',
    'hold.release',
    'review.decide',
    'subject.correct',
    'archive.read',
    'hold.approve',
  ],
  compliance: [
    'session.tag',
    'hold.place',
    'hold.release',
    'review.decide',
    'subject.correct',
    'archive.read',
    'audit.read',
    'hold.approve',
    'policy.change',
    'policy.approve',
    'deletions.resume',
    'erasure.approve',
  ],
  auditor: ['audit.read'],
  // An administrator runs the installation and sees no content.
  admin: [],
};

/** Whether one of the roles allows an act. */
export function mayDo(roles: readonly Role[], action: Action): boolean {
  return roles.some((role) => ALLOWED[role].includes(action));
}
