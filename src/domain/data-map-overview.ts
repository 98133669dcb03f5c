import type { TableEntry } from './data-map.ts';

/** What is counted ahead of the pages that show it. */
export const OVERVIEW_TABLES: Readonly<Record<string, TableEntry>> = {
  overview: {
    rows: 'kept',
    because: 'Counts of a whole project, and nobody’s.',
    columns: { nobody: 'project_id facts counted_at took_ms' },
  },
};
