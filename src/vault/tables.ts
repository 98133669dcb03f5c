import type { ColumnType, Generated } from 'kysely';

type SetByDatabase = ColumnType<Date, never, never>;

/** A key encryption key this installation has wrapped data keys under. The key itself is never here. */
interface KeyEncryptionKeyTable {
  readonly id: string;
  readonly provider: string;
  readonly created_at: SetByDatabase;
  /** Set when the last data key has been wrapped anew under another key. */
  readonly retired_at: Date | null;
}

/** One wrapped data key per (session, subject); without a session it is the key of the subject's own profile. */
interface DataKeyTable {
  readonly id: string;
  readonly session_id: string | null;
  readonly subject_id: string;
  readonly kek_id: string;
  readonly wrapped: Buffer;
  readonly created_at: SetByDatabase;
}

/** What is left of a destroyed key: that it was, and when it went. No key material. */
interface DestroyedKeyTable {
  readonly id: string;
  readonly session_id: string | null;
  readonly subject_id: string;
  readonly destroyed_at: Generated<Date>;
}

/** The vault's own database, apart from the main one so that its backups can be kept much shorter. */
export interface VaultDatabase {
  readonly key_encryption_key: KeyEncryptionKeyTable;
  readonly data_key: DataKeyTable;
  readonly destroyed_key: DestroyedKeyTable;
}
