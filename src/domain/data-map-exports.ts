import type { TableEntry } from './data-map.ts';

/** Exports, their parts and their schedules. */
export const EXPORTS_TABLES: Readonly<Record<string, TableEntry>> = {
  export: {
    rows: 'kept',
    because:
      'That something was handed out, to whom, why and how much of it; whom it was about goes with it. What was asked for is forgotten once it is written.',
    columns: {
      'opaque id': 'id schedule_id',
      'words of staff': 'reason criteria_sealed',
      staff: 'requester_id',
      nobody:
        'project_id requester_kind format zipped destination store active_after active_until state ending failure plan_page attempt sessions held_back done_sessions messages bytes keep_days requested_at finished_at expires_at removed_at told_at',
    },
  },
  export_object: {
    rows: 'kept',
    because: 'Says what lay where, so that the places can be asked for it.',
    columns: {
      'opaque id': 'export_id object_name path',
      nobody: 'kind number store generation size_bytes content_sha256 last_unit sessions messages removed_at',
    },
  },
  export_schedule: {
    rows: 'kept',
    because:
      'What staff asked for to be exported again and again; its query is sealed under a key of its own. One that names an erased person ends, and its key goes with theirs.',
    columns: {
      'opaque id': 'id',
      'words of staff': 'reason criteria_sealed',
      staff: 'requester_id',
      nobody:
        'project_id requester_kind format zipped destination keep_days cron time_zone created_at covered_until removed_at told_at',
    },
  },
  export_session: {
    rows: 'with the session',
    because:
      'An export that holds anything of an erased person, or a session that is deleted, is destroyed whole.',
    columns: { 'opaque id': 'export_id session_id', nobody: 'position unit' },
  },
  export_subject: {
    rows: 'with the person',
    because: 'Says which exports a person is in: an erasure destroys those that are left.',
    columns: { 'opaque id': 'export_id subject_id' },
  },
};
