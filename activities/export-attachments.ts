import { createHash } from 'node:crypto';
import type { ArchiveStore } from '../src/archive/store.ts';
import type { ExportObjectRow, ExportRow } from '../src/db/exports-tables.ts';
import type { ExportedAttachment, ExportedMessage, ExportedSession } from '../src/export/session.ts';
import { sealStream } from '../src/vault/sealed-stream.ts';
import type { DataKey } from '../src/vault/vault.ts';
import type { ActivityDeps } from './deps.ts';
import { exportContext, exportPrefix } from './export-files.ts';

/** A file of an export, to be recorded with the part that names it. */
export type WrittenFile = Omit<ExportObjectRow, 'export_id' | 'number'>;

interface FilesOf {
  readonly row: ExportRow;
  readonly store: ArchiveStore;
  readonly key: DataKey;
  readonly attempt: number;
  readonly files: WrittenFile[];
}

/** A session whose attachments are put into the export beside the file that names them. */
export function withFiles(deps: ActivityDeps, session: ExportedSession, to: FilesOf): ExportedSession {
  async function* bringing(messages: AsyncIterable<ExportedMessage>): AsyncIterable<ExportedMessage> {
    for await (const message of messages) {
      const attachments = [];
      for (const one of message.attachments) attachments.push(await bring(deps, one, to));
      yield { ...message, attachments };
    }
  }
  return { ...session, messages: () => bringing(session.messages()) };
}

async function bring(
  deps: ActivityDeps,
  attachment: ExportedAttachment,
  { row, store, key, attempt, files }: FilesOf,
): Promise<ExportedAttachment> {
  const bytes = await attachment.open?.();
  if (!bytes) return attachment;
  const path = `files/${attachment.id}.${endingOf(attachment)}`;
  const name = `${exportPrefix(row.id)}${attachment.id}.${attempt}.sealed`;
  const hash = createHash('sha256');
  let size = 0;
  async function* body(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const chunk of source) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  const sealed = sealStream(key, exportContext(row.id, name))(body(bytes));
  const { generation } = await store.put(name, sealed, { ifGeneration: '0', metadata: {} });
  deps.reached('export.file-written');
  files.push({
    ...{ kind: 'file', store: store.url, object_name: name, generation, path, size_bytes: size },
    ...{ content_sha256: hash.digest('hex'), last_unit: null, sessions: 0, messages: 0, removed_at: null },
  });
  return { ...attachment, path, sizeBytes: size };
}

const ENDINGS: Readonly<Record<string, string>> = {
  photo: 'jpg',
  video: 'mp4',
  video_note: 'mp4',
  animation: 'mp4',
  voice: 'ogg',
  audio: 'mp3',
  sticker: 'webp',
};

/** Names are opaque; the ending says how to open the file. */
function endingOf({ kind, fileName = '' }: ExportedAttachment): string {
  return /\.([A-Za-z0-9]{1,8})$/.exec(fileName)?.[1]?.toLowerCase() ?? ENDINGS[kind] ?? 'bin';
}
