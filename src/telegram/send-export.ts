import { chatOfRequester } from '../db/export-requesters.ts';
import { findSchedule } from '../db/export-schedules.ts';
import { readExport } from '../db/exports.ts';
import type { ExportRow } from '../db/exports-tables.ts';
import type { Delivery } from '../db/tables.ts';
import type { ExportNews } from '../domain/exports.ts';
import { speechToStaff } from './customer-speech.ts';
import { unlessBlocked } from './send-staff.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';
import type { Speech } from './texts.ts';

/** Tells whoever asked for an export what became of it, in their own chat with the bot and nowhere else. */
export async function sendExportNews(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const { exportId, news } = delivery.payload as { exportId: string; news: ExportNews };
  const row = await readExport(deps.db, exportId);
  const chatId = await chatOfRequester(deps.db, row);
  // One that waited for the bot may be of files that are gone by now.
  if (chatId === null || (news === 'done' && row.state !== 'done')) return 'gone';
  const text = textOf(speechToStaff(deps), news, row, deps.project.name);
  return (await unlessBlocked(() => deps.api.sendMessage(chatId, text))) ? 'sent' : 'blocked';
}

/** Tells whoever made a schedule that it named a person who was erased, and has ended; never whom. */
export async function sendScheduleEnded(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const { scheduleId } = delivery.payload as { scheduleId: string };
  const schedule = await findSchedule(deps.db, scheduleId);
  const chatId = schedule ? await chatOfRequester(deps.db, schedule) : null;
  if (chatId === null) return 'gone';
  const names = { project: deps.project.name, id: scheduleId.slice(0, 8) };
  const text = speechToStaff(deps).say('schedule-ended', names);
  return (await unlessBlocked(() => deps.api.sendMessage(chatId, text))) ? 'sent' : 'blocked';
}

function textOf({ say, moment }: Speech, news: ExportNews, row: ExportRow, project: string): string {
  const id = row.id.slice(0, 8);
  switch (news) {
    case 'done':
      return say('sessions-export-done', {
        project,
        id,
        sessions: row.done_sessions,
        until: moment(row.expires_at),
      });
    case 'failed':
      return say('sessions-export-failed', { project, id });
    case 'destroyed':
      return say('sessions-export-destroyed', { project, id });
  }
}
