import type { Generated, GeneratedAlways } from 'kysely';
import type { Json } from './json-column.ts';

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
  request_id: string | null;
}

export interface AuditPendingTable {
  seq: number;
}

export interface AuditTreeTable {
  id: Generated<boolean>;
  size: number;
  cut_at: Generated<number>;
  cut_frontier: Json<{ size: number; hashes: string[] }> | null;
}

export interface AuditLeafTable {
  position: number;
  seq: number;
}

export interface AuditTileTable {
  level: number;
  index: number;
  hashes: Buffer;
}

export interface AuditCheckpointTable {
  id: GeneratedAlways<number>;
  size: number;
  note: string;
  hand_over: boolean;
  at: Date;
  anchored_at: Date | null;
}
