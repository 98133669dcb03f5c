import type { Generated, GeneratedAlways } from 'kysely';
import type { Role } from '../domain/roles.ts';
import type { WebhookEvent } from '../domain/webhooks.ts';

export interface ApiTokenTable {
  id: string;
  project_id: string;
  name: string;
  prefix: string;
  secret_sha256: Buffer;
  roles: Role[];
  owner: string | null;
  created_by: string;
  created_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
  revoked_by: string | null;
  last_used_at: Date | null;
}

export interface IdempotencyKeyTable {
  token_id: string;
  key_sha256: Buffer;
  request_sha256: Buffer;
  status: number | null;
  response: string | null;
  created_at: Date;
}

export interface WebhookEndpointTable {
  id: string;
  project_id: string;
  url: string;
  events: WebhookEvent[];
  created_by: string;
  created_at: Date;
  disabled_at: Date | null;
  disabled_because: string | null;
  removed_at: Date | null;
}

export interface WebhookDeliveryTable {
  id: GeneratedAlways<number>;
  message_id: Generated<string>;
  endpoint_id: string;
  event: string;
  object_id: string;
  request_id: string | null;
  occurred_at: Date;
  created_at: Generated<Date>;
  attempts: Generated<number>;
  next_attempt_at: Generated<Date>;
  done_at: Date | null;
  outcome: string | null;
  last_answer: string | null;
}

/** Tokens, idempotency keys and webhooks of the API. */
export interface ApiTables {
  api_token: ApiTokenTable;
  idempotency_key: IdempotencyKeyTable;
  webhook_endpoint: WebhookEndpointTable;
  webhook_delivery: WebhookDeliveryTable;
}
