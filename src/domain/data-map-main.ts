import type { TableEntry } from './data-map.ts';
import { OVERVIEW_TABLES } from './data-map-overview.ts';
import { WAITING_TABLES } from './data-map-waiting.ts';
import { TRANSLATIONS_TABLES } from './data-map-translations.ts';
import { CONSOLE_TABLES } from './data-map-console.ts';
import { API_TABLES } from './data-map-api.ts';
import { EXPORTS_TABLES } from './data-map-exports.ts';
import { CHATS_TABLES } from './data-map-chats.ts';
import { SUPERVISION_TABLES } from './data-map-supervision.ts';
import { DESK_TABLES } from './data-map-desk.ts';
import { AUDIT_TABLES } from './data-map-audit.ts';
import { SEARCH_TABLES } from './data-map-search.ts';

/** Every table and column of the main database. */
export const MAIN_TABLES: Readonly<Record<string, TableEntry>> = {
  ...TRANSLATIONS_TABLES,
  ...OVERVIEW_TABLES,
  ...WAITING_TABLES,
  ...CONSOLE_TABLES,
  ...API_TABLES,
  ...EXPORTS_TABLES,
  ...CHATS_TABLES,
  ...SUPERVISION_TABLES,
  ...DESK_TABLES,
  ...AUDIT_TABLES,
  ...SEARCH_TABLES,
  approval: {
    rows: 'kept',
    because: 'Who asked for what and who approved it is proof; it names sessions and people by opaque ids.',
    columns: {
      nobody: 'id project_id kind payload requested_at outcome decided_at',
      'opaque id': 'object_id',
      'words of staff': 'reason',
      staff: 'requested_by decided_by',
    },
  },
  approval_card: {
    rows: 'kept',
    because: 'Where the staff see what waits for a second person.',
    columns: { 'opaque id': 'approval_id', staff: 'chat_id message_id' },
  },
  archive: {
    rows: 'kept',
    because: 'Says what lay where, so that the stores can be asked for it.',
    tombstone: 'deleted_at',
    columns: {
      'opaque id': 'id session_id subject_id attachment_id object_name key_id',
      nobody:
        'store generation size_bytes sha256 content_sha256 schema_version messages revisions attachments written_at verified_at fault deleted_at',
    },
  },
  attachment: {
    rows: 'with the session',
    columns: { 'opaque id': 'id message_id', nobody: 'kind size_bytes', 'sealed text': 'sealed' },
  },
  consent: {
    rows: 'with the person',
    columns: { 'opaque id': 'subject_id', 'fact of a person': 'notice_version choice decided_at' },
  },
  deletion_day: {
    rows: 'kept',
    because: 'Counts alone.',
    columns: { nobody: 'project_id day archived began' },
  },
  delivery: {
    rows: 'with the session',
    because: 'Payloads hold ids, never text. What belongs to no session goes with the person.',
    except: `kind = 'review-card'`,
    columns: {
      nobody: 'id project_id target kind payload created_at attempts next_attempt_at done_at outcome',
      'opaque id': 'session_id subject_id',
    },
  },
  erasure: {
    rows: 'kept',
    because: 'Proof that it was done (GDPR Art. 5(2)); without the row of the person its ids lead nowhere.',
    columns: {
      'opaque id': 'id number subject_id',
      'keyed pseudonym': 'pseudonym',
      'message id': 'progress_message_id',
      'words of staff': 'proof refusal_ground extension_ground',
      staff: 'filed_by',
      nobody:
        'project_id origin state jurisdiction regulation nonce_hash confirmable_until received_at legal_deadline_at confirmed_at target_at deadline_at keys_destroyed_at removed_at verified_at receipt_queued_at completed_at grounds_reviewed_at resumed_at extended_at alarmed_hours counts',
    },
  },
  hold: {
    rows: 'with the session',
    because: 'A hold on a person goes with the person; one on a query names nobody.',
    columns: {
      'opaque id': 'session_id subject_id',
      'words of staff': 'reason',
      staff: 'author released_by',
      nobody: 'id project_id scope tag opened_from opened_before placed_at ends_at released_at',
    },
  },
  import_progress: {
    rows: 'kept',
    because: 'Without it a second import of the same file would bring back what was erased.',
    columns: {
      'keyed pseudonym': 'chat_key',
      'opaque id': 'session_id',
      'message id': 'last_message_id',
      nobody: 'project_id',
    },
  },
  inbox: {
    rows: 'kept',
    because: 'That an update came, not what was in it: one that comes again brings nothing back.',
    columns: { nobody: 'bot_id update_id kind outcome received_at' },
  },
  message: {
    rows: 'with the session',
    columns: {
      'opaque id': 'id session_id subject_id reply_to',
      'message id': 'telegram_message_id staff_message_id album',
      staff: 'staff_id',
      'fact of a person': 'author_role kind sent_at',
      'keyed pseudonym': 'term_filter',
      nobody: 'seq',
    },
  },
  outbox: {
    rows: 'kept',
    because: 'Events by opaque ids, forgotten a day after they arrived.',
    columns: {
      'opaque id': 'session_id erasure_id stream',
      nobody: 'id event event_id payload created_at attempts next_attempt_at delivered_at',
    },
  },
  participant: {
    rows: 'with the session',
    columns: {
      'opaque id': 'session_id subject_id erasure_id',
      nobody: 'erasure_batch restricted_ground restricted_until',
    },
  },
  policy: {
    rows: 'kept',
    because: 'Rules, not people.',
    columns: {
      nobody: 'project_id version document applied_at',
      'words of staff': 'reason',
      staff: 'author approved_by',
    },
  },
  project: {
    rows: 'kept',
    because: 'Settings; the staff group is not a person.',
    columns: {
      nobody:
        'id name time_zone language notice_version staff_chat_id jurisdiction deletions_paused_at created_at',
    },
  },
  review: {
    rows: 'kept',
    because: 'How a deletion was decided is proof.',
    columns: {
      'opaque id': 'session_id',
      staff: 'ended_by approved_by',
      nobody: 'round opened_at opening_due_at due_at on_silence ended ended_at approved_at',
    },
  },
  review_card: {
    rows: 'kept',
    because: 'Where the staff see a review, to show there that it is over.',
    columns: { 'opaque id': 'session_id', staff: 'chat_id message_id', nobody: 'round' },
  },
  revision: {
    rows: 'with the session',
    columns: { 'opaque id': 'message_id', 'sealed text': 'sealed', nobody: 'revision at' },
  },
  rollout: {
    rows: 'kept',
    because: 'How far a policy is on its way.',
    columns: {
      'opaque id': 'cursor',
      nobody: 'project_id version phase sessions decided earlier later started_at finished_at',
    },
  },
  session: {
    rows: 'kept',
    because: 'A tombstone without a person: that something was here and was removed.',
    tombstone: 'deleted_at',
    emptied: ['subject_id', 'topic_id', 'card_message_id'],
    columns: {
      'opaque id': 'id subject_id previous_session_id erasure_id group_chat_id business_connection_id',
      'message id': 'topic_id card_message_id',
      'fact of a person': 'attachment_kinds dated_events',
      staff: 'assigned_to',
      nobody:
        'card_pinned silent project_id kind phase opened_at last_activity_at closed_at close_reason reopen_until archive_due_at archive_began_at archive_attempt archived_at keep_until extended_until policy_version keep_rule review_round restricted_at deletion_began_at deleted_at',
    },
  },
  session_tag: {
    rows: 'with the session',
    columns: {
      'opaque id': 'session_id',
      'fact of a person': 'tag',
      staff: 'added_by',
      nobody: 'origin rule added_at',
    },
  },
  staff: {
    rows: 'kept',
    because: 'Staff, not customers.',
    columns: {
      staff: 'id telegram_user_id account_id',
      nobody: 'project_id roles file_roles console_roles created_at',
    },
  },
  subject: {
    rows: 'with the person',
    because:
      'The only row that knows a Telegram id. Where a ground keeps a session it stays, without its profile.',
    emptied: ['profile_sealed', 'banned_at', 'ban_told_at', 'authorized_at'],
    columns: {
      'opaque id': 'id',
      'Telegram id': 'telegram_user_id',
      'sealed text': 'profile_sealed',
      'fact of a person':
        'language chosen_language notice_shown jurisdiction jurisdiction_origin majority_on authorized_at unsubscribed_at blocked_at banned_at ban_told_at inactivity_warned_at created_at last_seen_at',
      nobody: 'project_id',
    },
  },
  tag_veto: {
    rows: 'with the session',
    columns: { 'opaque id': 'session_id', nobody: 'tag' },
  },
  throttled_event: {
    rows: 'kept',
    because: 'Events by opaque ids, gone once they are passed on.',
    columns: { 'opaque id': 'session_id', nobody: 'event project_id created_at' },
  },
};
