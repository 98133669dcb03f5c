import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { Client } from 'pg';
import { createActs, type Acts } from '../../src/acts/acts.ts';
import { connect } from '../../src/db/connect.ts';
import { migrate } from '../../src/db/migrate.ts';
import { prepareDatabases } from '../../src/db/prepare.ts';
import { saveProject } from '../../src/db/projects.ts';
import type { Tables } from '../../src/db/tables.ts';
import { projectSchema, type ProjectFile } from '../../src/domain/project.ts';
import { createFileKeyEncryptionKeys, type FileKeyEncryptionKeys } from '../../src/vault/file-kek.ts';
import { migrateVault } from '../../src/vault/migrate.ts';
import type { VaultDatabase } from '../../src/vault/tables.ts';
import { createPseudonym, type Pseudonym } from '../../src/vault/pseudonym.ts';
import { createVault, type Vault } from '../../src/vault/vault.ts';

const TEMPLATE = 'retention_template';
const KEYS_TEMPLATE = 'retention_keys_template';
const PASSWORD = 'only-for-tests';

/** A migrated main database and keys database of one test file, reached with the service's own role. */
export interface TestDatabase {
  readonly db: Kysely<Tables>;
  /** The same without the counting of statements: for looking on. */
  readonly aside: Kysely<Tables>;
  readonly keys: Kysely<VaultDatabase>;
  readonly kek: FileKeyEncryptionKeys;
  readonly vault: Vault;
  readonly pseudonym: Pseudonym;
  readonly acts: Acts;
  /** Addresses as the service has them, and as the owner has the main one. */
  readonly url: string;
  readonly keysUrl: string;
  readonly ownerUrl: string;
  /** Holds the key encryption key; `drop` removes it. */
  readonly secretsDir: string;
  drop(): Promise<void>;
}

/** Makes the migrated databases that every test file clones. */
export async function prepareTemplate(superuserUrl: string): Promise<void> {
  const names = { database: TEMPLATE, keysDatabase: KEYS_TEMPLATE };
  await prepareDatabases({ superuserUrl, ...names, ownerPassword: PASSWORD, servicePassword: PASSWORD });
  const main = connect(as('retention_owner', TEMPLATE, superuserUrl), fail, 1);
  const keys = connect<VaultDatabase>(as('retention_owner', KEYS_TEMPLATE, superuserUrl), fail, 1);
  await migrate(main);
  await migrateVault(keys);
  await main.destroy();
  await keys.destroy();
}

/** Clones the templates; each test file has databases of its own. */
export async function createTestDatabase(onStatement?: () => void): Promise<TestDatabase> {
  const superuserUrl = process.env['TEST_POSTGRES_URL'];
  if (!superuserUrl) throw new Error('TEST_POSTGRES_URL is not set: run the tests with npm test -- FILE');
  const suffix = randomUUID().slice(0, 8);
  const names = [`retention_${suffix}`, `retention_keys_${suffix}`] as const;
  await run(superuserUrl, `create database ${names[0]} template ${TEMPLATE} owner retention_owner`);
  await run(superuserUrl, `create database ${names[1]} template ${KEYS_TEMPLATE} owner retention_owner`);
  const url = as('retention_service', names[0], superuserUrl);
  const keysUrl = as('retention_service', names[1], superuserUrl);
  const aside = connect(url, fail);
  const db = counted(aside, onStatement);
  const keys = counted(connect<VaultDatabase>(keysUrl, fail), onStatement);
  const secretsDir = await mkdtemp(join(tmpdir(), 'retention-secrets-'));
  const path = join(secretsDir, 'key-encryption-keys.json');
  const kek = createFileKeyEncryptionKeys({ path, now: () => new Date() });
  const vault = createVault({ db: keys, kek });
  const pseudonym = createPseudonym(Buffer.alloc(32, 7));
  return {
    db,
    aside,
    keys,
    kek,
    vault,
    pseudonym,
    acts: createActs({ db, vault, pseudonym }),
    url,
    keysUrl,
    ownerUrl: as('retention_owner', names[0], superuserUrl),
    secretsDir,
    async drop() {
      await db.destroy();
      await keys.destroy();
      for (const name of names) await run(superuserUrl, `drop database ${name} with (force)`);
      await rm(secretsDir, { recursive: true, force: true });
    },
  };
}

/** A project with production durations; a test names what it needs otherwise. */
export function testProject(change: Partial<ProjectFile> = {}): ProjectFile {
  return {
    ...projectSchema.parse({
      id: 'shop',
      name: 'Test shop',
      notice: { version: '1' },
      telegram: {
        staffChat: -1001,
        staff: [
          { id: 501, roles: ['agent'] },
          { id: 502, roles: ['supervisor'] },
        ],
      },
      policy: {
        idle: 'P7D',
        reopen: 'PT12H',
        keep: 'P730D',
        rules: [
          { id: 'transactions', when: { tag: 'transaction' }, keepAtLeast: 'P3Y', because: 'audits' },
          { id: 'records', when: { tag: 'healthcare' }, keepAtLeast: 'P20Y', because: 'medical records' },
        ],
        review: { window: 'P7D' },
        spam: { deleteAfter: 'P7D' },
      },
    }),
    ...change,
  };
}

/** Writes a project with its policy and staff. */
export async function addProject(db: Kysely<Tables>, project: ProjectFile = testProject()): Promise<void> {
  await saveProject(db, project, { author: 'test', reason: 'test', now: new Date() });
}

let lastUpdateId = 1000;

/** A customer's text message as the bot hands it on. */
export function customerMessage(
  text: string,
  change: {
    telegramUserId?: number;
    projectId?: string;
    updateId?: number;
    now?: Date;
    firstName?: string;
  } = {},
) {
  const updateId = change.updateId ?? ++lastUpdateId;
  const now = change.now ?? new Date();
  return {
    projectId: change.projectId ?? 'shop',
    botId: 77,
    updateId,
    from: {
      telegramUserId: change.telegramUserId ?? 9_000_000_001,
      profile: { firstName: change.firstName ?? 'Anna' },
    },
    kind: 'text',
    content: { text },
    attachments: [],
    telegramMessageId: updateId,
    sentAt: now,
    now,
  };
}

function as(role: string, database: string, superuserUrl: string): string {
  return Object.assign(new URL(superuserUrl), {
    username: role,
    password: PASSWORD,
    pathname: `/${database}`,
  }).href;
}

function counted<T>(db: Kysely<T>, onStatement?: () => void): Kysely<T> {
  if (!onStatement) return db;
  return db.withPlugin({
    transformQuery({ node }) {
      onStatement();
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  });
}

async function run(url: string, statement: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function fail(error: Error) {
  // A test that kills PostgreSQL opens its own pools; here a broken connection is a fault.
  if (!/terminat/.test(error.message)) throw error;
}
