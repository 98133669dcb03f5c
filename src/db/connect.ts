import { Kysely, PostgresDialect } from 'kysely';
import { Pool, types } from 'pg';
import { PreparingClient } from './preparing-client.ts';
import type { Tables } from './tables.ts';

// Telegram ids and sequence numbers stay far below 2^53, so bigint columns are read as numbers.
types.setTypeParser(types.builtins.INT8, Number);

/**
 * Opens a connection pool to a PostgreSQL database.
 *
 * @param onError hears of connections that broke while idle; the pool replaces them by itself
 */
export function connect<T = Tables>(url: string, onError: (error: Error) => void, max = 10): Kysely<T> {
  const pool = new Pool({ connectionString: url, max, Client: PreparingClient });
  pool.on('error', onError);
  // A connection that breaks between two statements of a transaction tells only itself, and unheard that
  // ends the process. Heard, it is enough: the next statement fails, and whoever asked tries again.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<T>({ dialect: new PostgresDialect({ pool }) });
}
