import { z } from 'zod';
import { ROLES, type Role } from '../../domain/roles.ts';
import { checkboxes, freshForm } from './fields.ts';
import type { Html } from './html.ts';

/** What each role is for. */
export const ROLE_HINTS: Record<Role, string> = {
  agent: 'Answers customers, tags and closes sessions.',
  supervisor: 'An agent who also reads archives, decides reviews and places holds.',
  compliance: 'Policies, holds, erasures, archives and the audit log.',
  auditor: 'Reads the audit log, and nothing else.',
  admin: 'Settings, people and operation. Sees no content.',
};

/** All roles, to choose from. */
export function rolesField(chosen: readonly Role[]): Html {
  return checkboxes(freshForm(), {
    name: 'roles',
    label: 'Roles',
    hint: 'All that is chosen replaces what was given here before; none takes everything back.',
    chosen,
    options: ROLES.map((role) => [role, role, ROLE_HINTS[role]] as const),
  });
}

const role = z.enum(ROLES);

/** What the form of roles sends: one choice comes as a text, several as a list. */
export const rolesSent = z.object({
  login: z.string({ error: 'Write the name they sign in with.' }).max(63),
  roles: z.union([role.transform((one) => [one]), z.array(role)], 'Choose from the roles shown.').default([]),
});
