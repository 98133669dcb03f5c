import type { TableEntry } from './data-map.ts';

/** Tokens, idempotency keys and webhooks of the API. */
export const API_TABLES: Readonly<Record<string, TableEntry>> = {
  api_token: {
    rows: 'kept',
    because: 'Who could act for whom is proof; a revoked token stays as the name of what it did.',
    columns: {
      nobody: 'id project_id prefix secret_sha256 roles created_at expires_at revoked_at last_used_at',
      'words of staff': 'name',
      staff: 'owner created_by revoked_by',
    },
  },
  idempotency_key: {
    rows: 'kept',
    because:
      'Forgotten after 24 hours. Answers to acts hold ids and states; those to reading are not stored.',
    columns: {
      nobody: 'token_id key_sha256 request_sha256 status created_at',
      'opaque id': 'response',
    },
  },
  webhook_delivery: {
    rows: 'kept',
    because:
      'Says of which session or erasure another system was told, by opaque id; forgotten after 30 days.',
    columns: {
      'opaque id': 'object_id request_id',
      nobody:
        'id message_id endpoint_id event occurred_at created_at attempts next_attempt_at done_at outcome last_answer',
    },
  },
  webhook_endpoint: {
    rows: 'kept',
    because: 'Where another system is told; its secret is derived and stored nowhere.',
    columns: {
      nobody: 'id project_id url events created_at disabled_at disabled_because removed_at',
      staff: 'created_by',
    },
  },
};
