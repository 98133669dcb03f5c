import { Client } from 'pg';
import { AppError } from '../domain/errors.ts';

/** The databases and roles of one installation, with the passwords to give the roles. */
export interface Preparation {
  readonly superuserUrl: string;
  readonly database: string;
  readonly keysDatabase: string;
  readonly ownerPassword: string;
  readonly servicePassword: string;
}

/**
 * Creates what is missing of the two roles and the two databases: `retention_owner` owns the tables and
 * migrates, `retention_service` works and cannot change an audit entry. Keys live in a database of their
 * own, so that they have back-ups of their own.
 */
export async function prepareDatabases(preparation: Preparation): Promise<void> {
  const client = new Client({ connectionString: preparation.superuserUrl });
  await client.connect();
  try {
    // Two processes may start at once on an empty cluster.
    await client.query("select pg_advisory_lock(hashtext('telegram-retention prepare'))");
    await ensureRole(client, 'retention_owner', preparation.ownerPassword);
    await ensureRole(client, 'retention_service', preparation.servicePassword);
    await ensureDatabase(client, preparation.database);
    await ensureDatabase(client, preparation.keysDatabase);
  } finally {
    await client.end();
  }
  await grantKeys(preparation);
}

/** The service works on every table of the keys database, those that later migrations make included. */
async function grantKeys(preparation: Preparation) {
  const url = new URL(preparation.superuserUrl);
  url.pathname = `/${preparation.keysDatabase}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query('grant usage on schema public to retention_service');
    await client.query(
      'alter default privileges for role retention_owner in schema public grant select, insert, update, delete on tables to retention_service',
    );
  } finally {
    await client.end();
  }
}

async function ensureRole(client: Client, role: string, password: string) {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  const verb = rowCount ? 'alter' : 'create';
  await client.query(`${verb} role ${role} login password ${client.escapeLiteral(password)}`);
}

async function ensureDatabase(client: Client, database: string) {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
  const name = client.escapeIdentifier(database);
  if (!rowCount) await client.query(`create database ${name} owner retention_owner`);
  await client.query(`revoke all on database ${name} from public`);
  await client.query(`grant connect on database ${name} to retention_service`);
}

/**
 * Refuses a database whose locale cannot fold letters beyond ASCII: with LC_CTYPE=C, a search for a
 * Cyrillic or Chinese word silently finds nothing.
 */
export async function assertLocale(superuserOrServiceUrl: string): Promise<void> {
  const client = new Client({ connectionString: superuserOrServiceUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ folds: boolean; name: string }>(
      `select lower('Ж') = 'ж' as folds, current_database() as name`,
    );
    if (!rows[0]?.folds)
      throw new AppError(
        'config_invalid',
        `Database ${rows[0]?.name ?? ''} has a locale that knows ASCII only. ` +
          'Create it again with locale C.UTF-8 or an ICU locale, then restore into it.',
      );
  } finally {
    await client.end();
  }
}
