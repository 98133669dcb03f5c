import { appendAuditEntry } from '../audit/append.ts';
import { ensureSubject } from '../db/subjects.ts';
import { customerActor } from '../domain/events.ts';
import type { ActDeps } from './deps.ts';

/**
 * The customer chooses the language the bot writes to them in. It stands whatever their app says later, and
 * no rule looks at it: what rules go by is the language Telegram told.
 */
export async function chooseLanguage(
  deps: ActDeps,
  act: { projectId: string; telegramUserId: number; chosen: string; language?: string; now: Date },
): Promise<void> {
  const { id: subjectId } = await ensureSubject(deps.db, act);
  await deps.db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('subject')
      .set({ chosen_language: act.chosen })
      .where('id', '=', subjectId)
      .where('chosen_language', 'is distinct from', act.chosen)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await appendAuditEntry(tx, {
      at: act.now,
      actor: customerActor(subjectId),
      action: 'subject.language-chosen',
      object: { kind: 'subject', id: subjectId },
      projectId: act.projectId,
      reason: act.chosen,
    });
  });
}
