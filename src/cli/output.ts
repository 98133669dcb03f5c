import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import type { CliDeps } from './deps.ts';

export type Cell = string | number | boolean | Date | null | readonly string[];

/** How a command gives out what it found. */
export interface Output {
  /** Writes data: as JSON for programs, otherwise what `forPeople` makes of it. No text, no line. */
  data(value: unknown, forPeople: (style: Style) => string): void;
  /** Says something to people; programs need not hear it. */
  note(text: string): void;
}

/** Makes text stand out, where the output shows colours. */
export interface Style {
  heading(text: string): string;
  warning(text: string): string;
}

/** Adds `--json` to a command that gives data out. */
export function jsonOption(): Option {
  return new Option('--json', 'print JSON, for programs');
}

export function createOutput(deps: Pick<CliDeps, 'stdout' | 'stderr'>, command: Command): Output {
  const { json } = command.opts<{ json?: boolean }>();
  const style = styleFor(deps.stdout);
  return {
    data(value, forPeople) {
      const text = json ? JSON.stringify(value, null, 2) : forPeople(style);
      if (text) deps.stdout.write(`${text}\n`);
    },
    note: (text) => void deps.stderr.write(`${text}\n`),
  };
}

/** Node itself looks at what the stream is and at NO_COLOR. */
function styleFor(stream: Writable): Style {
  return {
    heading: (text) => styleText('bold', text, { stream, validateStream: true }),
    warning: (text) => styleText('yellow', text, { stream, validateStream: true }),
  };
}

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((name) => [name, '']),
);

/** Rows in columns under their headings, without lines around them. */
export function table(style: Style, headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const right = rows[0]?.map((cell) => (typeof cell === 'number' ? 'right' : 'left')) ?? [];
  return columns(
    [headings.map((heading) => style.heading(heading)), ...rows.map((row) => row.map(cellText))],
    right,
  );
}

/** Names and values, one pair a line; those without a value are left out. */
export function facts(pairs: readonly (readonly [string, Cell | undefined])[]): string {
  return columns(
    pairs.flatMap(([name, value]) =>
      value === null || value === undefined || value === '' ? [] : [[name, cellText(value)]],
    ),
    [],
  );
}

function columns(rows: readonly string[][], colAligns: ('left' | 'right')[]): string {
  const lines = new Table({
    chars: { ...NO_LINES, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns,
  });
  lines.push(...rows);
  return lines.toString().replace(/[ \t]+$/gm, '');
}

function cellText(cell: Cell): string {
  if (cell === null) return '-';
  // Tables are wide enough without the name of the zone.
  if (cell instanceof Date) return when(cell).replace(' UTC', 'Z');
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  if (typeof cell === 'object') return cell.length > 0 ? printable(cell.join(', ')) : '-';
  return printable(String(cell));
}

/** A date as people read it, always in UTC. */
export function when(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Text that people wrote, without what a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}

/** Enough of an id to recognise it and to name it in the next command. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
