import { randomBytes } from 'node:crypto';
import { basename, extname } from 'node:path';
import type { Hub } from './hub.ts';
import type { Content } from './messages.ts';
import type { FileRecord, MediaKind, Upload } from './records.ts';
import { badRequest, Refusal } from './refusal.ts';

/** A bot downloads at most this much through the Bot API. */
export const LARGEST_DOWNLOAD = 20 * 1024 * 1024;
/** A bot uploads at most this much through the Bot API. */
export const LARGEST_UPLOAD = 50 * 1024 * 1024;

const FOLDERS: Record<MediaKind, string> = {
  photo: 'photos',
  document: 'documents',
  video: 'videos',
  audio: 'music',
  voice: 'voice',
  sticker: 'stickers',
  animation: 'animations',
  video_note: 'video_notes',
};

/** Keeps the bytes and gives them the ids that messages carry. */
export function storeFile(hub: Hub, upload: Upload, kind: MediaKind): FileRecord {
  if (upload.bytes.byteLength > LARGEST_UPLOAD) throw new Refusal(413, 'Request Entity Too Large');
  if (upload.bytes.byteLength === 0) throw badRequest('file must be non-empty');
  const number = hub.next('file');
  const id = `BQACAgI${randomBytes(24).toString('base64url')}`;
  const record: FileRecord = {
    id,
    uniqueId: `AgAD${randomBytes(8).toString('base64url')}`,
    blob: `file-${number}`,
    path: `${FOLDERS[kind]}/file_${number}${extname(basename(upload.name)).replace(/[^.\w]/g, '')}`,
    kind,
    name: basename(upload.name),
    mimeType: upload.type || 'application/octet-stream',
    size: upload.bytes.byteLength,
  };
  hub.store.writeFile(record.blob, upload.bytes);
  hub.files.put(id, record);
  return record;
}

/** A file by the id a bot gave back. */
export function fileFor(hub: Hub, fileId: string | undefined): FileRecord {
  if (fileId === undefined || fileId === '') throw badRequest('file_id not specified');
  if (/^https?:/i.test(fileId)) throw badRequest('failed to get HTTP URL content');
  const file = hub.files.get(fileId);
  if (!file) throw badRequest('wrong file identifier/HTTP URL specified');
  return file;
}

/**
 * The part of a message that carries this file. Widths, heights and durations are stand-ins: the sandbox
 * does not look into files.
 */
export function mediaContent(file: FileRecord, kind: MediaKind): Content {
  const ids = { file_id: file.id, file_unique_id: file.uniqueId, file_size: file.size };
  const named = {
    ...(file.name !== undefined && { file_name: file.name }),
    ...(file.mimeType !== undefined && { mime_type: file.mimeType }),
  };
  switch (kind) {
    case 'photo':
      return { photo: [{ ...ids, width: 1280, height: 960 }] };
    case 'document':
      return { document: { ...ids, ...named } };
    case 'video':
      return { video: { ...ids, ...named, width: 1280, height: 720, duration: 1 } };
    case 'audio':
      return { audio: { ...ids, ...named, duration: 1 } };
    case 'voice':
      return { voice: { ...ids, mime_type: file.mimeType ?? 'audio/ogg', duration: 1 } };
    case 'animation': {
      const animation = { ...ids, ...named, width: 320, height: 240, duration: 1 };
      // Old bots know no animations: Telegram shows them a document beside it.
      return { animation, document: { ...ids, ...named } };
    }
    case 'video_note':
      return { video_note: { ...ids, length: 240, duration: 1 } };
    case 'sticker':
      return {
        sticker: { ...ids, type: 'regular', width: 512, height: 512, is_animated: false, is_video: false },
      };
  }
}

/** What a person's app would send a chosen file as. */
export function kindOf(upload: Upload): MediaKind {
  if (/^image\/(jpeg|png|webp)$/.test(upload.type)) return 'photo';
  if (upload.type === 'image/gif') return 'animation';
  if (upload.type === 'audio/ogg') return 'voice';
  if (upload.type.startsWith('video/')) return 'video';
  if (upload.type.startsWith('audio/')) return 'audio';
  return 'document';
}
