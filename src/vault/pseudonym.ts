import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { AppError } from '../domain/errors.ts';
import { readOrMakeSecretFile } from './secret-file.ts';

const PEPPER_BYTES = 32;

/**
 * A stable name for something whose own name must not be stored: HMAC-SHA-256 in hex. The same parts in
 * another domain give another name, so that two tables cannot be joined over it.
 */
export type Pseudonym = (domain: string, ...parts: readonly string[]) => string;

/**
 * @param path the file of the pepper, made on first use. Whoever loses it loses every link from audit and
 *   import records to people; whoever steals it can test guesses of Telegram ids.
 */
export async function loadPseudonym(path: string): Promise<Pseudonym> {
  const pepper = Buffer.from(
    (await readOrMakeSecretFile(path, () => randomBytes(PEPPER_BYTES).toString('hex') + '\n'))
      .toString('utf8')
      .trim(),
    'hex',
  );
  if (pepper.length !== PEPPER_BYTES) {
    throw new AppError(
      'config_invalid',
      `${path} must hold ${PEPPER_BYTES * 2} hexadecimal digits. Restore it from its backup.`,
    );
  }
  return createPseudonym(pepper);
}

export function createPseudonym(pepper: Buffer): Pseudonym {
  const key = createSecretKey(pepper);
  return (domain, ...parts) => {
    const mac = createHmac('sha256', key);
    // Each part with its length before it: ('a', 'bc') and ('ab', 'c') must not meet.
    for (const part of [domain, ...parts]) mac.update(`${Buffer.byteLength(part)}:`).update(part);
    return mac.digest('hex');
  };
}
