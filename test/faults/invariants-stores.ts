import { createHash } from 'node:crypto';
import { archiveContext, attachmentContext, sessionPrefix } from '../../src/archive/names.ts';
import type { ArchiveStore } from '../../src/archive/store.ts';
import { verifyArchive } from '../../src/archive/verify.ts';
import { manifestsOf } from '../../src/db/archives.ts';
import type { ArchiveRow } from '../../src/db/tables.ts';
import { openStream } from '../../src/vault/sealed-stream.ts';
import type { Scene, Violation } from './invariant.ts';

interface SessionRow {
  readonly id: string;
  readonly project_id: string;
  readonly phase: string;
  readonly deletion_began_at: Date | null;
  readonly erasure_id: string | null;
}

/** What the stores and the vault show to be wrong. */
export async function storeInvariants(scene: Scene): Promise<Violation[]> {
  const sessions = await scene.db
    .selectFrom('session')
    .select(['id', 'project_id', 'phase', 'deletion_began_at', 'erasure_id'])
    .execute();
  const violations: Violation[] = [];
  for (const session of sessions) {
    if (session.phase === 'deleted') violations.push(...(await nothingLeft(scene, session)));
    else if (session.deletion_began_at === null && session.erasure_id === null)
      violations.push(...(await allThere(scene, session)));
  }
  return [...violations, ...(await keysOfErased(scene))];
}

async function allThere(scene: Scene, { id, project_id: project }: SessionRow): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const manifest of await manifestsOf(scene.db, id)) {
    const store = await scene.stores.at(manifest.store);
    const fault = await verify(scene, store, manifest, project).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (fault !== undefined)
      violations.push({
        invariant: 'I3',
        what: 'an archive object is not what was recorded',
        evidence: { session: id, object: manifest.object_name, fault },
      });
  }
  return violations;
}

async function verify(scene: Scene, store: ArchiveStore, row: ArchiveRow, project: string): Promise<void> {
  const { session_id: session, subject_id: subject } = row;
  if (row.attachment_id !== null) return verifyAttachment(scene, store, row, project);
  const place = { project, session, subject };
  const { messages, revisions, attachments } = row;
  await verifyArchive({
    store,
    open: openStream(scene.vault, archiveContext(place)),
    manifest: {
      name: row.object_name,
      place,
      generation: row.generation,
      size: row.size_bytes,
      sha256: row.sha256,
      contentSha256: row.content_sha256,
      counts: { messages, revisions, attachments },
    },
  });
}

async function verifyAttachment(
  { vault }: Scene,
  store: ArchiveStore,
  row: ArchiveRow,
  project: string,
): Promise<void> {
  const context = attachmentContext({
    ...{ project, session: row.session_id, attachment: row.attachment_id ?? '' },
  });
  const hash = createHash('sha256');
  for await (const chunk of openStream(vault, context)(store.get(row.object_name, row.generation)))
    hash.update(chunk);
  if (hash.digest('hex') !== row.content_sha256) throw new Error('its content has another hash');
}

/** Objects of a deleted session in any store that ever had one, and its keys. */
async function nothingLeft(
  { db, stores, vault }: Scene,
  { id, project_id: project }: SessionRow,
): Promise<Violation[]> {
  const used = await db
    .selectFrom('archive')
    .select('store')
    .distinct()
    .where('session_id', '=', id)
    .execute();
  const all = new Set([
    await stores.of(project),
    ...(await Promise.all(used.map(({ store }) => stores.at(store)))),
  ]);
  const violations: Violation[] = [];
  for (const store of all)
    for await (const { name, state } of store.list(sessionPrefix({ project, session: id })))
      if (state !== 'soft-deleted')
        violations.push({
          invariant: 'I4',
          what: 'a session is deleted and an object of it is there',
          evidence: { session: id, object: name, state },
        });
  const keys = await vault.stillThere(id);
  if (keys > 0)
    violations.push({
      invariant: 'I4',
      what: 'a session is deleted and its key is there',
      evidence: { session: id, keys },
    });
  return violations;
}

/** Whoever is erased has no row, unless they wrote again, and no session that went with it has a key. */
async function keysOfErased({ db, vault }: Scene): Promise<Violation[]> {
  const done = await db
    .selectFrom('erasure')
    .leftJoin('subject', (join) =>
      join
        .onRef('subject.id', '=', 'erasure.subject_id')
        .onRef('subject.created_at', '<=', 'erasure.confirmed_at')
        .on((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('participant as p')
                .select('p.session_id')
                .whereRef('p.subject_id', '=', 'subject.id')
                .where('p.erasure_id', 'is', null),
            ),
          ),
        ),
    )
    .select(['erasure.id', 'subject.id as subject'])
    .where('state', '=', 'done')
    .execute();
  const violations: Violation[] = [];
  for (const { id, subject } of done) {
    const sessions = await db
      .selectFrom('session')
      .select('id')
      .where('erasure_id', '=', id)
      .where('phase', '!=', 'deleted')
      .execute();
    let keys = 0;
    for (const session of sessions) keys += await vault.stillThere(session.id);
    if (subject !== null || sessions.length > 0 || keys > 0)
      violations.push({
        invariant: 'I6',
        what: 'an erasure is done and something of the person is there',
        evidence: { erasure: id, subject, sessions: sessions.length, keys },
      });
  }
  return violations;
}
