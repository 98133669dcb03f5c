import { appendAuditEntry } from '../audit/append.ts';
import { ensureSubject, recordConsent } from '../db/subjects.ts';
import { customerActor } from '../domain/events.ts';
import type { ActDeps } from './deps.ts';

/** Records a customer's answer to the privacy notice, with the version they were shown. */
export async function answerNotice(
  deps: ActDeps,
  act: {
    projectId: string;
    telegramUserId: number;
    language?: string;
    noticeVersion: string;
    choice: 'agreed' | 'declined';
    now: Date;
  },
): Promise<void> {
  const subject = await ensureSubject(deps.db, act);
  await deps.db.transaction().execute(async (tx) => {
    await recordConsent(tx, { ...act, subjectId: subject.id });
    await appendAuditEntry(tx, {
      at: act.now,
      actor: customerActor(subject.id),
      action: `notice.${act.choice}`,
      object: { kind: 'subject', id: subject.id },
      projectId: act.projectId,
      reason: `version ${act.noticeVersion}`,
    });
  });
}
