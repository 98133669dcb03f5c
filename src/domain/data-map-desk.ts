import type { TableEntry } from './data-map.ts';

/** What the staff desk keeps: notes, bans, transfers, cards and queued topics. */
export const DESK_TABLES: Readonly<Record<string, TableEntry>> = {};
