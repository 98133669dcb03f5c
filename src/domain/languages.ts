import { z } from 'zod';

/** A language as policies name it: IETF, in lower case. */
export const languageTag = z
  .string()
  .regex(/^[a-z]{2,3}(-[a-z0-9]+)*$/, { error: 'expected a language such as en or pt-br' });

/** Whether a language is one of those wanted: `pt` is met by `pt-BR` as well. */
export function speaks(language: string, wanted: readonly string[]): boolean {
  const spoken = language.toLowerCase();
  return wanted.some((one) => spoken === one || spoken.startsWith(`${one}-`));
}
