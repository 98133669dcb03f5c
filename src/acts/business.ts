import { appendAuditEntry } from '../audit/append.ts';
import { findConnection, saveConnection, type BusinessConnection } from '../db/business.ts';
import type { ActDeps } from './deps.ts';

/** A business connection as Telegram tells it. */
export interface ConnectionAct extends Omit<BusinessConnection, 'id'> {
  readonly projectId: string;
  readonly now: Date;
}

/** Records that the bot was connected to a business account, what it may do there, or that it was disconnected. */
export async function recordConnection(deps: ActDeps, act: ConnectionAct): Promise<BusinessConnection> {
  const before = await findConnection(deps.db, act.projectId, act.telegramId);
  return deps.db.transaction().execute(async (tx) => {
    const saved = await saveConnection(tx, act);
    await appendAuditEntry(tx, {
      at: act.now,
      actor: { kind: 'system', id: 'telegram' },
      action: actionOf(before, act),
      object: { kind: 'business-connection', id: saved.id },
      projectId: act.projectId,
      counts: { rights: act.rights.length },
      reason: act.rights.join(' ') || 'none',
    });
    return saved;
  });
}

function actionOf(before: BusinessConnection | undefined, { enabled }: ConnectionAct): string {
  if (!enabled) return 'business.disconnected';
  return before?.enabled ? 'business.changed' : 'business.connected';
}
