import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

/** Light, dark, or as the device says. */
export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** The cookies of the console. */
export interface Cookies {
  /** The secret of the signed-in person. */
  session(c: Context): string | undefined;
  setSession(c: Context, token: string): void;
  endSession(c: Context): void;
  /** What tells browsers apart before anybody is signed in; made where it is missing. */
  visitor(c: Context): string;
  theme(c: Context): Theme;
  setTheme(c: Context, theme: Theme): void;
}

const YEAR_SECONDS = 365 * 24 * 3600;
const VISITOR = 'visitor-made';

/**
 * Over https the names carry `__Host-`, by which a browser promises that no other host and no plain http set
 * them. It refuses that prefix on cookies that are not `Secure`, and takes no `Secure` cookie from plain http on
 * every browser, so on a loopback address the names go without.
 */
export function createCookies(url: string): Cookies {
  const secure = new URL(url).protocol === 'https:';
  const name = (plain: string) => (secure ? `__Host-${plain}` : plain);
  const attributes = { path: '/', httpOnly: true, secure } as const;
  return {
    session: (c) => getCookie(c, name('session')),
    // Lax: a link in Telegram or in a mail has to open signed in. What changes something is never a GET.
    setSession: (c, token) => setCookie(c, name('session'), token, { ...attributes, sameSite: 'Lax' }),
    endSession: (c) => setCookie(c, name('session'), '', { ...attributes, sameSite: 'Lax', maxAge: 0 }),
    visitor(c) {
      const known = getCookie(c, name('visitor')) ?? (c.get(VISITOR) as string | undefined);
      if (known) return known;
      const made = randomBytes(24).toString('base64url');
      c.set(VISITOR, made);
      setCookie(c, name('visitor'), made, { ...attributes, sameSite: 'Lax' });
      return made;
    },
    theme(c) {
      const chosen = getCookie(c, name('theme'));
      return THEMES.find((theme) => theme === chosen) ?? 'auto';
    },
    setTheme: (c, theme) =>
      setCookie(c, name('theme'), theme, { ...attributes, sameSite: 'Lax', maxAge: YEAR_SECONDS }),
  };
}
