import type { Generated } from 'kysely';

export interface SearchIndexTable {
  session_id: string;
  subject_id: string;
  opened_at: Date | null;
  terms: number[];
}

export interface SavedSearchTable {
  id: string;
  owner: string;
  name: string;
  query_sealed: Buffer;
  created_at: Date;
}

export interface SearchRebuildTable {
  project_id: string;
  cursor: string | null;
  sessions: number;
  done: Generated<number>;
  started_at: Date;
  finished_at: Date | null;
}
