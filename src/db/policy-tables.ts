import type { Generated } from 'kysely';
import type { Policy } from '../domain/policy.ts';
import type { ReviewEnd } from '../domain/review.ts';
import type { Json } from './json-column.ts';

export interface PolicyTable {
  project_id: string;
  version: number;
  document: Json<Policy>;
  author: string;
  approved_by: string | null;
  reason: string;
  applied_at: Date;
}

export type HoldScope = 'session' | 'subject' | 'query';

export interface HoldTable {
  id: string;
  project_id: string;
  scope: HoldScope;
  session_id: string | null;
  subject_id: string | null;
  tag: string | null;
  opened_from: Date | null;
  opened_before: Date | null;
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
  /** When it should have been opened; of first rounds alone. */
  opening_due_at: Date | null;
  due_at: Date;
  on_silence: 'delete' | 'hold';
  ended: ReviewEnd | null;
  ended_by: string | null;
  ended_at: Date | null;
  approved_by: string | null;
  approved_at: Date | null;
}

export interface ReviewCardTable {
  session_id: string;
  round: number;
  chat_id: number;
  message_id: number;
}

export interface ApprovalTable {
  id: string;
  project_id: string;
  kind: string;
  object_id: string;
  payload: Json<Record<string, unknown>>;
  reason: string;
  requested_by: string;
  requested_at: Date;
  outcome: 'approved' | 'refused' | null;
  decided_by: string | null;
  decided_at: Date | null;
}

export interface ApprovalCardTable {
  approval_id: string;
  chat_id: number;
  message_id: number;
}

export interface RolloutTable {
  project_id: string;
  version: number;
  phase: 'deciding' | 'telling' | 'done' | 'superseded';
  cursor: string | null;
  sessions: number;
  decided: Generated<number>;
  earlier: Generated<number>;
  later: Generated<number>;
  started_at: Date;
  finished_at: Date | null;
}

export interface ThrottledEventTable {
  session_id: string;
  event: string;
  project_id: string;
  created_at: Date;
}

export interface DeletionDayTable {
  project_id: string;
  day: string;
  archived: number;
  began: number;
}
