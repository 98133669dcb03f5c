import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import { Client, Pool } from 'pg';
import { createFileKeyEncryptionKeys } from '../../src/vault/file-kek.ts';
import type { FileKeyEncryptionKeys } from '../../src/vault/file-kek.ts';
import { migrateVault } from '../../src/vault/migrate.ts';
import type { VaultDatabase } from '../../src/vault/tables.ts';

export interface VaultFixture extends AsyncDisposable {
  readonly db: Kysely<VaultDatabase>;
  readonly kek: FileKeyEncryptionKeys;
  readonly directory: string;
  /** How many statements the database has been sent so far. */
  readonly statements: () => number;
}

/** A vault database of its own and a directory for its key file; both are gone after disposal. */
export async function vaultFixture(): Promise<VaultFixture> {
  const server = process.env.TEST_POSTGRES_URL;
  if (server === undefined) throw new Error('TEST_POSTGRES_URL is not set: run the tests through npm test.');
  const name = `vault_${randomUUID().replaceAll('-', '')}`;
  await asSuperuser(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = name;
  let statements = 0;
  const db = new Kysely<VaultDatabase>({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: url.href }) }),
    log: () => void statements++,
  });
  await migrateVault(db);
  const directory = await mkdtemp(join(tmpdir(), 'vault-'));
  const kek = createFileKeyEncryptionKeys({ path: join(directory, 'kek.json'), now: () => new Date() });
  return {
    db,
    kek,
    directory,
    statements: () => statements,
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await asSuperuser(server, `drop database ${name} with (force)`);
      await rm(directory, { recursive: true });
    },
  };
}

async function asSuperuser(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
