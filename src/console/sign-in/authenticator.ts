import { randomBytes } from 'node:crypto';
import { generateSecret, generateURI, verify } from 'otplib';
import { renderSVG } from 'uqr';
import { hashOf } from './tokens.ts';

/** Seals a short text so that it opens for the same account alone. */
export interface Sealer {
  seal(accountId: string, text: string): Buffer;
  open(accountId: string, sealed: Buffer): string;
}

/** Clocks of phones are up to half a minute off. */
const TOLERANCE_SECONDS = 30;

export function newAuthenticatorSecret(): string {
  return generateSecret();
}

/** The picture that an authenticator reads. */
export function authenticatorPicture(secret: string, label: string, issuer: string): string {
  return renderSVG(generateURI({ issuer, label, secret }), { ecc: 'M', border: 2 });
}

/** The time step that a code belongs to; `undefined` where it fits none near now. */
export async function stepOf(secret: string, code: string, now: Date): Promise<number | undefined> {
  const token = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const result = await verify({
    secret,
    token,
    epoch: Math.floor(now.getTime() / 1000),
    epochTolerance: TOLERANCE_SECONDS,
  });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}

/** Without 0, 1, I and O, which are taken for each other on paper. 32 letters, so that no one is likelier. */
const LETTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** Codes for the day the phone is lost: 80 bits each, so that a plain hash of one tells nothing. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: 10 }, () =>
    Array.from(randomBytes(16), (byte) => LETTERS[byte % LETTERS.length] ?? '')
      .join('')
      .replace(/(.{4})(?=.)/g, '$1-'),
  );
}

/** A recovery code as it is kept, however it was typed. */
export function recoveryHash(code: string): Buffer {
  return hashOf(`recovery:${code.toUpperCase().replace(/[^0-9A-Z]/g, '')}`);
}
