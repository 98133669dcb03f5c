import { randomBytes, randomInt } from 'node:crypto';
import { appendAuditEntry } from '../audit/append.ts';
import { policyInForce } from '../db/policies.ts';
import { insertToken, markRevoked, rolesOfStaff, tokenNamed, type ApiToken } from '../db/tokens.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import type { Role } from '../domain/roles.ts';
import { TOKEN_MARK } from '../domain/tokens.ts';
import type { ActDeps } from './deps.ts';

/** The longest that a token may be good for. */
const LONGEST_DAYS = 366;
const DAY_MS = 86_400_000;

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/**
 * Makes a token, which is shown this once and stored as a hash alone.
 *
 * @param act.owner the member of staff who answers for it, by their id here: the token never may do more
 *   than they may, and is no second person beside them
 * @throws AppError `input_invalid`, `not_found`, `not_allowed` for roles that the owner does not have
 */
export async function createToken(
  deps: Pick<ActDeps, 'db'>,
  act: {
    projectId: string;
    name: string;
    roles: readonly Role[];
    owner?: string;
    expiresAt: Date;
    actor: Actor;
    now: Date;
  },
): Promise<{ token: string; row: ApiToken }> {
  const { projectId, owner = null, actor, now } = act;
  const name = act.name.trim();
  if (!name || name.length > 80)
    throw new AppError('input_invalid', 'A token needs a name of at most 80 characters. Example: helpdesk');
  if (act.roles.length === 0)
    throw new AppError('input_invalid', 'A token needs at least one role. Example: --role agent');
  checkEnd(act.expiresAt, now);
  await policyInForce(deps.db, projectId);
  if (actor.kind === 'staff') await checkMaker(deps, { projectId, maker: actor.id, roles: act.roles });
  if (owner !== null) await checkOwner(deps, { projectId, owner, roles: act.roles });
  const token = `${TOKEN_MARK}${randomName()}_${randomBytes(32).toString('base64url')}`;
  return deps.db.transaction().execute(async (tx) => {
    const row = await insertToken(tx, { ...act, name, owner, token, createdBy: actor.id });
    await appendAuditEntry(tx, {
      at: now,
      actor,
      action: 'token.created',
      object: { kind: 'token', id: row.id },
      projectId,
      reason: act.roles.join(' '),
    });
    return { token, row };
  });
}

function checkEnd(expiresAt: Date, now: Date): void {
  const days = (expiresAt.getTime() - now.getTime()) / DAY_MS;
  if (days > 0 && days <= LONGEST_DAYS) return;
  throw new AppError(
    'input_invalid',
    `A token ends at a date that lies ahead, and within ${LONGEST_DAYS} days. Example: --days 90`,
  );
}

/** Whoever makes a token sees it, and so could do all that it may: no more than they may themselves. */
async function checkMaker(
  { db }: Pick<ActDeps, 'db'>,
  { projectId, maker, roles }: { projectId: string; maker: string; roles: readonly Role[] },
): Promise<void> {
  const own = (await rolesOfStaff(db, projectId, maker)) ?? [];
  const missing = roles.filter((role) => !own.includes(role));
  if (missing.length === 0) return;
  throw new AppError(
    'not_allowed',
    `You are not ${missing.join(' or ')} in ${projectId}, and whoever makes a token could use it. An operator makes it with: retention token create`,
  );
}

async function checkOwner(
  { db }: Pick<ActDeps, 'db'>,
  { projectId, owner, roles }: { projectId: string; owner: string; roles: readonly Role[] },
): Promise<void> {
  const own = await rolesOfStaff(db, projectId, owner);
  if (!own || own.length === 0)
    throw new AppError('not_found', `Project ${projectId} has no member of staff ${owner}.`);
  const missing = roles.filter((role) => !own.includes(role));
  if (missing.length === 0) return;
  throw new AppError(
    'not_allowed',
    `Whoever answers for the token is not ${missing.join(' or ')} in ${projectId}, so the token cannot be either.`,
  );
}

function randomName(): string {
  return Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/**
 * Takes a token out of use, from its next request on.
 *
 * @param act.token its id, or how it begins
 * @param act.projectId where whoever asks may do so; anywhere by default
 * @throws AppError `not_found`, `already_decided`
 */
export async function revokeToken(
  deps: Pick<ActDeps, 'db'>,
  act: { token: string; projectId?: string; actor: Actor; now: Date },
): Promise<ApiToken> {
  return deps.db.transaction().execute(async (tx) => {
    const row = await tokenNamed(tx, act.token);
    if (!row || (act.projectId !== undefined && row.project_id !== act.projectId))
      throw new AppError('not_found', 'There is no such token. See them with: retention token list');
    if (!(await markRevoked(tx, row.id, { by: act.actor.id, now: act.now })))
      throw new AppError('already_decided', `Token ${row.prefix} is revoked already.`);
    await appendAuditEntry(tx, {
      at: act.now,
      actor: act.actor,
      action: 'token.revoked',
      object: { kind: 'token', id: row.id },
      projectId: row.project_id,
    });
    return { ...row, revoked_at: act.now, revoked_by: act.actor.id };
  });
}
