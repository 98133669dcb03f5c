import Table from 'cli-table3';
import { Client } from 'pg';

/** Counts SQL statements on the server itself, with the extension pg_stat_statements. */
export interface StatementCounter {
  reset(): Promise<void>;
  /** Prints what ran in a database and its keys database since the reset, per session. */
  print(databaseUrls: readonly string[], sessions: number): Promise<void>;
}

/** PostgreSQL loads the extension's library only as it starts, so this comes before a restart. */
export async function preloadStatementCounter(superuserUrl: string): Promise<void> {
  await query(superuserUrl, `alter system set shared_preload_libraries = 'pg_stat_statements'`);
}

export async function openStatementCounter(superuserUrl: string): Promise<StatementCounter> {
  await query(superuserUrl, 'create extension if not exists pg_stat_statements');
  return {
    async reset() {
      await query(superuserUrl, 'select pg_stat_statements_reset()');
    },
    async print(databaseUrls, sessions) {
      const names = databaseUrls.map((url) => new URL(url).pathname.slice(1));
      const rows = await query<{ calls: number; ms: number; text: string }>(
        superuserUrl,
        `select calls::int, total_exec_time + total_plan_time as ms, left(regexp_replace(query, '\\s+', ' ', 'g'), 90) as text
         from pg_stat_statements s join pg_database d on d.oid = s.dbid
         where d.datname = any($1) order by calls desc, text`,
        [names],
      );
      const table = new Table({
        head: ['a session', 'ms in all', 'statement'],
        style: { head: [], border: [] },
      });
      const perSession = (value: number) => (value / sessions).toFixed(2);
      for (const { calls, ms, text } of rows)
        if (calls >= sessions / 10) table.push([perSession(calls), perSession(ms), text]);
      console.log(table.toString());
      const total = rows.reduce((sum, { calls }) => sum + calls, 0);
      console.log(`${perSession(total)} statements a session, ${sessions} sessions.`);
    },
  };
}

/** Runs one statement on a connection of its own. */
export async function query<Row extends object>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
