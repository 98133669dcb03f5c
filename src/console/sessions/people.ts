import type { SubjectProfile } from '../../domain/messages.ts';

/** A customer's names as one line. */
export function nameWords(profile: SubjectProfile | undefined): string {
  const { firstName, lastName, username } = profile ?? {};
  return [firstName, lastName, username && `(@${username})`].filter(Boolean).join(' ') || 'no name is kept';
}

/** Somebody who did something: by the name they sign in with, or enough of their id. */
export function whoWords(id: string, logins: ReadonlyMap<string, string>): string {
  return logins.get(id) ?? (/^[0-9a-f-]{36}$/.test(id) ? `staff ${id.slice(0, 8)}` : id);
}
