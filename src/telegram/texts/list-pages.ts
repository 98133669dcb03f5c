/** What customers read on the public page about their data. */
export const PAGE_TEXTS = {
  'page-kept': {},
  'page-how-long': {},
  'page-rights': {},
  'page-in-chat': {},
  'page-erasure': {},
  'page-erasure-goes': {},
  'page-receipt': {},
  'page-contact': {},
  'page-no-contact': {},
  'page-version': { version: 'text' },
} as const;
