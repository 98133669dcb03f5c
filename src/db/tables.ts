import type { ColumnType, Generated, GeneratedAlways, Insertable, Selectable } from 'kysely';
import type { ObjectFault } from '../domain/archive-check.ts';
import type { Jurisdiction, JurisdictionOrigin } from '../domain/jurisdictions.ts';
import type { ErasureOrigin, RestrictionGround } from '../domain/erasure.ts';
import type { ErasureState } from '../domain/erasure-steps.ts';
import type { AttachmentKind, AuthorRole, SessionKind } from '../domain/messages.ts';
import type { Phase } from '../domain/phases.ts';
import type { Role } from '../domain/roles.ts';
import type {
  AuditEntryTable,
  AuditPendingTable,
  AuditTreeTable,
  AuditLeafTable,
  AuditTileTable,
  AuditCheckpointTable,
} from './audit-tables.ts';
import type {
  PolicyTable,
  HoldTable,
  ReviewTable,
  ReviewCardTable,
  ApprovalTable,
  ApprovalCardTable,
  RolloutTable,
  ThrottledEventTable,
  DeletionDayTable,
} from './policy-tables.ts';
import type { SearchIndexTable, SavedSearchTable, SearchRebuildTable } from './search-tables.ts';
import type { DeskTables } from './desk-tables.ts';
import type { SupervisionTables } from './supervision-tables.ts';
import type { ChatsTables } from './chats-tables.ts';
import type { ExportsTables } from './exports-tables.ts';
import type { ApiTables } from './api-tables.ts';
import type { ConsoleTables } from './console-tables.ts';
import type { OverviewTables } from './overview-tables.ts';
import type { TranslationsTables } from './translations-tables.ts';
import type { WaitingTables } from './waiting-tables.ts';
import type { Json } from './json-column.ts';

export interface ProjectTable {
  id: string;
  name: string;
  time_zone: string;
  language: string;
  notice_version: string;
  staff_chat_id: number | null;
  jurisdiction: Jurisdiction;
  deletions_paused_at: Date | null;
  created_at: Date;
}

export interface StaffTable {
  id: string;
  project_id: string;
  /** Absent where an account alone knows the person. */
  telegram_user_id: number | null;
  account_id: string | null;
  /** What the project's file gives and what the console gives, together. */
  roles: Role[];
  file_roles: Generated<Role[]>;
  console_roles: Generated<Role[]>;
  created_at: Date;
}

export interface SubjectTable {
  id: string;
  project_id: string;
  telegram_user_id: number;
  language: string | null;
  /** What the customer chose to be written to in; null while they chose nothing. */
  chosen_language: string | null;
  /** The version of the privacy notice they were last shown. */
  notice_shown: string | null;
  profile_sealed: Buffer | null;
  jurisdiction: Jurisdiction | null;
  jurisdiction_origin: JurisdictionOrigin | null;
  majority_on: Date | null;
  authorized_at: Date | null;
  unsubscribed_at: Date | null;
  created_at: Date;
  last_seen_at: Date;
  blocked_at: Date | null;
  inactivity_warned_at: Date | null;
  banned_at: Date | null;
  ban_told_at: Date | null;
}

export interface ConsentTable {
  subject_id: string;
  notice_version: string;
  choice: 'agreed' | 'declined';
  decided_at: Date;
}

export type CloseReason = 'agent' | 'customer' | 'idle' | 'spam' | 'import' | 'api' | 'erasure';

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
  keep_rule: string | null;
  attachment_kinds: Generated<AttachmentKind[]>;
  dated_events: ColumnType<Record<string, string>, string | undefined, string>;
  review_round: Generated<number>;
  erasure_id: string | null;
  restricted_at: Date | null;
  deletion_began_at: Date | null;
  deleted_at: Date | null;
  topic_id: number | null;
  card_message_id: number | null;
  card_pinned: Generated<boolean>;
  /** Answers reach the customer without a notification. */
  silent: Generated<boolean>;
  assigned_to: string | null;
  group_chat_id: string | null;
  business_connection_id: string | null;
}

export interface ParticipantTable {
  session_id: string;
  subject_id: string;
  erasure_id: string | null;
  erasure_batch: number | null;
  restricted_ground: RestrictionGround | null;
  restricted_until: Date | null;
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
  /** Holds the messages of an album together. */
  album: string | null;
  /** What it may hold, by which searches leave it sealed; `null` where that is not known. */
  term_filter: Buffer | null;
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
  rule: string | null;
  added_by: string;
  added_at: Date;
}

export interface TagVetoTable {
  session_id: string;
  tag: string;
}

export interface ErasureTable {
  id: string;
  number: string;
  project_id: string;
  subject_id: string;
  pseudonym: string;
  origin: ErasureOrigin;
  state: ErasureState;
  jurisdiction: Jurisdiction | null;
  regulation: string;
  nonce_hash: Buffer | null;
  confirmable_until: Date | null;
  filed_by: string | null;
  proof: string | null;
  refusal_ground: string | null;
  received_at: Date;
  legal_deadline_at: Date;
  confirmed_at: Date | null;
  target_at: Date | null;
  deadline_at: Date | null;
  keys_destroyed_at: Date | null;
  removed_at: Date | null;
  verified_at: Date | null;
  receipt_queued_at: Date | null;
  completed_at: Date | null;
  grounds_reviewed_at: Date | null;
  resumed_at: Date | null;
  alarmed_hours: Generated<number>;
  extended_at: Date | null;
  extension_ground: string | null;
  counts: ColumnType<Record<string, number>, string | undefined, string>;
  progress_message_id: number | null;
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
  /** When it was last compared with its object; never, but for when it was written, where empty. */
  verified_at: Generated<Date | null>;
  /** What was wrong with the object then. */
  fault: Generated<ObjectFault | null>;
  deleted_at: Date | null;
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
  session_id: string | null;
  erasure_id: string | null;
  stream: GeneratedAlways<string>;
  event: string;
  event_id: string;
  payload: Json<Record<string, unknown>>;
  created_at: Date;
  attempts: Generated<number>;
  next_attempt_at: Date;
  delivered_at: Date | null;
}

export type DeliveryTarget = 'customer' | 'staff' | 'supervisors' | 'digest' | 'translation';

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
export interface Tables
  extends
    DeskTables,
    SupervisionTables,
    ChatsTables,
    ExportsTables,
    ApiTables,
    ConsoleTables,
    TranslationsTables,
    OverviewTables,
    WaitingTables {
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
  tag_veto: TagVetoTable;
  hold: HoldTable;
  approval: ApprovalTable;
  erasure: ErasureTable;
  approval_card: ApprovalCardTable;
  rollout: RolloutTable;
  throttled_event: ThrottledEventTable;
  deletion_day: DeletionDayTable;
  review: ReviewTable;
  review_card: ReviewCardTable;
  archive: ArchiveTable;
  audit_entry: AuditEntryTable;
  audit_pending: AuditPendingTable;
  audit_tree: AuditTreeTable;
  audit_leaf: AuditLeafTable;
  audit_tile: AuditTileTable;
  audit_checkpoint: AuditCheckpointTable;
  inbox: InboxTable;
  outbox: OutboxTable;
  delivery: DeliveryTable;
  import_progress: ImportProgressTable;
  search_index: SearchIndexTable;
  saved_search: SavedSearchTable;
  search_rebuild: SearchRebuildTable;
}

export type Session = Selectable<SessionTable>;
export type NewSession = Insertable<SessionTable>;
export type Message = Selectable<MessageTable>;
export type NewMessage = Insertable<MessageTable>;
export type Delivery = Selectable<DeliveryTable>;
export type ArchiveRow = Selectable<ArchiveTable>;
export type Project = Selectable<ProjectTable>;
