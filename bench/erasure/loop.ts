import { appendAuditEntry } from '../../src/audit/append.ts';
import { sessionPrefix } from '../../src/archive/names.ts';
import { openStore } from '../../src/archive/open-store.ts';
import { manifestsOf } from '../../src/db/archives.ts';
import { forgetSubject } from '../../src/db/erasure-subject.ts';
import { markDeleted, measure } from '../../src/db/deletion.ts';
import { readLife } from '../../src/db/life.ts';
import type { TestDatabase } from '../../test/support/database.ts';
import { PROJECT, type ArchivedSubject } from './subject.ts';

const actor = { kind: 'operator', id: 'bench' } as const;

/**
 * The peer: the same calls of vault, store and database in a plain loop, without Temporal. It has no clocks,
 * no progress, and begins anew where it is killed.
 *
 * @param lanes sessions at work at once
 * @returns seconds to the last destroyed key, and to the end
 */
export async function eraseInLoop(
  database: TestDatabase,
  archiveUrl: string,
  subject: ArchivedSubject,
  lanes: number,
): Promise<{ keys: number; done: number }> {
  const { db, vault } = database;
  const store = await openStore(archiveUrl);
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  for (const sessionId of subject.sessionIds) await vault.destroy({ sessionId });
  await vault.destroy({ sessionId: null, subjectId: subject.id });
  const keys = seconds();

  async function erase(sessionId: string): Promise<void> {
    const now = new Date();
    const counts = await measure(db, sessionId);
    const entry = { at: now, actor, object: { kind: 'session', id: sessionId }, projectId: PROJECT, counts };
    await appendAuditEntry(db, { ...entry, action: 'deletion.began' });
    const prefix = sessionPrefix({ project: PROJECT, session: sessionId });
    for (const { object_name: name, generation } of await manifestsOf(db, sessionId))
      await store.delete(name, generation);
    await nothingLeft(prefix);
    if ((await vault.stillThere(sessionId)) > 0) throw new Error(`A key of ${sessionId} is still there.`);
    await db.transaction().execute(async (tx) => {
      await markDeleted(tx, await readLife(tx, sessionId, now), now);
      await appendAuditEntry(tx, { ...entry, action: 'session.erased' });
    });
  }
  async function nothingLeft(prefix: string): Promise<void> {
    for await (const object of store.list(prefix)) throw new Error(`${object.name} is still there.`);
  }

  const waiting = [...subject.sessionIds];
  const lane = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await erase(id);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  for (const sessionId of subject.sessionIds)
    await nothingLeft(sessionPrefix({ project: PROJECT, session: sessionId }));
  await db
    .transaction()
    .execute((tx) => forgetSubject(tx, { subject_id: subject.id, confirmed_at: new Date() }));
  return { keys, done: seconds() };
}
