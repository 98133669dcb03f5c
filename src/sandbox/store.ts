import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../domain/errors.ts';

/** A map that survives a restart: values are changed in place, then `put` again to be kept. */
export interface Table<T> {
  get(key: number | string): T | undefined;
  put(key: number | string, value: T): void;
  delete(key: number | string): void;
  deleteWhere(which: (value: T) => boolean): void;
  /** In the order in which the keys were first put. */
  values(): T[];
}

export interface Store {
  table<T>(name: string): Table<T>;
  writeFile(id: string, bytes: Uint8Array): void;
  readFile(id: string): Uint8Array | undefined;
}

type Rows = Map<string, unknown>;
type Entry = [table: string, key: string, value?: unknown];

/**
 * Keeps tables in memory and, given a state file, appends each change to it as one JSON line before the
 * call returns: a message id once handed out must not be handed out again after a kill, or the bot would
 * take a new message for one it has seen. The file is compacted when it is opened.
 */
export function openStore(stateFile?: string): Store {
  const tables = new Map<string, Rows>();
  const inMemory = new Map<string, Uint8Array>();
  if (stateFile !== undefined) {
    mkdirSync(filesDirectory(stateFile), { recursive: true, mode: 0o700 });
    if (existsSync(stateFile)) replay(stateFile, tables);
    compact(stateFile, tables);
  }

  const record = (entry: Entry) => {
    if (stateFile !== undefined) appendFileSync(stateFile, `${JSON.stringify(entry)}\n`);
  };

  return {
    table<T>(name: string): Table<T> {
      const rows = rowsOf(tables, name) as Map<string, T>;
      return {
        get: (key) => rows.get(String(key)),
        put(key, value) {
          rows.set(String(key), value);
          record([name, String(key), value]);
        },
        delete(key) {
          if (rows.delete(String(key))) record([name, String(key)]);
        },
        deleteWhere(which) {
          for (const [key, value] of rows) if (which(value)) this.delete(key);
        },
        values: () => [...rows.values()],
      };
    },
    writeFile(id, bytes) {
      if (stateFile === undefined) inMemory.set(id, bytes);
      else writeFileSync(join(filesDirectory(stateFile), id), bytes, { mode: 0o600 });
    },
    readFile(id) {
      if (stateFile === undefined) return inMemory.get(id);
      const path = join(filesDirectory(stateFile), id);
      return existsSync(path) ? readFileSync(path) : undefined;
    },
  };
}

function filesDirectory(stateFile: string): string {
  return `${stateFile}.files`;
}

function rowsOf(tables: Map<string, Rows>, name: string): Rows {
  let rows = tables.get(name);
  if (!rows) tables.set(name, (rows = new Map<string, unknown>()));
  return rows;
}

function replay(stateFile: string, tables: Map<string, Rows>): void {
  const lines = readFileSync(stateFile, 'utf8').split('\n');
  lines.forEach((line, index) => {
    if (line === '') return;
    let entry: Entry;
    try {
      entry = JSON.parse(line) as Entry;
    } catch (cause) {
      // A kill in the middle of a write leaves half a last line, whose change nobody was told of.
      if (index === lines.length - 1) return;
      throw new AppError(
        'input_invalid',
        `The sandbox's state file is damaged at line ${index + 1}; delete it to start with empty chats: ${stateFile}`,
        { cause },
      );
    }
    const [table, key, value] = entry;
    if (value === undefined) rowsOf(tables, table).delete(key);
    else rowsOf(tables, table).set(key, value);
  });
}

function compact(stateFile: string, tables: Map<string, Rows>): void {
  const draft = `${stateFile}.new`;
  writeFileSync(draft, '', { mode: 0o600 });
  for (const [table, rows] of tables) {
    const lines = [...rows].map(([key, value]) => `${JSON.stringify([table, key, value])}\n`);
    appendFileSync(draft, lines.join(''));
  }
  renameSync(draft, stateFile);
}
