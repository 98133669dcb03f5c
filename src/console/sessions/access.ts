import { projectOf } from '../../db/pages.ts';
import { readLife, type Life } from '../../db/life.ts';
import { readersOf } from '../../domain/decision.ts';
import { AppError } from '../../domain/errors.ts';
import { PHASES, type Phase } from '../../domain/phases.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type ProjectPage } from '../page.ts';

const LIVE = ['open', 'closed'] as const;

/** The phases of the sessions that somebody sees: agents see what they work on, and no archive. */
export function phasesSeen(page: Pick<ProjectPage, 'may'>): readonly Phase[] {
  return page.may('archive.read') ? PHASES : LIVE;
}

/** What is kept by law against an erasure is for compliance alone. */
export function seesRestricted({ member }: Pick<ProjectPage, 'member'>): boolean {
  return member.roles.includes('compliance');
}

export function isLive({ phase }: Pick<Life, 'phase'>): boolean {
  return phase === 'open' || phase === 'closed';
}

/**
 * The session of a page's address, if this person may see that it is there.
 *
 * @throws AppError `not_found` for another project's, one that an erasure took, or a restricted one; `not_allowed`
 *   for an archived one and a role that reads no archives
 */
export async function sessionOf({ db }: Pick<ConsoleDeps, 'db'>, page: ProjectPage): Promise<Life> {
  const id = page.param('id').toLowerCase();
  if ((await projectOf(db, 'session', id)) !== page.project.id) throw notFound('session');
  const life = await readLife(db, id, page.now);
  if (life.erased && life.phase !== 'deleted') throw notFound('session');
  if (life.restrictedAt && !seesRestricted(page)) throw notFound('session');
  if (!phasesSeen(page).includes(life.phase))
    throw new AppError(
      'not_allowed',
      'This session is archived. Supervisors and compliance officers read archives; ask one of them.',
    );
  return life;
}

/** Whether somebody may read what was written in a session, and so see who the customer is. */
export function mayReadContent(page: Pick<ProjectPage, 'may' | 'member'>, life: Life): boolean {
  if (life.phase === 'deleted' || life.erased) return false;
  const narrowed = life.restrictedAt ? (['compliance'] as const) : readersOf(life.policy, life);
  const reads = page.may('archive.read') || (isLive(life) && page.may('session.answer'));
  return reads && (!narrowed || narrowed.some((role) => page.member.roles.includes(role)));
}
