import { addDuration } from './durations.ts';

/** Why an erasure may be refused, in words for the customer. There is no other ground. */
export const REFUSAL_GROUNDS = {
  'not-identified':
    'It could not be established that the request comes from the person it is about (GDPR Art. 12(2) and (6)).',
  'legal-duty': 'A law obliges us to keep these data for now (GDPR Art. 17(3)(b)).',
  'legal-claims': 'The data are needed to establish, exercise or defend legal claims (GDPR Art. 17(3)(e)).',
  'manifestly-unfounded': 'The request is manifestly unfounded or excessive (GDPR Art. 12(5)).',
} as const;
export type RefusalGround = keyof typeof REFUSAL_GROUNDS;

/** Why the legal deadline may be moved, in words for the customer. */
export const EXTENSION_GROUNDS = {
  complexity: 'The request is complex.',
  'number-of-requests': 'Many requests came in at the same time.',
} as const;
export type ExtensionGround = keyof typeof EXTENSION_GROUNDS;

export function isRefusalGround(text: string): text is RefusalGround {
  return Object.hasOwn(REFUSAL_GROUNDS, text);
}

export function isExtensionGround(text: string): text is ExtensionGround {
  return Object.hasOwn(EXTENSION_GROUNDS, text);
}

/**
 * By how much a law lets its deadline be moved, once: GDPR Art. 12(3) two further months, CCPA Regulations
 * § 7021 45 further days. The others know no such thing.
 */
const EXTENSIONS: Readonly<Record<string, string>> = { GDPR: 'P2M', 'UK GDPR': 'P2M', CCPA: 'P45D' };

/** The moved deadline of a regulation; `null` where it cannot be moved. */
export function extendedDeadline(regulation: string, deadline: Date, timeZone: string): Date | null {
  const further = Object.hasOwn(EXTENSIONS, regulation) ? EXTENSIONS[regulation] : undefined;
  return further ? addDuration(deadline, further, timeZone) : null;
}
