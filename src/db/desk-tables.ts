/** What the staff desk keeps: notes, bans, transfers, cards and queued topics. */
export type DeskTables = object;
