import type { Generated } from 'kysely';
import type { Json } from './json-column.ts';

export interface ReviewReminderTable {
  session_id: string;
  round: number;
  hours: number;
  queued_at: Date;
}

export interface ReviewBulkTable {
  id: string;
  project_id: string;
  rule: string;
  rounds: Json<{ readonly sessionId: string; readonly round: number }[]>;
  asked_by: string;
  asked_at: Date;
}

export interface DigestTable {
  project_id: string;
  day: string;
  queued_at: Date;
}

export interface AlarmTable {
  id: Generated<number>;
  kind: string;
  about: string;
  since: Date;
  told_at: Date;
  cleared_at: Date | null;
}

export interface StoreHealthTable {
  store: string;
  failing_since: Date | null;
  checked_at: Date;
}

/** Digests, reminders and quiet hours of those who decide. */
export interface SupervisionTables {
  review_reminder: ReviewReminderTable;
  review_bulk: ReviewBulkTable;
  digest: DigestTable;
  alarm: AlarmTable;
  store_health: StoreHealthTable;
}
