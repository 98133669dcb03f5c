import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACTIONS, mayDo, ROLES, type Action, type Role } from '../../src/domain/roles.ts';

/** Who may do what, action by action: written anew here, so that a slip in the table of the code shows. */
const MAY: Partial<Record<Action, readonly Role[]>> = {
  'session.read': ['agent', 'supervisor', 'compliance'],
  'session.answer': ['agent', 'supervisor'],
  'session.note': ['agent', 'supervisor'],
  'session.transfer': ['agent', 'supervisor'],
  'session.close': ['agent', 'supervisor'],
  'session.reopen': ['agent', 'supervisor'],
  'session.tag': ['agent', 'supervisor', 'compliance'],
  'subject.ban': ['agent', 'supervisor'],
  'hold.place': ['supervisor', 'compliance'],
  'hold.release': ['supervisor', 'compliance'],
  'hold.approve': ['supervisor', 'compliance'],
  'review.decide': ['supervisor', 'compliance'],
  'subject.correct': ['supervisor', 'compliance'],
  'archive.read': ['supervisor', 'compliance'],
  'export.run': ['supervisor', 'compliance'],
  'audit.read': ['compliance', 'auditor'],
  'policy.read': ['supervisor', 'compliance', 'admin'],
  'policy.change': ['compliance'],
  'policy.approve': ['compliance'],
  'deletions.resume': ['compliance'],
  'erasure.read': ['supervisor', 'compliance'],
  'erasure.file': ['supervisor', 'compliance'],
  'erasure.approve': ['compliance'],
  'overview.read': ['supervisor', 'compliance', 'admin'],
  'operations.read': ['admin'],
  'project.configure': ['admin'],
  'staff.manage': ['admin'],
  'token.manage': ['admin'],
};

describe('who may do what', () => {
  for (const action of ACTIONS)
    for (const role of ROLES) {
      const may = MAY[action]?.includes(role) ?? false;
      it(`${role}: ${may ? '' : 'no '}${action}`, () => assert.equal(mayDo([role], action), may));
    }
});
