/**
 * What a single text may hold, in a byte a term: the last of its hash. Of the texts of a session that the index
 * found, only those are opened that may hold a word; about one in twelve is opened for nothing, and none that
 * holds one is left out. So short, a term is shared by one word in 256, and tells next to nothing without the key.
 */
export function filterOf(terms: readonly number[]): Buffer {
  return Buffer.from([...new Set(terms.map(byteOf))]);
}

/** How a hashed term stands in a filter. */
export function byteOf(term: number): number {
  return term & 0xff;
}
