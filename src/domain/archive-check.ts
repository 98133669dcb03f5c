/**
 * What can be wrong with an archive object when it is compared with its manifest:
 * - `missing`: its name is not in the store
 * - `exchanged`: something else was written under its name
 * - `damaged`: its size or its bytes are not those that were recorded
 */
export type ObjectFault = 'missing' | 'exchanged' | 'damaged';
