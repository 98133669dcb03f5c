import { join } from 'node:path';
import { sql, type Kysely } from 'kysely';
import { checkLog, type LogCheck } from '../../src/acts/audit-check.ts';
import {
  anchorHeads,
  recordOfRow,
  sequenceEntries,
  signHead,
  type AuditLogDeps,
} from '../../src/acts/audit-log.ts';
import { createAnchor, type AnchorStore } from '../../src/audit/anchor.ts';
import { appendAuditEntry, type AuditEntry } from '../../src/audit/append.ts';
import { leafOf } from '../../src/audit/canonical.ts';
import { createSigningKeys } from '../../src/audit/signing-keys.ts';
import { growTiles } from '../../src/audit/tiles.ts';
import { connect } from '../../src/db/connect.ts';
import type { AuditRow } from '../../src/db/audit.ts';
import type { Tables } from '../../src/db/tables.ts';
import { readOrMakeSecretFile, replaceSecretFile } from '../../src/vault/secret-file.ts';
import { addProject, createTestDatabase, type TestDatabase } from '../support/database.ts';

export const ORIGIN = 'example.com/audit';
const DAY_MS = 86_400_000;

/** An anchor in memory, of which a test takes the store away. */
export interface TestAnchor extends AnchorStore {
  readonly objects: Map<string, Buffer>;
  away: boolean;
}

/** An audit log with everything that keeps it, and its owner's own hand on the tables. */
export interface AuditStage extends TestDatabase {
  readonly log: AuditLogDeps;
  readonly store: TestAnchor;
  /** What the tables' owner may do: anything. */
  readonly owner: Kysely<Tables>;
  /** Writes so many entries, dated at the instant. */
  append(count: number, at?: Date): Promise<void>;
  /** Gives entries their place, signs the head and anchors it. */
  keep(at?: Date): Promise<void>;
  /** Writes entries and keeps them, as often as said: a head for each time. */
  grow(heads: number, entries: number): Promise<void>;
  check(): Promise<LogCheck>;
  /** Runs a statement as the owner, with the guards switched off. */
  tamper(statement: string): Promise<void>;
  /** Makes the hashes of the tree anew from the rows, as whoever owns the tables can. */
  rebuildTree(): Promise<void>;
}

export function entryNumber(n: number, change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: new Date(Date.UTC(2026, 0, 1) + n * 1000),
    actor: { kind: 'staff', id: `staff-${n % 3}`, role: 'supervisor' },
    source: { workflowId: `session:${n}`, runId: `run-${n}`, activity: 'deleteSession' },
    action: 'session.deleted',
    object: { kind: 'session', id: `session-${n}` },
    projectId: 'shop',
    counts: { messages: n, revisions: 2 * n },
    reason: 'silence',
    opId: `op-${n}`,
    ...change,
  };
}

export async function createAuditStage(): Promise<AuditStage> {
  const database = await createTestDatabase();
  await addProject(database.db);
  const owner = connect(database.ownerUrl, () => undefined, 2);
  const store = memoryAnchor();
  const keys = createSigningKeys({
    path: join(database.secretsDir, 'audit-signing-keys.json'),
    name: ORIGIN,
    files: { readOrMake: readOrMakeSecretFile, replace: replaceSecretFile },
    now: () => new Date(),
  });
  const log: AuditLogDeps = { db: database.db, origin: ORIGIN, keys, anchor: createAnchor(store) };
  let written = 0;
  const stage: AuditStage = {
    ...database,
    log,
    store,
    owner,
    async append(count, at) {
      for (let n = 0; n < count; n++)
        await appendAuditEntry(database.db, entryNumber(++written, at && { at: new Date(at.getTime() + n) }));
    },
    async keep(at = new Date()) {
      while ((await sequenceEntries(log)) > 0);
      await signHead(log, at);
      await anchorHeads(log, at);
    },
    async grow(heads, entries) {
      for (let head = 0; head < heads; head++) {
        await stage.append(entries);
        await stage.keep(new Date(Date.now() - DAY_MS));
      }
    },
    check: () => checkLog(log),
    async tamper(statement) {
      const tables = ['audit_entry', 'audit_leaf'] as const;
      for (const table of tables)
        await sql`alter table ${sql.table(table)} disable trigger user`.execute(owner);
      for (const one of statement.split(';')) await sql.raw(one).execute(owner);
      for (const table of tables)
        await sql`alter table ${sql.table(table)} enable trigger user`.execute(owner);
    },
    async rebuildTree() {
      const { rows } = await sql<AuditRow>`
        select e.* from audit_leaf l join audit_entry e on e.seq = l.seq order by l.position`.execute(owner);
      const leaves = rows.map((row) => leafOf(recordOfRow(row)));
      for (const { level, index, bytes } of growTiles(0, leaves, []))
        await sql`
          insert into audit_tile (level, index, hashes) values (${level}, ${index}, ${bytes})
          on conflict (level, index) do update set hashes = excluded.hashes`.execute(owner);
    },
    async drop() {
      await owner.destroy();
      await database.drop();
    },
  };
  return stage;
}

function memoryAnchor(): TestAnchor {
  const objects = new Map<string, Buffer>();
  const present = () => {
    if (store.away) throw Object.assign(new Error('away'), { code: 'store_unavailable' });
  };
  const store: TestAnchor = {
    objects,
    away: false,
    async put(name, body) {
      present();
      if (objects.has(name) && !objects.get(name)?.equals(body)) throw new Error(`${name} is taken`);
      objects.set(name, body);
      await Promise.resolve();
    },
    get(name) {
      present();
      return Promise.resolve(objects.get(name) ?? Buffer.alloc(0));
    },
    async *list(prefix) {
      present();
      await Promise.resolve();
      yield* [...objects.keys()].filter((name) => name.startsWith(prefix));
    },
  };
  return store;
}
