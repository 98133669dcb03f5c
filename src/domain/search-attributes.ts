/**
 * What an operator can search for in the Temporal UI. Few: each costs the server an index, and
 * none may hold personal data, since search attributes are stored in clear.
 */
export const SEARCH_ATTRIBUTES = {
  Project: 'Keyword',
  Phase: 'Keyword',
  DueAt: 'Datetime',
  Held: 'Bool',
  ErasureDeadline: 'Datetime',
} as const;
