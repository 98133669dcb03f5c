import type { InputMediaAudio, InputMediaDocument, InputMediaPhoto, InputMediaVideo } from 'grammy/types';
import { linkCopy } from '../db/messages.ts';
import { albumWithoutCopy, type RelayFacts } from '../db/relay-facts.ts';
import { openRelayed, underByline, type Relayed } from './relay-content.ts';
import { placed, type RelaySide } from './relay-side.ts';
import type { SenderDeps } from './sending.ts';

type AlbumMedia = InputMediaPhoto | InputMediaVideo | InputMediaDocument | InputMediaAudio;

const IN_ALBUMS = new Set(['photo', 'video', 'document', 'audio']);

/**
 * Sends the parts of an album that came so far as one album. Each part has a delivery of its own, of which
 * the first takes all that are there: what comes later follows by itself.
 *
 * @returns whether it did; a part that is alone goes like any other message
 */
export async function sendAlbum(deps: SenderDeps, side: RelaySide, first: RelayFacts): Promise<boolean> {
  const { sessionId, album, id } = first;
  const waiting = await albumWithoutCopy(deps.db, { sessionId, album: album ?? '' }, side.target);
  // An earlier part took this one with it.
  if (!waiting.some((one) => one.id === id)) return true;
  const parts = await Promise.all(
    waiting.slice(0, 10).map((message) => openRelayed(deps, message, side.target)),
  );
  const media = parts.flatMap((part, at) => mediaOf(part, at === 0) ?? []);
  if (parts.length < 2 || media.length !== parts.length) return false;
  const sent = await deps.api.sendMediaGroup(
    side.chatId,
    // Telegram itself refuses an album that mixes what may not be mixed; one that was sent does not.
    media as InputMediaPhoto[],
    placed(side, parts[0]?.quote),
  );
  for (const [at, { message }] of parts.entries()) {
    const copy = sent[at]?.message_id;
    if (copy === undefined) continue;
    const linked = await linkCopy(
      deps.db,
      message.id,
      side.target === 'staff' ? { staffMessageId: copy } : { telegramMessageId: copy },
    );
    if (!linked) await deps.api.deleteMessage(side.chatId, copy);
  }
  return true;
}

/** One part; who said it stands under the first alone. */
function mediaOf(part: Relayed, isFirst: boolean): AlbumMedia | undefined {
  const [file] = part.files;
  if (!file || !IN_ALBUMS.has(file.kind)) return undefined;
  const { text, entities } = isFirst ? underByline(part) : part;
  return {
    type: file.kind as AlbumMedia['type'],
    media: file.fileId,
    ...(text !== '' && { caption: text, caption_entities: entities }),
  };
}
