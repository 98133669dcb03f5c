import type { Context } from 'hono';
import type { Account } from '../../db/accounts.ts';
import type { ConsoleDeps } from '../deps.ts';
import { recoveryHash, stepOf } from './authenticator.ts';
import { passwordFits } from './passwords.ts';

/** Why somebody was not let in; told apart in the audit alone. */
export type Verdict = 'fits' | 'refused' | 'too-many';

type Deps = Pick<ConsoleDeps, 'accounts' | 'limits' | 'sealer'>;

/**
 * Checks password and code of an account that may not exist. All of it is always done, and the answer is the
 * same whatever was wrong.
 *
 * @param withoutPassword for somebody who signed in with a provider and proves who they are by a code
 */
export async function checkCredentials(
  deps: Deps,
  given: {
    readonly account: Account | undefined;
    readonly login: string;
    readonly password: string;
    readonly code: string;
    readonly address: string;
    readonly now: Date;
    readonly what: 'sign-in' | 'step-up';
    readonly withoutPassword?: boolean;
  },
): Promise<Verdict> {
  const { account, now, what } = given;
  const usable = account && !account.disabled_at ? account : undefined;
  const who = { login: given.login, address: given.address };
  const admission = await deps.limits.admit(who);
  // One entry says it: of nothing that a stranger sends without end does the audit grow without end.
  if (admission === 'stopped')
    await deps.accounts.recordFailure({ accountId: account?.id, what: 'limit', now });
  if (admission !== 'admitted') return 'too-many';
  const password = given.withoutPassword || (await passwordFits(given.password, usable?.password_hash));
  const fits = password && usable !== undefined && (await codeFits(deps, usable, given.code, now));
  if (!fits) {
    await deps.accounts.recordFailure({ accountId: account?.id, what, now });
    return 'refused';
  }
  await deps.limits.forget(who);
  return 'fits';
}

async function codeFits(deps: Deps, account: Account, code: string, now: Date): Promise<boolean> {
  if (!account.totp_sealed) return false;
  const step = await stepOf(deps.sealer.open(account.id, account.totp_sealed), code, now);
  if (step !== undefined) return deps.accounts.takeStep({ accountId: account.id, step });
  return deps.accounts.takeRecoveryCode({ accountId: account.id, codeHash: recoveryHash(code), now });
}

const BROWSERS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;
const SYSTEMS = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Windows', 'Windows'],
  ['Mac OS', 'macOS'],
  ['Linux', 'Linux'],
] as const;

/** Enough to recognise one's own browser in a list, and no more. */
export function browserOf(c: Context): string {
  const agent = c.req.header('user-agent') ?? '';
  const named = (names: readonly (readonly [string, string])[], other: string) =>
    names.find(([mark]) => agent.includes(mark))?.[1] ?? other;
  return `${named(BROWSERS, 'A browser')} on ${named(SYSTEMS, 'an unknown system')}`;
}

/** Where to go on: inside this console alone, whatever an address says. */
export function safePath(to: string | undefined, url: string): string {
  if (!to?.startsWith('/')) return '/';
  const target = URL.parse(to, url);
  if (target?.origin !== new URL(url).origin) return '/';
  // `/.//host` is a path here, and another host to the browser that is sent to what is left of it.
  const path = `${target.pathname}${target.search}`;
  return path.startsWith('//') ? '/' : path;
}
