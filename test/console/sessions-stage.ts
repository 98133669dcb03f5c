import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/index.ts';
import { createExportActivities } from '../../activities/export.ts';
import type { Translations } from '../../src/acts/translations.ts';
import { openDirectoryStore } from '../../src/archive/directory.ts';
import { createErasureLedger } from '../../src/archive/ledger.ts';
import { createLog } from '../../src/log.ts';
import { customerMessage } from '../support/database.ts';
import { openConsoleStage, type ConsoleStage } from './stage.ts';

const DAY_MS = 86_400_000;
const ACTOR = { kind: 'operator', id: 'test' } as const;

export const PHOTO = Buffer.from('the bytes of a photo');

/** A console with an archive behind it, and sessions at every point of their lives. */
export interface SessionsStage extends ConsoleStage {
  /** A session of a customer of its own, with one message, some time ago. */
  say(text: string, change?: SayChange): Promise<{ sessionId: string; subjectId: string }>;
  archive(sessionId: string): Promise<void>;
  /** Confirms an erasure of a customer; nothing is removed yet. */
  confirmErasure(telegramUserId: number): Promise<void>;
  /** Does what the workflow of an export does, up to where its files are there. */
  writeExport(exportId: string): Promise<void>;
  entries(action: string): Promise<{ reason: string | null; object_id: string; actor_id: string }[]>;
  stop(): Promise<void>;
}

interface SayChange {
  readonly telegramUserId?: number;
  readonly firstName?: string;
  readonly projectId?: string;
  readonly daysAgo?: number;
  readonly photo?: string;
}

export async function openSessionsStage(
  options: { readonly translations?: Translations } = {},
): Promise<SessionsStage> {
  const directory = await mkdtemp(join(tmpdir(), 'retention-console-'));
  const store = await openDirectoryStore(join(directory, 'archive'));
  const stores = { of: () => Promise.resolve(store), at: () => Promise.resolve(store) };
  const at = await openConsoleStage({ stores, ...options });
  const { db, acts } = at.database;
  const deps = {
    ...at.database,
    ...{ stores, log: createLog('silent'), reached: () => undefined },
    ledger: createErasureLedger(() => Promise.resolve(store)),
    fetchAttachment: () => Promise.resolve({ bytes: PHOTO }),
  };
  const activities = createActivities(deps);
  const exports = createExportActivities(deps);
  const run = <T>(work: () => Promise<T>) => new MockActivityEnvironment().run(work);
  let customers = 5_000_000;
  return {
    ...at,
    async say(text, change = {}) {
      const now = new Date(at.now().getTime() - (change.daysAgo ?? 0) * DAY_MS);
      const telegramUserId = change.telegramUserId ?? ++customers;
      const { photo } = change;
      const file = {
        ...{ kind: 'photo', sizeBytes: PHOTO.length },
        content: { fileId: 'file-1', fileName: photo ?? '' },
      };
      const message = customerMessage(text, { ...change, telegramUserId, now });
      const { sessionId } = await acts.receiveMessage({
        ...message,
        attachments: photo === undefined ? [] : [file],
      });
      const row = await db
        .selectFrom('session')
        .select('subject_id')
        .where('id', '=', sessionId ?? '')
        .executeTakeFirstOrThrow();
      return { sessionId: sessionId ?? '', subjectId: row.subject_id ?? '' };
    },
    async archive(sessionId) {
      const now = at.now();
      await acts.closeSession({ sessionId, actor: ACTOR, now, reason: 'api' });
      await run(() => activities.archiveSession({ sessionId, now: now.getTime() + DAY_MS }));
    },
    async confirmErasure(telegramUserId) {
      const act = { projectId: 'shop', telegramUserId, now: at.now() };
      const { nonce } = await acts.requestErasure(act);
      await acts.confirmErasure({ ...act, nonce: nonce ?? '' });
    },
    async writeExport(exportId) {
      const moment = { exportId, now: at.now().getTime() };
      await run(() => exports.planExport(moment));
      await run(() => exports.writeExport(moment));
      await run(() => exports.deliverExport(moment));
    },
    entries: (action) =>
      db
        .selectFrom('audit_entry')
        .select(['reason', 'object_id', 'actor_id'])
        .where('action', '=', action)
        .orderBy('seq')
        .execute(),
    async stop() {
      await at.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
