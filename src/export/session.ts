import type { AuthorRole, MessageContent, SessionKind, SubjectProfile } from '../domain/messages.ts';
import type { Phase } from '../domain/phases.ts';

/** Somebody who takes part in an exported session. */
export interface ExportedPerson {
  readonly id: string;
  /** `null` where ids are not handed out. */
  readonly telegramId: number | null;
  readonly profile: SubjectProfile;
}

export interface ExportedAttachment {
  readonly id: string;
  readonly kind: string;
  readonly sizeBytes: number | null;
  readonly fileName?: string;
  readonly mimeType?: string;
  /** Where in the export its bytes are, in the formats that bring them. */
  readonly path?: string;
  /** Opens its bytes, where there are any; `null` where they cannot be had any more. */
  readonly open?: () => Promise<AsyncIterable<Buffer> | null>;
}

export interface ExportedMessage {
  readonly ref: string;
  readonly kind: string;
  /** Whose part of the session it is. */
  readonly subjectId: string;
  readonly role: AuthorRole;
  readonly staffId: string | null;
  readonly replyTo: string | null;
  readonly sentAt: Date;
  readonly revisions: readonly {
    readonly revision: number;
    readonly at: Date;
    readonly content: MessageContent;
  }[];
  readonly attachments: readonly ExportedAttachment[];
}

/** A session as it is written, its messages read while it is. */
export interface ExportedSession {
  readonly id: string;
  readonly project: string;
  readonly projectName: string;
  readonly kind: SessionKind;
  readonly phase: Phase;
  readonly openedAt: Date;
  readonly lastActivityAt: Date;
  readonly closedAt: Date | null;
  readonly closeReason: string | null;
  readonly tags: readonly string[];
  readonly people: readonly ExportedPerson[];
  /** Everybody's messages by time, other persons in them named. */
  messages(): AsyncIterable<ExportedMessage>;
  /** One person's part, other persons in it as references. */
  partOf(subjectId: string): AsyncIterable<ExportedMessage>;
}

/** How a file is written: pieces of sessions between a head and a tail, so that parts of it can be joined. */
export interface ExportWriter {
  /** The name of the file. */
  readonly path: string;
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
  /** Writes sessions that belong together, piece by piece. */
  write(sessions: AsyncIterable<ExportedSession>): AsyncIterable<string>;
}

/** A name as people read it; empty where there is none. */
export function nameOf({ profile }: ExportedPerson): string {
  return [profile.firstName, profile.lastName].filter(Boolean).join(' ');
}
