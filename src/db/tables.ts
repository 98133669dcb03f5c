import type { ColumnType, Generated, GeneratedAlways, Insertable, Selectable } from 'kysely';
import type { AuthorRole, SessionKind } from '../domain/messages.ts';
import type { Phase } from '../domain/phases.ts';
import type { Policy } from '../domain/policy.ts';
import type { ReviewEnd } from '../domain/review.ts';
import type { Role } from '../domain/roles.ts';

/** JSON is written as text and read as a value. */
type Json<T> = ColumnType<T, string, string>;

export interface ProjectTable {
  id: string;
  name: string;
  time_zone: string;
  language: string;
  notice_version: string;
  staff_chat_id: number | null;
  created_at: Date;
}

export interface PolicyTable {
  project_id: string;
  version: number;
  document: Json<Policy>;
  author: string;
  reason: string;
  applied_at: Date;
}

export interface StaffTable {
  id: string;
  project_id: string;
  telegram_user_id: number;
  roles: Role[];
  created_at: Date;
}

export interface SubjectTable {
  id: string;
  project_id: string;
  telegram_user_id: number;
  language: string | null;
  profile_sealed: Buffer | null;
  created_at: Date;
  last_seen_at: Date;
}

export interface ConsentTable {
  subject_id: string;
  notice_version: string;
  choice: 'agreed' | 'declined';
  decided_at: Date;
}

export type CloseReason = 'agent' | 'customer' | 'idle' | 'spam' | 'import' | 'api';

export interface SessionTable {
  id: string;
  project_id: string;
  kind: SessionKind;
  subject_id: string | null;
  previous_session_id: string | null;
  phase: Phase;
  opened_at: Date;
  last_activity_at: Date;
  closed_at: Date | null;
  close_reason: CloseReason | null;
  reopen_until: Date | null;
  archive_due_at: Date | null;
  archive_began_at: Date | null;
  archive_attempt: Generated<number>;
  archived_at: Date | null;
  keep_until: Date | null;
  extended_until: Date | null;
  policy_version: number | null;
  review_round: Generated<number>;
  deletion_began_at: Date | null;
  deleted_at: Date | null;
  topic_id: number | null;
  card_message_id: number | null;
}

export interface ParticipantTable {
  session_id: string;
  subject_id: string;
}

export interface MessageTable {
  id: string;
  seq: GeneratedAlways<number>;
  session_id: string;
  subject_id: string;
  author_role: AuthorRole;
  staff_id: string | null;
  kind: string;
  telegram_message_id: number | null;
  staff_message_id: number | null;
  reply_to: string | null;
  sent_at: Date;
}

export interface RevisionTable {
  message_id: string;
  revision: number;
  sealed: Buffer;
  at: Date;
}

export interface AttachmentTable {
  id: string;
  message_id: string;
  kind: string;
  size_bytes: number | null;
  sealed: Buffer;
}

export interface SessionTagTable {
  session_id: string;
  tag: string;
  origin: 'manual' | 'automatic';
  added_by: string;
  added_at: Date;
}

export interface HoldTable {
  id: string;
  session_id: string;
  reason: string;
  author: string;
  placed_at: Date;
  ends_at: Date | null;
  released_at: Date | null;
  released_by: string | null;
}

export interface ReviewTable {
  session_id: string;
  round: number;
  opened_at: Date;
  due_at: Date;
  on_silence: 'delete' | 'hold';
  ended: ReviewEnd | null;
  ended_by: string | null;
  ended_at: Date | null;
}

export interface ReviewCardTable {
  session_id: string;
  round: number;
  chat_id: number;
  message_id: number;
}

export interface ArchiveTable {
  id: string;
  session_id: string;
  subject_id: string;
  attachment_id: string | null;
  store: string;
  object_name: string;
  generation: string;
  size_bytes: number;
  sha256: string;
  content_sha256: string;
  schema_version: number;
  key_id: string;
  messages: number;
  revisions: number;
  attachments: number;
  written_at: Date;
  deleted_at: Date | null;
}

export interface AuditEntryTable {
  seq: GeneratedAlways<number>;
  at: Date;
  actor_kind: string;
  actor_id: string;
  actor_role: string | null;
  workflow_id: string | null;
  run_id: string | null;
  activity: string | null;
  action: string;
  object_kind: string;
  object_id: string;
  project_id: string | null;
  counts: Json<Record<string, number>>;
  reason: string | null;
  op_id: string | null;
}

export interface InboxTable {
  bot_id: number;
  update_id: number;
  kind: string;
  outcome: string;
  received_at: Date;
}

export interface OutboxTable {
  id: GeneratedAlways<number>;
  session_id: string;
  event: string;
  event_id: string;
  payload: Json<Record<string, unknown>>;
  created_at: Date;
  attempts: Generated<number>;
  next_attempt_at: Date;
  delivered_at: Date | null;
}

export type DeliveryTarget = 'customer' | 'staff' | 'supervisors';

export interface DeliveryTable {
  id: GeneratedAlways<number>;
  project_id: string;
  session_id: string | null;
  subject_id: string | null;
  target: DeliveryTarget;
  kind: string;
  payload: Json<Record<string, unknown>>;
  created_at: Date;
  attempts: Generated<number>;
  next_attempt_at: Date;
  done_at: Date | null;
  outcome: string | null;
}

export interface ImportProgressTable {
  project_id: string;
  chat_key: string;
  last_message_id: number;
  session_id: string | null;
}

/** The main database: every phase, due time, hold, review round and policy version is a row here. */
export interface Tables {
  project: ProjectTable;
  policy: PolicyTable;
  staff: StaffTable;
  subject: SubjectTable;
  consent: ConsentTable;
  session: SessionTable;
  participant: ParticipantTable;
  message: MessageTable;
  revision: RevisionTable;
  attachment: AttachmentTable;
  session_tag: SessionTagTable;
  hold: HoldTable;
  review: ReviewTable;
  review_card: ReviewCardTable;
  archive: ArchiveTable;
  audit_entry: AuditEntryTable;
  inbox: InboxTable;
  outbox: OutboxTable;
  delivery: DeliveryTable;
  import_progress: ImportProgressTable;
}

export type Session = Selectable<SessionTable>;
export type NewSession = Insertable<SessionTable>;
export type Message = Selectable<MessageTable>;
export type NewMessage = Insertable<MessageTable>;
export type Delivery = Selectable<DeliveryTable>;
export type ArchiveRow = Selectable<ArchiveTable>;
export type Project = Selectable<ProjectTable>;
