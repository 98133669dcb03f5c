import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACTIONS, mayDo, ROLES, type Action, type Role } from '../../src/domain/roles.ts';

/** Who may do what, action by action: written anew here, so that a slip in the table of the code shows. */
const MAY: Partial<Record<Action, readonly Role[]>> = {
  'session.answer': ['agent', 'supervisor'],
  'session.close': ['agent', 'supervisor'],
  'session.reopen': ['agent', 'supervisor'],
  'session.tag': ['agent', 'supervisor', 'compliance'],
  'hold.place': ['supervisor', 'compliance'],
  'hold.release': ['supervisor', 'compliance'],
  'hold.approve': ['supervisor', 'compliance'],
  'review.decide': ['supervisor', 'compliance'],
  'subject.correct': ['supervisor', 'compliance'],
  'archive.read': ['supervisor', 'compliance'],
  'audit.read': ['compliance', 'auditor'],
  'policy.change': ['compliance'],
  'policy.approve': ['compliance'],
  'deletions.resume': ['compliance'],
  'erasure.approve': ['compliance'],
};

describe('who may do what', () => {
  for (const action of ACTIONS)
    for (const role of ROLES) {
      const may = MAY[action]?.includes(role) ?? false;
      it(`${role}: ${may ? '' : 'no '}${action}`, () => assert.equal(mayDo([role], action), may));
    }
});
