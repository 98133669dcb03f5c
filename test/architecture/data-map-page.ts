// node test/architecture/data-map-page.ts > docs/data-map.md
import { format, resolveConfig } from 'prettier';
import {
  KEYS_TABLES,
  OBJECTS,
  OTHER_PLACES,
  type PlaceEntry,
  type TableEntry,
} from '../../src/domain/data-map.ts';
import { MAIN_TABLES } from '../../src/domain/data-map-main.ts';

/** The data map as a page for people. */
export async function dataMapPage(): Promise<string> {
  const page = `# Data map

Where something of a person can be, and what an erasure does with it. This page is made from
\`src/domain/data-map.ts\` and \`src/domain/data-map-main.ts\`; a test compares those with the migrated databases, so that
no column goes without an entry. How an erasure proceeds is told in [erasure.md](erasure.md).

Rows go **with the session** (removed with the person's part of it, and every such table is asked afterwards), **with
the person** (removed with the row that knows their Telegram id, after the receipt), **once handled** (by themselves, as
soon as their turn came), or are **kept** for the reason given.

## Main database

${tables(MAIN_TABLES)}

## Keys database

${tables(KEYS_TABLES)}

## Stores

${places(Object.entries(OBJECTS).map(([name, entry]) => ({ place: `\`${name}\``, ...entry })))}

## Everywhere else

${places(OTHER_PLACES)}
`;
  return format(page, { ...(await resolveConfig(import.meta.filename)), parser: 'markdown' });
}

function tables(map: Readonly<Record<string, TableEntry>>): string {
  return Object.entries(map)
    .map(([table, entry]) => `### \`${table}\`\n\n${rowsOf(entry)}\n\n${columnsOf(entry)}`)
    .join('\n\n');
}

function places(list: readonly PlaceEntry[]): string {
  return list
    .map(({ place, holds, erasure }) => `- **${place}** (${holds.join(', ')}): ${erasure}`)
    .join('\n');
}

function columnsOf({ columns }: TableEntry): string {
  return Object.entries(columns)
    .map(
      ([holds, names]) =>
        `- ${holds}: ${names
          .split(' ')
          .map((name) => `\`${name}\``)
          .join(', ')}`,
    )
    .join('\n');
}

function rowsOf({ rows, because, emptied, except }: TableEntry): string {
  const more = [
    because,
    emptied && `Emptied where it stays: ${emptied.map((name) => `\`${name}\``).join(', ')}.`,
    except && `Rows with \`${except}\` stay.`,
  ].filter(Boolean);
  return [`**${rows}**.`, ...more].join(' ').replace(/\*\*\w/, (start) => start.toUpperCase());
}

if (import.meta.main) process.stdout.write(await dataMapPage());
