/** A test that shows what has to hold: its file below `test/`, and its title as the file writes it. */
export interface ShownBy {
  readonly file: string;
  readonly title: string;
}

/** One fault, what must hold when it comes, and what shows it. */
export interface FaultRow {
  readonly number: number;
  readonly fault: string;
  readonly holds: string;
  readonly tests: readonly ShownBy[];
  /** What of it no test on one machine shows, and why. */
  readonly notShown?: string;
}

/** Tests of one file, by their titles. */
export const by = (file: string, ...titles: string[]): ShownBy[] =>
  titles.map((title) => ({ file: `${file}.test.ts`, title }));
