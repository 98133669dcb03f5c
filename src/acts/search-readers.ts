import type { Kysely } from 'kysely';
import { readLife } from '../db/life.ts';
import { projectsOpenToReaders } from '../db/policies.ts';
import type { Candidate } from '../db/search.ts';
import type { Tables } from '../db/tables.ts';
import { readersOf } from '../domain/decision.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { mayDo, type Role } from '../domain/roles.ts';

/** Who looks. */
export interface Reader {
  readonly actor: Actor;
  /** In the projects that are searched. Whoever runs the installation has none, and reads what no rule narrows. */
  readonly roles: readonly Role[];
}

/** Whether a session's texts may be opened for a reader. */
export type MayRead = (
  session: Pick<Candidate, 'id' | 'projectId' | 'phase' | 'restricted'>,
) => Promise<boolean>;

/**
 * What a reader may read in these projects: live sessions for who answers them, archived ones for who reads
 * archives; what is restricted for compliance alone, and what a rule narrows for whom it names.
 *
 * @throws AppError `not_allowed` for who reads no session at all
 */
export function readingRights(
  db: Kysely<Tables>,
  { actor, roles }: Reader,
  within: { projectIds: readonly string[]; now: Date },
): MayRead {
  const operates = actor.kind === 'operator';
  const readsArchives = operates || mayDo(roles, 'archive.read');
  if (!readsArchives && !mayDo(roles, 'session.answer'))
    throw new AppError('not_allowed', 'Searching opens sessions, which none of your roles may read.');
  // Most policies have no such rule, and then no session needs to be looked at. Asked for while the index is.
  const open = projectsOpenToReaders(db, within.projectIds);
  open.catch(() => undefined);
  return async ({ id, projectId, phase, restricted }) => {
    if (restricted && !roles.includes('compliance')) return false;
    if ((phase === 'archived' || phase === 'review') && !readsArchives) return false;
    if ((await open).has(projectId)) return true;
    const life = await readLife(db, id, within.now);
    const readers = readersOf(life.policy, life);
    return !readers || readers.some((role) => roles.includes(role));
  };
}
