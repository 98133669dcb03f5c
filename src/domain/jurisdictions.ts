/**
 * The jurisdictions a subject can belong to: where a law of its own says how long personal data may or
 * must be kept. `OTHER` is a choice too: a customer who lives elsewhere has said so.
 */
export const JURISDICTIONS = {
  EU: 'European Union and EEA',
  UK: 'United Kingdom',
  CH: 'Switzerland',
  'US-CA': 'California',
  US: 'United States',
  CA: 'Canada',
  BR: 'Brazil',
  CN: 'Mainland China',
  JP: 'Japan',
  KR: 'South Korea',
  IN: 'India',
  SG: 'Singapore',
  AU: 'Australia',
  RU: 'Russia',
  OTHER: 'elsewhere',
} as const;

export type Jurisdiction = keyof typeof JURISDICTIONS;

export const JURISDICTION_IDS = Object.keys(JURISDICTIONS) as [Jurisdiction, ...Jurisdiction[]];

/** How a subject's jurisdiction came to be known; what a person said wins over what was guessed. */
export const JURISDICTION_ORIGINS = ['customer', 'staff', 'language'] as const;
export type JurisdictionOrigin = (typeof JURISDICTION_ORIGINS)[number];

/** Languages that are spoken, by far the most, in one of them; English, Spanish and the like tell nothing. */
const OF_LANGUAGE: Readonly<Record<string, Jurisdiction>> = {
  ...Object.fromEntries(
    ['bg', 'cs', 'da', 'de', 'el', 'et', 'fi', 'ga', 'hr', 'hu', 'is', 'it', 'lt', 'lv', 'mt', 'nl', 'no']
      .concat(['nb', 'pl', 'ro', 'sk', 'sl', 'sv'])
      .map((language) => [language, 'EU'] as const),
  ),
  ja: 'JP',
  ko: 'KR',
};

/** Places that a language tag names outright, as in `pt-BR`. */
const OF_REGION: Readonly<Record<string, Jurisdiction>> = {
  BR: 'BR',
  CN: 'CN',
  GB: 'UK',
  CH: 'CH',
  JP: 'JP',
  KR: 'KR',
  IN: 'IN',
  SG: 'SG',
  AU: 'AU',
  RU: 'RU',
  US: 'US',
  CA: 'CA',
};

/** Whether a jurisdiction is one of those wanted or a part of one: California is in the United States. */
export function isWithin(place: Jurisdiction, wanted: readonly Jurisdiction[]): boolean {
  return wanted.some((one) => place === one || place.startsWith(`${one}-`));
}

export function isJurisdiction(text: string): text is Jurisdiction {
  return Object.hasOwn(JURISDICTIONS, text);
}

/**
 * The jurisdiction that a language tag of Telegram (IETF, such as `de` or `pt-br`) points to, or `null`
 * where it tells nothing and the project's default stands.
 */
export function jurisdictionOfLanguage(tag: string | null | undefined): Jurisdiction | null {
  const [language = '', ...rest] = (tag ?? '').split('-');
  const region = rest.find((part) => part.length === 2)?.toUpperCase();
  return (region && OF_REGION[region]) || OF_LANGUAGE[language.toLowerCase()] || null;
}
