import type { AuthorRole, MessageContent } from '../domain/messages.ts';

/** One message as it is handed out, whether it was live or archived. */
export interface ExportEntry {
  readonly ref: string;
  readonly kind: string;
  readonly role: AuthorRole;
  readonly replyTo: string | null;
  /** When it was sent, where that is known apart from its first revision. */
  readonly sentAt?: Date;
  /** The first as it was sent, the last as it stands. */
  readonly revisions: readonly { readonly at: Date; readonly content: MessageContent }[];
  readonly attachments: readonly ExportAttachment[];
}

export interface ExportAttachment {
  readonly kind: string;
  readonly sizeBytes: number | null;
  readonly fileName?: string;
  readonly mimeType?: string;
  /** Where in the export its bytes are. */
  readonly path?: string;
}
