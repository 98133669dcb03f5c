import type { SubjectProfile } from '../domain/messages.ts';

/** What is kept of a person's names. */
export function profileOf(from: {
  first_name: string;
  last_name?: string;
  username?: string;
}): SubjectProfile {
  return {
    firstName: from.first_name,
    ...(from.last_name && { lastName: from.last_name }),
    ...(from.username && { username: from.username }),
  };
}
