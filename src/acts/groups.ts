import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { putDelivery } from '../db/deliveries.ts';
import {
  claimNotice,
  findGroup,
  isGroupThere,
  lockMove,
  markGroupLeft,
  moveGroup,
  openBesideSupergroup,
  saveGroup,
  type GroupChat,
  groupMoved,
} from '../db/groups.ts';
import { lockLife } from '../db/life.ts';
import type { Tables } from '../db/tables.ts';
import { answerTo } from '../domain/phases.ts';
import type { ActDeps } from './deps.ts';
import { close } from './lifecycle.ts';
import { record } from './record.ts';

/** A group as an update names it. */
export interface GroupAct {
  readonly projectId: string;
  readonly telegramChatId: number;
  readonly now: Date;
}

/** Takes note of a group that the bot is in, and shows it the privacy notice once for each version. */
export async function enterGroup(
  deps: ActDeps,
  { projectId, telegramChatId, noticeVersion, now }: GroupAct & { noticeVersion: string },
): Promise<GroupChat> {
  const known = await findGroup(deps.db, projectId, telegramChatId);
  if (known?.noticeVersion === noticeVersion) return known;
  return deps.db.transaction().execute(async (tx) => {
    const group = await saveGroup(tx, { projectId, telegramChatId, now });
    if (!(await claimNotice(tx, group.id, noticeVersion))) return group;
    const content = { kind: 'group-notice', groupId: group.id } as const;
    await putDelivery(tx, { projectId, target: 'customer', content, now });
    await appendAuditEntry(tx, {
      at: now,
      actor: { kind: 'system', id: 'telegram' },
      action: 'group.entered',
      object: { kind: 'group', id: group.id },
      projectId,
      reason: `notice ${noticeVersion}`,
    });
    return { ...group, noticeVersion };
  });
}

/** @throws AppError `rows_changed` where the group became a supergroup meanwhile: its update comes again */
export async function requireGroup({ db }: Pick<ActDeps, 'db'>, groupId: string): Promise<void> {
  if (!(await isGroupThere(db, groupId))) throw groupMoved(groupId);
}

/** Takes note that the bot is no longer in a group. Its sessions go on to their end. */
export async function leaveGroup(deps: ActDeps, act: GroupAct): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const id = await markGroupLeft(tx, act);
    if (id === undefined) return;
    await appendAuditEntry(tx, {
      at: act.now,
      actor: { kind: 'system', id: 'telegram' },
      action: 'group.left',
      object: { kind: 'group', id },
      projectId: act.projectId,
    });
  });
}

/** A group became a supergroup: it keeps its sessions under its new id. */
export async function migrateGroup(
  deps: ActDeps,
  { projectId, from, to, now }: { projectId: string; from: number; to: number; now: Date },
): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const move = await lockMove(tx, { projectId, from, to });
    if (!move) return;
    const older = await openBesideSupergroup(tx, move);
    if (older !== undefined) await endOlder(tx, older, now);
    await moveGroup(tx, move);
    await appendAuditEntry(tx, {
      at: now,
      actor: { kind: 'system', id: 'telegram' },
      action: 'group.migrated',
      object: { kind: 'group', id: move.oldId },
      projectId,
    });
  });
}

/** A group has one open session: the supergroup's goes on, and the one before it has gone quiet. */
async function endOlder(tx: Transaction<Tables>, sessionId: string, now: Date): Promise<void> {
  const life = await lockLife(tx, sessionId, now);
  if (answerTo('close', life, now) !== 'take') return;
  await close(tx, life, { reason: 'idle', closedAt: now });
  const actor = { kind: 'system', id: 'telegram' } as const;
  const act = { actor, action: 'session.closed', reason: 'idle', now, status: 'closed' } as const;
  await record(tx, life, { ...act, event: { kind: 'closed' } });
}
