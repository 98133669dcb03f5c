/** What a place can hold, from nobody's to a person's own words. */
export type Holds =
  | 'nobody'
  | 'staff'
  | 'opaque id'
  | 'keyed pseudonym'
  | 'message id'
  | 'fact of a person'
  | 'words of staff'
  | 'Telegram id'
  | 'sealed text'
  | 'text in clear'
  | 'wrapped key';

/**
 * What becomes of a table's rows when a person is erased:
 * - `with the session`: removed when their part of a session is; every such table is asked afterwards
 * - `with the person`: removed with the row that knows their Telegram id, after the receipt
 * - `once handled`: removed by itself, as soon as its turn came, whoever it is of
 * - `kept`: stays, for the reason given
 */
export type RowsGo = 'with the session' | 'with the person' | 'once handled' | 'kept';

export interface TableEntry {
  readonly rows: RowsGo;
  /** Why rows stay, or what is particular about how they go. */
  readonly because?: string;
  /** The columns by what they hold, names between spaces. */
  readonly columns: Partial<Readonly<Record<Holds, string>>>;
  /** Columns that are empty in a row that stays. */
  readonly emptied?: readonly string[];
  /** Rows that stay in a table whose others go, as a condition in SQL. */
  readonly except?: string;
  /** The column that says of a row that stays that what it stood for is gone. */
  readonly tombstone?: string;
}

/** Every table and column of the keys database. */
export const KEYS_TABLES: Readonly<Record<string, TableEntry>> = {
  data_key: {
    rows: 'with the session',
    because: 'Destroyed first of all: from then on no copy of what it sealed can be read.',
    columns: {
      'opaque id': 'id session_id subject_id',
      'wrapped key': 'wrapped',
      nobody: 'kek_id created_at',
    },
  },
  destroyed_key: {
    rows: 'kept',
    because: 'That a key was destroyed, so that it is never made again. No key material.',
    columns: { 'opaque id': 'id session_id subject_id', nobody: 'destroyed_at' },
  },
  key_encryption_key: {
    rows: 'kept',
    because: 'Names of the keys that wrap all others; they belong to nobody.',
    columns: { nobody: 'id provider created_at retired_at' },
  },
};

/** A place outside the tables where something of a person can be. */
export interface PlaceEntry {
  readonly place: string;
  readonly holds: readonly Holds[];
  /** What becomes of it when a person is erased. */
  readonly erasure: string;
}

/** Every kind of object in the stores; words in capitals stand for ids. */
export const OBJECTS: Readonly<Record<string, Omit<PlaceEntry, 'place'>>> = {
  'PROJECT/SESSION/SUBJECT.ATTEMPT.jsonl.gz.sealed': {
    holds: ['opaque id', 'sealed text'],
    erasure:
      'Its key is destroyed; then every generation is deleted and read back as gone. What a bucket keeps by soft deletion is counted, and has no key.',
  },
  'PROJECT/SESSION/ATTACHMENT.ATTEMPT.sealed': {
    holds: ['opaque id', 'sealed text'],
    erasure: 'As the entries it lies beside.',
  },
  'exports/EXPORT/FILE.ATTEMPT.sealed': {
    holds: ['opaque id', 'sealed text'],
    erasure:
      'An export that holds anything of the person is destroyed whole: its key at once, its objects and delivered copies before the erasure counts as verified.',
  },
  'erasures/ERASURE.json': {
    holds: ['opaque id', 'keyed pseudonym'],
    erasure: 'Written by it and kept: it does the erasure again when a back-up is restored.',
  },
};

/** What else there is: memory, queues, logs, and the programs beside this one. */
export const OTHER_PLACES: readonly PlaceEntry[] = [
  {
    place: 'memory of each process: the vault’s least-recently-used caches of keys',
    holds: ['opaque id'],
    erasure: 'The process that destroys a key drops it at once; any other within a minute.',
  },
  {
    place: 'outbox payloads',
    holds: ['opaque id'],
    erasure: 'Hold no personal data; forgotten a day after they arrived.',
  },
  {
    place: 'delivery payloads',
    holds: ['opaque id', 'message id'],
    erasure: 'Hold no text: it is opened when it is sent. Removed with the session, or with the person.',
  },
  {
    place: 'Temporal: histories, inputs, results and failures',
    holds: ['opaque id'],
    erasure:
      'Nothing: ids, counts and closed error codes, sealed by the codec. They go with the namespace’s own retention.',
  },
  {
    place: 'Temporal: workflow ids, search attributes, memo, summaries and details',
    holds: ['opaque id'],
    erasure: 'Nothing: these are in clear, and hold project, phase, dates and ids alone.',
  },
  {
    place: 'logs of the service',
    holds: ['opaque id'],
    erasure: 'Nothing: ids and codes, and what a library would add is removed before it is written.',
  },
  {
    place: 'PostgreSQL: dead rows, log of changes, back-ups of the main database',
    holds: ['opaque id', 'sealed text', 'Telegram id'],
    erasure:
      'Sealed text has no key any more. A Telegram id and the facts beside it can stay in dead rows until vacuum, and in back-ups for as long as they are kept; restore-check erases the person again.',
  },
  {
    place: 'PostgreSQL: back-ups of the keys database',
    holds: ['wrapped key'],
    erasure: 'A destroyed key lives in them for as long as they are kept: keep few, for 48 hours at most.',
  },
  {
    place: 'sandbox state, which plays Telegram where there is no bot token',
    holds: ['Telegram id', 'message id', 'text in clear'],
    erasure:
      'Topics of the staff group are deleted with their messages; the customer’s own chat stays theirs.',
  },
  {
    place: 'Telegram',
    holds: ['Telegram id', 'message id', 'text in clear'],
    erasure: 'The staff topic is deleted with its messages. The customer’s own chat is theirs to delete.',
  },
];
