import { Client } from 'pg';

/** A copy of a database as it stood when it was made. */
export interface BackUp {
  /** Puts the database back to what it was; every connection to it breaks. */
  restore(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Copies a database as a template. It stands in for a dump, which the PostgreSQL of the tests cannot make:
 * of its programs only the server's own are there. Row for row the copy is the same.
 */
export async function backUp(databaseUrl: string, superuserUrl: string): Promise<BackUp> {
  const name = new URL(databaseUrl).pathname.slice(1);
  const copy = `${name}_copy`;
  await onServer(superuserUrl, async (run) => {
    await run(`drop database if exists ${copy}`);
    await alone(run, name, () => run(`create database ${copy} template ${name} owner retention_owner`));
  });
  return {
    restore: () =>
      onServer(superuserUrl, async (run) => {
        await run(`drop database ${name} with (force)`);
        await run(`create database ${name} template ${copy} owner retention_owner`);
      }),
    remove: () => onServer(superuserUrl, (run) => run(`drop database if exists ${copy}`)),
  };
}

type Run = (statement: string) => Promise<unknown>;

/** A database that somebody is connected to cannot be copied: they are sent away, and kept away meanwhile. */
async function alone(run: Run, name: string, work: () => Promise<unknown>): Promise<void> {
  await run(`alter database ${name} allow_connections false`);
  try {
    await run(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}'`);
    await work();
  } finally {
    await run(`alter database ${name} allow_connections true`);
  }
}

async function onServer(superuserUrl: string, work: (run: Run) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await work((statement) => client.query(statement));
  } finally {
    await client.end();
  }
}
