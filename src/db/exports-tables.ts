import type { Generated, Selectable } from 'kysely';
import type { ExportEnding, ExportFormat, ExportState } from '../domain/exports.ts';

export interface ExportScheduleTable {
  id: string;
  project_id: string;
  requester_kind: 'staff' | 'operator';
  requester_id: string;
  reason: string;
  format: ExportFormat;
  zipped: boolean;
  criteria_sealed: Buffer | null;
  destination: string | null;
  keep_days: number;
  cron: string;
  time_zone: string;
  created_at: Date;
  covered_until: Date;
  removed_at: Date | null;
  told_at: Date | null;
}

export interface ExportTable {
  id: string;
  project_id: string;
  schedule_id: string | null;
  requester_kind: 'staff' | 'operator';
  requester_id: string;
  reason: string;
  format: ExportFormat;
  zipped: boolean;
  criteria_sealed: Buffer | null;
  destination: string | null;
  store: string | null;
  active_after: Date | null;
  active_until: Date | null;
  state: ExportState;
  ending: ExportEnding | null;
  failure: string | null;
  plan_page: string | null;
  attempt: Generated<number>;
  sessions: Generated<number>;
  held_back: Generated<number>;
  done_sessions: Generated<number>;
  messages: Generated<number>;
  bytes: Generated<number>;
  keep_days: number;
  requested_at: Date;
  finished_at: Date | null;
  expires_at: Date;
  removed_at: Date | null;
  told_at: Date | null;
}

export interface ExportSessionTable {
  export_id: string;
  session_id: string;
  position: number;
  unit: number | null;
}

export interface ExportSubjectTable {
  export_id: string;
  subject_id: string;
}

export interface ExportObjectTable {
  export_id: string;
  /** A part of the file with the messages, or the bytes of an attachment. */
  kind: 'part' | 'file';
  number: number;
  store: string;
  object_name: string;
  generation: string;
  path: string;
  size_bytes: number;
  content_sha256: string;
  last_unit: number | null;
  sessions: Generated<number>;
  messages: Generated<number>;
  removed_at: Date | null;
}

/** Exports, their parts and their schedules. */
export interface ExportsTables {
  export_schedule: ExportScheduleTable;
  export: ExportTable;
  export_session: ExportSessionTable;
  export_subject: ExportSubjectTable;
  export_object: ExportObjectTable;
}

export type ExportRow = Selectable<ExportTable>;
export type ExportScheduleRow = Selectable<ExportScheduleTable>;
export type ExportObjectRow = Selectable<ExportObjectTable>;
