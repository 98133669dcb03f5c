import { hash, verify } from '@node-rs/argon2';

/** What OWASP asks of argon2id: 19 MiB, two passes, one lane. The library's default algorithm is argon2id. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export const SHORTEST_PASSWORD = 12;
/** Far more than anybody types, and too little to keep a core busy. */
export const LONGEST_PASSWORD = 256;

export function hashPassword(password: string): Promise<string> {
  return hash(normal(password), COST);
}

/** Whether a password is the one behind a hash. Without a hash it takes as long, and is not. */
export async function passwordFits(password: string, known: string | null | undefined): Promise<boolean> {
  if (password.length > LONGEST_PASSWORD) return false;
  const fits = await verify(known ?? (await nobodysHash()), normal(password));
  return fits && Boolean(known);
}

let nobodys: Promise<string> | undefined;

/** Somebody without an account must not be told apart by how long the answer takes. */
function nobodysHash(): Promise<string> {
  nobodys ??= hash('nobody has this password', COST);
  return nobodys;
}

/** Keyboards write the same letter in more than one way. */
function normal(password: string): string {
  return password.normalize('NFC');
}
