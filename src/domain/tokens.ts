import type { Actor } from './events.ts';
import type { Role } from './roles.ts';

/** How every token begins, so that people and scanners of code recognise one that lies around. */
export const TOKEN_MARK = 'rtk_';

/** So much of a token is kept in clear: the mark and eight characters. */
export const PREFIX_LENGTH = TOKEN_MARK.length + 8;

/** A whole token: the mark, its name of eight characters, and 256 random bits. */
export const TOKEN_FORM = /^rtk_[0-9a-z]{8}_[A-Za-z0-9_-]{43}$/;

const ACTOR_MARK = 'token:';

/** A token in the audit: an actor of its own, apart from the person who answers for it. */
export function tokenActor(tokenId: string, roles: readonly Role[]): Actor {
  return { kind: 'staff', id: `${ACTOR_MARK}${tokenId}`, role: roles.join('+') };
}

/** The token's id, if an actor is a token. */
export function tokenOfActor(actorId: string): string | undefined {
  return actorId.startsWith(ACTOR_MARK) ? actorId.slice(ACTOR_MARK.length) : undefined;
}
