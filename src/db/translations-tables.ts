/** A translation of one revision of a message, sealed as the message is. */
export interface TranslationTable {
  message_id: string;
  revision: number;
  language: string;
  session_id: string;
  subject_id: string;
  sealed: Buffer;
  translator: string;
  /** Where it was shown to staff, and to the customer. */
  staff_message_id: number | null;
  telegram_message_id: number | null;
  made_at: Date;
}

/** The cache of translations. */
export interface TranslationsTables {
  translation: TranslationTable;
}
