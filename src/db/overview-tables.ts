import type { Overview } from '../domain/overview.ts';
import type { Json } from './json-column.ts';

/** How a project stood when it was last counted. */
export interface OverviewTable {
  project_id: string;
  facts: Json<Overview>;
  counted_at: Date;
  took_ms: number;
}

/** What is counted ahead of the pages that show it. */
export interface OverviewTables {
  overview: OverviewTable;
}
