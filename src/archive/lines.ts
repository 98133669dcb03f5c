import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import { AUTHOR_ROLES, SESSION_KINDS } from '../domain/messages.ts';
import type { MessageContent } from '../domain/messages.ts';

export const ARCHIVE_SCHEMA = 'telegram-retention/archive';
export const ARCHIVE_VERSION = 1;

const instant = z.iso.datetime();
const count = z.int().nonnegative();

// Every object is loose: a reader keeps what a later minor change added, and hands it on.

const header = z.looseObject({
  type: z.literal('header'),
  schema: z.literal(ARCHIVE_SCHEMA),
  version: z.literal(1),
  session: z.uuid(),
  subject: z.uuid(),
  project: z.string().min(1),
  kind: z.enum(SESSION_KINDS),
  openedAt: instant,
  closedAt: instant,
  closedBy: z.string().optional(),
  closeReason: z.string().optional(),
  tags: z.array(z.string()),
});

const content: z.ZodType<MessageContent> = z.looseObject({
  text: z.string().exactOptional(),
  entities: z
    .array(z.looseObject({ type: z.string(), offset: z.number(), length: z.number() }))
    .exactOptional(),
  extra: z.record(z.string(), z.unknown()).exactOptional(),
});

const revision = z.looseObject({
  revision: count,
  at: instant,
  content,
});

const attachment = z
  .looseObject({
    id: z.uuid(),
    kind: z.string().min(1),
    size: count.optional(),
    object: z.string().optional(),
    reason: z.string().optional(),
  })
  .refine((file) => (file.object === undefined) !== (file.reason === undefined), {
    path: ['object'],
    message: 'exactly one of object and reason',
  });

const message = z.looseObject({
  type: z.literal('message'),
  ref: z.string().min(1),
  /** text, photo, location and so on, as Telegram names them. */
  kind: z.string().min(1).exactOptional(),
  author: z.looseObject({ role: z.enum(AUTHOR_ROLES), ref: z.string().optional() }),
  replyTo: z.string().optional(),
  revisions: z
    .array(revision)
    .min(1)
    .refine((all) => all.every((one, at) => at === 0 || one.revision > (all[at - 1]?.revision ?? -1)), {
      message: 'in rising order',
    }),
  attachments: z.array(attachment),
});

const footer = z.looseObject({
  type: z.literal('footer'),
  counts: z.looseObject({ messages: count, revisions: count, attachments: count }),
});

export type ArchiveHeader = z.infer<typeof header>;
export type ArchivedMessage = z.infer<typeof message>;
export type ArchiveFooter = z.infer<typeof footer>;
export type ArchiveLine = ArchiveHeader | ArchivedMessage | ArchiveFooter;
export type ArchiveCounts = Readonly<Record<'messages' | 'revisions' | 'attachments', number>>;

/** The header as it is handed in: what every archive's header says is added here. */
export type NewArchiveHeader = Omit<ArchiveHeader, 'type' | 'schema' | 'version'>;

const body = z.discriminatedUnion('type', [message, footer]);

/** Throws `input_invalid` when the header is not one, so that nothing unreadable is ever written. */
export function headerLine(given: NewArchiveHeader): ArchiveHeader {
  const whole = { type: 'header', schema: ARCHIVE_SCHEMA, version: ARCHIVE_VERSION, ...given };
  return parsed(header, whole, 'input_invalid', 'The header of an archive cannot be written');
}

/** As `headerLine`, for one message. */
export function messageLine(given: ArchivedMessage): ArchivedMessage {
  return parsed(message, given, 'input_invalid', 'A message cannot be archived');
}

export function footerLine(counts: ArchiveCounts): ArchiveFooter {
  return { type: 'footer', counts };
}

/**
 * Reads the first line and chooses the reader of the others by its version. This is the one place that
 * knows of versions: an older one is brought to today's shape here.
 *
 * Throws `archive_damaged` when it is no archive, and `input_invalid` when a newer program wrote it.
 */
export function readerFor(firstLine: unknown): {
  header: ArchiveHeader;
  readLine: (line: unknown) => ArchivedMessage | ArchiveFooter;
} {
  const { schema, version } = z
    .looseObject({ schema: z.unknown(), version: z.unknown() })
    .catch({ schema: null, version: null })
    .parse(firstLine);
  if (schema === ARCHIVE_SCHEMA && typeof version === 'number' && version > ARCHIVE_VERSION) {
    throw new AppError(
      'input_invalid',
      `This archive has version ${version}; this program reads up to ${ARCHIVE_VERSION}. Read it with a newer one.`,
    );
  }
  return {
    header: parsed(header, firstLine, 'archive_damaged', 'The first line of an archive is not its header'),
    readLine: (line) =>
      parsed(body, line, 'archive_damaged', 'A line of an archive is neither message nor footer'),
  };
}

/** Says where the value is wrong and never what it is: it is somebody's message. */
function parsed<T>(
  schema: z.ZodType<T>,
  value: unknown,
  code: 'input_invalid' | 'archive_damaged',
  what: string,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const places = result.error.issues.map((issue) => `${issue.path.join('.') || 'the line'} (${issue.code})`);
  throw new AppError(
    code,
    `${what}: see ${[...new Set(places)].join(', ')}. docs/archive-format.md says what belongs there.`,
  );
}
