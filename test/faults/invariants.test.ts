import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql, type Kysely, type Transaction } from 'kysely';
import { checkLog } from '../../src/acts/audit-check.ts';
import { sequenceEntries, signHead } from '../../src/acts/audit-log.ts';
import { openDirectoryStore } from '../../src/archive/directory.ts';
import { connect } from '../../src/db/connect.ts';
import type { Tables } from '../../src/db/tables.ts';
import { openSigningKeys } from '../../src/main/audit-deps.ts';
import { createStage, OPERATOR, type Stage } from '../cli/stage.ts';
import { INVARIANTS, type Invariant, type Scene } from './invariant.ts';
import { findViolations } from './invariants.ts';

/** Undoes what a test planted. */
class Undone extends Error {}

describe('the checker of invariants', () => {
  let stage: Stage;
  let owner: Kysely<Tables>;
  let scene: Scene;
  let scratch: string;
  let open: string;
  let archived: string;
  const planted = new Set<Invariant>();

  before(async () => {
    stage = await createStage();
    const { database } = stage;
    owner = connect(database.ownerUrl, () => undefined, 2);
    scratch = await mkdtemp(join(tmpdir(), 'retention-invariants-'));
    archived = await stage.archiveSession();
    open = await stage.openSession();
    const store = await openDirectoryStore(stage.archiveDir);
    const keys = await openSigningKeys(database.secretsDir);
    await sequenceEntries({ db: database.db, ...keys });
    await signHead({ db: database.db, ...keys }, new Date());
    scene = {
      ...{ db: database.db, vault: database.vault, now: stage.now, places: [scratch] },
      stores: { of: () => Promise.resolve(store), at: () => Promise.resolve(store) },
      marks: ['9000000001', '9000000002'],
      erasedMarks: ['Mademoiselle'],
      phaseInWorkflow: (id) => Promise.resolve(id === open ? 'open' : 'archived'),
      auditFindings: async () => (await checkLog({ db: database.db, ...keys })).findings,
    };
  });
  after(async () => {
    await owner.destroy();
    await stage.close();
    await rm(scratch, { recursive: true, force: true });
  });

  it('finds nothing where nothing is wrong', async () => {
    assert.deepEqual(await findViolations(scene), []);
  });

  /** Looks as the owner of the tables, who may do what the service cannot, and undoes it. */
  async function planting(
    invariant: Invariant,
    plant: (tx: Transaction<Tables>) => Promise<unknown>,
    change: () => Partial<Scene> = () => ({}),
  ) {
    const undone = owner.transaction().execute(async (tx) => {
      await sql`set local lock_timeout = '10s'`.execute(tx);
      await dropGuards(tx);
      await plant(tx);
      // The check of the log reads over a connection of its own, which waits for this one.
      const auditFindings = () => Promise.resolve([]);
      const found = await findViolations({ ...scene, auditFindings, db: tx, ...change() });
      assert.ok(
        found.some((one) => one.invariant === invariant),
        `${invariant}: ${JSON.stringify(found)}`,
      );
      throw new Undone();
    });
    await assert.rejects(undone, Undone);
    planted.add(invariant);
  }

  it('I1: a message that is lost, one too many, and a session in the wrong place', async () => {
    await planting('I1', (tx) => tx.deleteFrom('message').where('session_id', '=', open).execute());
    await planting(
      'I1',
      () => Promise.resolve(),
      () => ({ accepted: 3 }),
    );
    await planting('I1', (tx) => tx.updateTable('session').set({ phase: 'open' }).execute());
  });

  it('I2: a message, an object and an entry that are there twice', async () => {
    await planting('I2', (tx) =>
      sql`insert into archive select gen_random_uuid(), ${columnsAfterId('archive')}`.execute(tx),
    );
    await planting('I2', (tx) =>
      sql`insert into audit_entry (at, actor_kind, actor_id, action, object_kind, object_id, counts)
        select at, actor_kind, actor_id, action, object_kind, object_id, counts from audit_entry
        where action = 'session.archived'`.execute(tx),
    );
  });

  it('I3: an altered object, other counts, and an archive that no entry knows', async () => {
    const [file = ''] = await filesBelow(stage.archiveDir);
    const bytes = await readFile(file);
    const harmed = Buffer.from(bytes);
    harmed.writeUInt8(harmed.readUInt8(harmed.length - 1) ^ 1, harmed.length - 1);
    await writeFile(file, harmed);
    await planting('I3', () => Promise.resolve());
    await rm(file);
    await planting('I3', () => Promise.resolve());
    await writeFile(file, bytes, { mode: 0o600 });
    await planting('I3', (tx) => tx.updateTable('archive').set({ messages: 7 }).execute());
    await planting('I3', (tx) =>
      tx.updateTable('session').set({ phase: 'archived' }).where('id', '=', open).execute(),
    );
    assert.deepEqual(await findViolations(scene), []);
  });

  it('I4: a deletion without an entry, with its object and with its key', async () => {
    await planting('I4', (tx) =>
      tx.updateTable('session').set({ phase: 'deleted' }).where('id', '=', archived).execute(),
    );
    await planting('I4', (tx) =>
      sql`insert into audit_entry (at, actor_kind, actor_id, action, object_kind, object_id, counts)
        values (now(), 'system', 'x', 'session.deleted', 'session', ${open}, '{}')`.execute(tx),
    );
  });

  it('I5: a deletion that began under a hold', async () => {
    const held = { sessionId: archived, reason: 'a claim', actor: OPERATOR, now: stage.now };
    await stage.database.acts.placeHold(held);
    assert.deepEqual(await findViolations(scene), []);
    await planting('I5', (tx) =>
      tx.updateTable('session').set({ deletion_began_at: stage.now }).where('id', '=', archived).execute(),
    );
    await planting('I5', async (tx) => {
      await tx.deleteFrom('hold').execute();
      await sql`insert into audit_entry (at, actor_kind, actor_id, action, object_kind, object_id, counts)
        values (now(), 'system', 'x', 'deletion.began', 'session', ${archived}, '{}')`.execute(tx);
    });
  });

  it('I6: words of somebody who is erased, in a file and in a row', async () => {
    const file = join(scratch, 'leak');
    await writeFile(file, `before ${Buffer.from('Mademoiselle').toString('hex')} after`);
    await planting('I6', () => Promise.resolve());
    await rm(file);
    await planting('I6', (tx) => tx.updateTable('hold').set({ reason: 'for Mademoiselle' }).execute());
  });

  it('I7: a workflow that stands elsewhere, and none at all', async () => {
    const told = (phase: 'review' | undefined) => () => ({ phaseInWorkflow: () => Promise.resolve(phase) });
    await planting('I7', () => Promise.resolve(), told('review'));
    await planting('I7', () => Promise.resolve(), told(undefined));
  });

  it('I8: an entry that was altered', async () => {
    const actor = (id: string) =>
      owner.transaction().execute(async (tx) => {
        await sql`alter table audit_entry disable trigger user`.execute(tx);
        await sql`update audit_entry set actor_id = ${id} where seq = 1`.execute(tx);
        await sql`alter table audit_entry enable trigger user`.execute(tx);
      });
    const { actor_id: before } = await owner
      .selectFrom('audit_entry')
      .select('actor_id')
      .where('seq', '=', 1)
      .executeTakeFirstOrThrow();
    await actor('somebody else');
    const [found] = await findViolations(scene);
    assert.equal(found?.invariant, 'I8');
    planted.add('I8');
    await actor(before);
    assert.deepEqual(await findViolations(scene), []);
  });

  it('I9: a deadline that passed and nobody was called', async () => {
    const late = { phase: 'closed', archive_due_at: new Date(stage.now.getTime() - 86_400_000) } as const;
    await planting('I9', async (tx) => {
      await tx.deleteFrom('outbox').execute();
      await tx.updateTable('session').set(late).where('id', '=', open).execute();
    });
  });

  it('I10: a Telegram id in another column, and a column that nobody mapped', async () => {
    await planting('I10', (tx) => tx.updateTable('hold').set({ reason: 'see 9000000001' }).execute());
    await planting('I10', (tx) => sql`alter table session add column nickname text`.execute(tx));
  });

  it('was seen to find a violation of every one of them', () => {
    assert.deepEqual([...planted].sort(), Object.keys(INVARIANTS).sort());
  });

  function columnsAfterId(table: 'archive') {
    const columns = ['session_id', 'subject_id', 'attachment_id', 'store', 'object_name', 'generation'];
    const facts = ['size_bytes', 'sha256', 'content_sha256', 'schema_version', 'key_id', 'messages'];
    const rest = ['revisions', 'attachments', 'written_at', 'deleted_at'];
    const all = [...columns, ...facts, ...rest].map((name) => sql.ref(name));
    return sql`${sql.join(all)} from ${sql.table(table)}`;
  }
});

/** The database itself refuses much of what is planted here. */
async function dropGuards(tx: Transaction<Tables>): Promise<void> {
  await sql`do $$ declare guard record; begin
    for guard in select conrelid::regclass as tab, conname from pg_constraint
      where contype in ('c', 'u') and connamespace = 'public'::regnamespace
    loop execute format('alter table %s drop constraint %I', guard.tab, guard.conname); end loop;
    for guard in select i.indexrelid::regclass as name from pg_index i
      join pg_class c on c.oid = i.indrelid
      where c.relnamespace = 'public'::regnamespace and i.indisunique and not i.indisprimary
    loop execute format('drop index %s', guard.name); end loop;
  end $$`.execute(tx);
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.parentPath !== directory)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
